// Whoever subscribes a function to events must be allowed to write to that function: the identity of the policies gets
// this, here and nowhere else.

@description('The beginning of all names.')
param name string
param functionAppName string

@description('The identity of the policies.')
param principalId string
param identityName string

@description('The storage account with the container for events that cannot be delivered; empty when they are dropped.')
param deadLetterAccountName string

var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName

  resource receiver 'functions' existing = {
    name: 'ReceiveMaintenanceEvent'
  }
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

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: site
  name: guid(site.id, principalId, role.name)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.name)
  }
}

// Only where events that cannot be delivered are kept: topics write them as this identity, which the policies hand on.
resource letters 'Microsoft.Storage/storageAccounts@2026-09-01' existing = if (!empty(deadLetterAccountName)) {
  name: empty(deadLetterAccountName) ? 'unused' : deadLetterAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = {
      name: 'dead-letters'
    }
  }
}

resource writeLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deadLetterAccountName)) {
  scope: letters::blobs::container
  name: guid(letters::blobs::container.id, principalId, blobDataContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource handOnRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!empty(deadLetterAccountName)) {
  name: guid(resourceGroup().id, name, 'hand-on')
  properties: {
    roleName: 'Maintenance event identity (${functionAppName})'
    description: 'Gives the identity of the event policies to the topics that they bring.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [
          'Microsoft.ManagedIdentity/userAssignedIdentities/read'
          'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'
        ]
        notActions: []
      }
    ]
  }
}

resource handOn 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deadLetterAccountName)) {
  scope: identity
  name: guid(identity.id, principalId, handOnRole.name)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', handOnRole.name)
  }
}

// From here, and not from a deployment at a management group, in which Azure refuses an id of this kind.
output functionId string = site::receiver.id
output deadLetterAccountId string = empty(deadLetterAccountName) ? '' : letters.id
