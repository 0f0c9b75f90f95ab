// Runs the emulator until standard input ends: also when whoever started it is killed, it does not stay behind.
// It listens on ports that are free and says which.
process.stdin.on('end', () => process.exit()).resume();
process.argv.push(
  '--disableTelemetry', '--skipApiVersionCheck', '--loose', '--inMemoryPersistence',
  '--blobPort', '0', '--queuePort', '0', '--tablePort', '0',
);
require('azurite/dist/src/azurite.js');
