// Only for `[owners] role_assignments = true`: who has a role on the machines that are watched. A role of its own, so
// that the one that reads what is planned stays as small as it is.

targetScope = 'managementGroup'

@description('The beginning of all names, and what tells this deployment from another one.')
param name string
param identity string

@description('The identity that reads.')
param principalId string

var roleName = guid(managementGroup().id, identity, 'watch-owners')

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleName
  properties: {
    roleName: 'Role assignment reader (${name}-${identity})'
    description: 'Reads who has which role, so that somebody hears of maintenance of machines without an owner.'
    type: 'CustomRole'
    assignableScopes: [managementGroup().id]
    permissions: [
      {
        actions: [
          // Who is an owner or a contributor of a resource group.
          'Microsoft.Authorization/roleAssignments/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, roleName)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', role.name)
    description: 'The maintenance notifier finds people for machines without an owner.'
  }
}
