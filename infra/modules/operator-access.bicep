// What people who run the notifier may do with their own sign-in: look at what it knows and would send, and change its
// configuration.

@description('A group or a person, and which of both.')
param principalId string

@allowed([
  'Group'
  'ServicePrincipal'
  'User'
])
param principalType string
param stateAccountName string
param recordsAccountName string

var tableDataReader = '76199698-9eea-4c19-bc75-cec21354c6b6'
var blobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource state 'Microsoft.Storage/storageAccounts@2026-09-01' existing = {
  name: stateAccountName
}

resource records 'Microsoft.Storage/storageAccounts@2026-09-01' existing = {
  name: recordsAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource configuration 'containers' existing = {
      name: 'configuration'
    }

    resource audit 'containers' existing = {
      name: 'audit-head'
    }
  }
}

resource readState 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: state
  name: guid(state.id, principalId, tableDataReader)
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataReader)
    description: 'Looks at what the maintenance notifier knows.'
  }
}

resource configure 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: records::blobs::configuration
  name: guid(records::blobs::configuration.id, principalId, blobDataContributor)
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
    description: 'Changes the configuration of the maintenance notifier.'
  }
}

resource readAudit 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: records::blobs::audit
  name: guid(records::blobs::audit.id, principalId, blobDataReader)
  properties: {
    principalId: principalId
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataReader)
    description: 'Compares the audit trail with its head.'
  }
}
