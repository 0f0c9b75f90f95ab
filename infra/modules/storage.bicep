// Two storage accounts, because the app may do everything in one and very little in the other.
//
// `state` belongs to the Functions host and the notifier: its locks, queues, tables and the package. The host needs to
// own its blobs. `records` holds what the app must not be able to change: its configuration, which it can only read, and
// the head of the audit trail, which nobody can change for a time. Neither account has keys that work.

import { networkSettings, resourceTags, storageEndpoints } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags

@description('The identity of the app.')
param readerPrincipalId string

@description('How long the head of the audit trail refuses changes, in days.')
param auditImmutabilityDays int

@description('Whether somebody locked that, so that it is left alone.')
param auditHeadLocked bool

@description('Whether both accounts refuse to be deleted.')
param lock bool

@description('How often each byte is kept.')
param sku string

@description('Who may reach the accounts over the network.')
param network networkSettings

// The queues of the functions' bindings. The host would create them, but a role for that is not needed here.
// The host moves a message that failed too often to the queue of the same name with `-poison`.
var queues = [
  'collect-subscription'
  'collect-subscription-poison'
  'deliver-message'
  'deliver-message-poison'
]

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

var base = take(toLower(replace(name, '-', '')), 10)
var suffix = take(uniqueString(resourceGroup().id, name), 9)
var allowedAddresses = network.?allowedAddresses ?? []
var isOpen = !network.private || !empty(allowedAddresses)
// Storage takes single addresses without a suffix, and refuses the two smallest networks.
var storageAddresses = flatten(map(
  allowedAddresses,
  address =>
    endsWith(address, '/32')
      ? [split(address, '/')[0]]
      : endsWith(address, '/31') ? [parseCidr(address).network, parseCidr(address).broadcast] : [address]
))

var accountProperties = {
  allowSharedKeyAccess: false
  defaultToOAuthAuthentication: true
  allowBlobPublicAccess: false
  allowCrossTenantReplication: false
  minimumTlsVersion: 'TLS1_2'
  supportsHttpsTrafficOnly: true
  publicNetworkAccess: isOpen ? 'Enabled' : 'Disabled'
  networkAcls: {
    defaultAction: network.private ? 'Deny' : 'Allow'
    bypass: 'AzureServices'
    ipRules: map(storageAddresses, address => { value: address, action: 'Allow' })
  }
}

resource state 'Microsoft.Storage/storageAccounts@2026-09-01' = {
  name: '${base}st${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: accountProperties
}

resource stateBlobs 'Microsoft.Storage/storageAccounts/blobServices@2026-09-01' = {
  parent: state
  name: 'default'
}

resource deployment 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-09-01' = {
  parent: stateBlobs
  name: 'deployment'
}

// Where Event Grid puts events that it cannot deliver, when the optional tier asks for that.
resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-09-01' = {
  parent: stateBlobs
  name: 'dead-letters'
}

resource stateQueues 'Microsoft.Storage/storageAccounts/queueServices@2026-09-01' = {
  parent: state
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2026-09-01' = [
  for item in queues: {
    parent: stateQueues
    name: item
  }
]

resource records 'Microsoft.Storage/storageAccounts@2026-09-01' = {
  name: '${base}rec${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: accountProperties
}

// An overwritten configuration can be had back.
resource recordsBlobs 'Microsoft.Storage/storageAccounts/blobServices@2026-09-01' = {
  parent: records
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: {
      enabled: true
      days: 30
    }
  }
}

resource configuration 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-09-01' = {
  parent: recordsBlobs
  name: 'configuration'
}

resource audit 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-09-01' = {
  parent: recordsBlobs
  name: 'audit-head'
}

// Not locked: an unlocked policy can still be taken away on purpose, a locked one by nobody. docs/DEPLOYING.md says how to
// lock it. Azure refuses every further write to a locked one. `onlyIfNotExists` would never make it: asked whether it is
// there, Azure answers with an empty one.
resource auditImmutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2026-09-01' = if (!auditHeadLocked) {
  parent: audit
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: auditImmutabilityDays
    allowProtectedAppendWrites: true
  }
}

var stateRoles = [blobDataOwner, queueDataContributor, tableDataContributor]

resource stateAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in stateRoles: {
    scope: state
    name: guid(state.id, readerPrincipalId, role)
    properties: {
      principalId: readerPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource configurationAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: configuration
  name: guid(configuration.id, readerPrincipalId, blobDataReader)
  properties: {
    principalId: readerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataReader)
  }
}

resource auditAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: audit
  name: guid(audit.id, readerPrincipalId, blobDataContributor)
  properties: {
    principalId: readerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

resource keepState 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  scope: state
  name: 'maintenance-notifier'
  properties: {
    level: 'CanNotDelete'
    notes: 'What was notified and started.'
  }
}

resource keepRecords 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  scope: records
  name: 'maintenance-notifier'
  properties: {
    level: 'CanNotDelete'
    notes: 'The configuration and the head of the audit trail.'
  }
}

output stateAccountId string = state.id
output stateAccountName string = state.name
output recordsAccountId string = records.id
output recordsAccountName string = records.name
output stateEndpoints storageEndpoints = {
  blob: state.properties.primaryEndpoints.blob
  queue: state.properties.primaryEndpoints.queue
  table: state.properties.primaryEndpoints.table
}
output auditContainerUrl string = '${records.properties.primaryEndpoints.blob}${audit.name}'
output configurationUrl string = '${records.properties.primaryEndpoints.blob}${configuration.name}/notifier.toml'
