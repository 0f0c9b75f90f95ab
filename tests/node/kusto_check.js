// Whether the official parser takes every query of a JSON file: `{ "where it stands": "query", … }`. What it does not
// understand is printed, and the answer is 1.

"use strict";

const { readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { runInThisContext } = require("node:vm");

// The package is made for browsers: scripts that put what they bring into the global scope.
const folder = dirname(require.resolve("@kusto/language-service-next/package.json"));
for (const script of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  runInThisContext(readFileSync(join(folder, script), "utf8"), { filename: script });
}

let refused = 0;
for (const [place, query] of Object.entries(JSON.parse(readFileSync(process.argv[2], "utf8")))) {
  const found = globalThis.Kusto.Language.KustoCode.Parse(query).GetDiagnostics();
  for (let at = 0; at < found.Count; at++) {
    const { Message: message, Start: start } = found.getItem(at);
    console.log(`${place}: ${message}\n  ${query.slice(start, start + 60).split("\n")[0]}`);
    refused += 1;
  }
}
process.exitCode = refused > 0 ? 1 : 0;
