// Lets the second identity start maintenance in one subscription.

targetScope = 'subscription'

@description('The name of the role definition: a GUID.')
param roleName string

@description('The identity that starts.')
param principalId string

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, roleName)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleName)
    description: 'The maintenance notifier may start maintenance here.'
  }
}
