// Walks through simulated Azure as Microsoft's clients for JavaScript do, which page, poll and parse by code of their own.
// `make sdk-walk` installs them into target/. The folder of the clients is the argument, and SIMULATED_AZURE_URL the address
// of the simulation.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const azure = process.env.SIMULATED_AZURE_URL;
const [folder] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const { ComputeManagementClient } = load("@azure/arm-compute");
const { SubscriptionClient } = load("@azure/arm-resources-subscriptions");

const credential = { getToken: async () => ({ token: "node", expiresOnTimestamp: Date.now() + 3_600_000 }) };

// Over plain HTTP on this machine, which Azure's own policy rightly refuses.
function client(Kind, ...scope) {
  const made = new Kind(credential, ...scope, { endpoint: azure, allowInsecureConnection: true });
  made.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });
  made.pipeline.addPolicy({
    name: "staticToken",
    sendRequest: (request, next) => {
      request.headers.set("authorization", "Bearer node");
      request.allowInsecureConnection = true;
      return next(request);
    },
  });
  return made;
}

async function all(pages) {
  const found = [];
  for await (const each of pages) found.push(each);
  return found;
}

async function refused(status, code, act) {
  await assert.rejects(act, (error) => {
    assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
    return true;
  });
}

const subscriptions = await all(client(SubscriptionClient).subscriptions.list());
const named = (name) => subscriptions.find((each) => each.displayName === name).subscriptionId;
const compute = client(ComputeManagementClient, named("Contoso Production"));
const group = (resource) => resource.id.split("/")[4];

// To the last page, whose link is empty.
const machines = await all(compute.virtualMachines.listAll());
assert.equal(new Set(machines.map((each) => each.id)).size, machines.length);
const machine = machines.find((each) => each.name === "vm-web-03");
const view = () => compute.virtualMachines.instanceView(group(machine), machine.name);
assert.ok((await view()).maintenanceRedeployStatus.maintenanceWindowStartTime instanceof Date);

await compute.virtualMachines.beginPerformMaintenanceAndWait(group(machine), machine.name, { updateIntervalInMs: 200 });
const after = (await view()).maintenanceRedeployStatus;
assert.deepEqual([after.lastOperationResultCode, after.isCustomerInitiatedMaintenanceAllowed], ["MaintenanceCompleted", false]);

const appliance = machines.find((each) => each.name === "vm-appliance");
assert.equal((await compute.virtualMachines.instanceView(group(appliance), appliance.name)).vmAgent, undefined);

const sets = await all(compute.virtualMachineScaleSets.listAll());
const flexible = sets.find((each) => each.orchestrationMode === "Flexible");
await refused(400, "BadRequest", () => all(compute.virtualMachineScaleSetVMs.list(group(flexible), flexible.name)));
assert.equal(machines.filter((each) => each.virtualMachineScaleSet?.id.toLowerCase() === flexible.id.toLowerCase()).length, 2);

await refused(403, "AuthorizationFailed", () => all(client(ComputeManagementClient, named("Contoso Lab")).virtualMachines.listAll()));
const ledger = machines.find((each) => each.name === "vm-ledger-01");
await refused(409, "OperationNotAllowed", () =>
  compute.virtualMachines.beginPerformMaintenanceAndWait(group(ledger), ledger.name),
);

console.log(`walked past ${machines.length} machines`);
