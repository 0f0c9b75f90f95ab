// A role that can start planned maintenance and do nothing else, not even read. Where it holds is decided by
// assignments, one for each entry of `startScopes`.

targetScope = 'managementGroup'

@description('The beginning of all names, and what tells this deployment from another one.')
param name string
param identity string

var roleGuid = guid(managementGroup().id, identity, 'start')

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleGuid
  properties: {
    roleName: 'Planned maintenance starter (${name}-${identity})'
    description: 'Starts self-service maintenance of virtual machines; nothing else.'
    type: 'CustomRole'
    assignableScopes: [managementGroup().id]
    permissions: [
      {
        actions: [
          // A machine is moved to an updated host, when Azure allows it.
          'Microsoft.Compute/virtualMachines/performMaintenance/action'
          // Instances of a scale set, which are named in the request.
          'Microsoft.Compute/virtualMachineScaleSets/performMaintenance/action'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

output roleName string = role.name
