// The vault of the secrets. Values are never parameters: they would stay readable in the deployment's history.

import { networkSettings, resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags

@description('The identity of the app, which may read secrets.')
param readerPrincipalId string

@description('Who may reach the vault over the network.')
param network networkSettings

@description('The keys that sign links, for a vault that has none yet.')
@secure()
param linkKeys string

@description('Whether a vault of this name that was deleted is had back, with its secrets.')
param recover bool

@description('Whether the vault refuses to be deleted.')
param lock bool

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var allowedAddresses = network.?allowedAddresses ?? []
var isOpen = !network.private || !empty(allowedAddresses)

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' = {
  name: '${take(replace(name, '-', ''), 10)}-${take(uniqueString(resourceGroup().id, name), 9)}-kv'
  location: location
  tags: tags
  properties: {
    createMode: recover ? 'recover' : 'default'
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: isOpen ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: network.private ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
      ipRules: map(allowedAddresses, address => { value: address })
    }
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, readerPrincipalId, secretsUser)
  properties: {
    principalId: readerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

// Made once: the next deployment brings other keys along, and leaves these alone. Links in messages go on.
@onlyIfNotExists()
resource keys 'Microsoft.KeyVault/vaults/secrets@2026-05-15' = {
  parent: vault
  name: 'notifier-link-keys'
  properties: {
    value: linkKeys
    contentType: 'name:base64, several with commas; the first signs'
  }
}

resource keep 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  scope: vault
  name: 'maintenance-notifier'
  properties: {
    level: 'CanNotDelete'
    notes: 'The keys of links in messages that were sent.'
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
