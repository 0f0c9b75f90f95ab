// What the policies may do in the watched subscriptions: bring topics and subscriptions to them, and nothing else.

targetScope = 'managementGroup'

@description('The beginning of all names, and what tells this deployment from another one.')
param name string
param identity string

@description('The name of the role: a GUID.')
param roleName string

@description('The identity of the policies.')
param principalId string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleName
  properties: {
    roleName: 'Maintenance event topics (${name}-${identity})'
    description: 'Lets the policies of the maintenance notifier bring system topics and subscriptions to them.'
    type: 'CustomRole'
    assignableScopes: [managementGroup().id]
    permissions: [
      {
        actions: [
          'Microsoft.Resources/subscriptions/resourceGroups/read'
          'Microsoft.Resources/subscriptions/resourceGroups/write'
          'Microsoft.Resources/deployments/read'
          'Microsoft.Resources/deployments/write'
          'Microsoft.Resources/deployments/validate/action'
          'Microsoft.Resources/deployments/operations/read'
          'Microsoft.Resources/deployments/operationStatuses/read'
          'Microsoft.EventGrid/systemTopics/read'
          'Microsoft.EventGrid/systemTopics/write'
          'Microsoft.EventGrid/systemTopics/eventSubscriptions/read'
          'Microsoft.EventGrid/systemTopics/eventSubscriptions/write'
          // Asked for beside the one above, whatever is subscribed to.
          'Microsoft.EventGrid/eventSubscriptions/read'
          'Microsoft.EventGrid/eventSubscriptions/write'
          'Microsoft.ResourceNotifications/systemTopics/subscribeToHealthResources/action'
          'Microsoft.ResourceNotifications/systemTopics/subscribeToMaintenanceResources/action'
        ]
        notActions: []
      }
    ]
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, roleName)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', role.name)
  }
}
