// Whoever subscribes a function to events must be allowed to write to that function: the identities of the policies get
// this, here and nowhere else.

@description('The beginning of all names.')
param name string
param functionAppName string
param principalIds string[]

resource site 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, name, 'event-target')
  properties: {
    roleName: 'Maintenance event target (${functionAppName})'
    description: 'Subscribes the functions of the maintenance notifier to events.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [
          'Microsoft.Web/sites/read'
          'Microsoft.Web/sites/functions/read'
          'Microsoft.Web/sites/functions/write'
        ]
        notActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principalId in principalIds: {
  scope: site
  name: guid(site.id, principalId, role.name)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.name)
  }
}]
