// What people on call may do beyond looking: have messages sent again or given up, and read logs.

@description('A group.')
param groupId string
param stateAccountName string

var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'

resource state 'Microsoft.Storage/storageAccounts@2026-09-01' existing = {
  name: stateAccountName
}

// The app, its settings without their values, the alerts, and the logs where the workspace is the notifier's own.
resource read 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, groupId, reader)
  properties: {
    principalId: groupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', reader)
    description: 'Looks at the maintenance notifier and its logs.'
  }
}

resource respond 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [tableDataContributor, queueDataContributor]: {
    scope: state
    name: guid(state.id, groupId, role)
    properties: {
      principalId: groupId
      principalType: 'Group'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      description: 'Has messages of the maintenance notifier sent again, or gives them up.'
    }
  }
]
