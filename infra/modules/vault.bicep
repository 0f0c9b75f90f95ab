// The vault of the secrets. Values are never parameters: they would stay readable in the deployment's history.

import { networkSettings } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags object

@description('The identity of the app, which may read secrets.')
param readerPrincipalId string

@description('Who may reach the vault over the network.')
param network networkSettings

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var allowedAddresses = network.?allowedAddresses ?? []
var isOpen = !network.private || !empty(allowedAddresses)

resource vault 'Microsoft.KeyVault/vaults@2022-07-01' = {
  name: '${take(replace(name, '-', ''), 10)}-${take(uniqueString(resourceGroup().id, name), 9)}-kv'
  location: location
  tags: tags
  properties: {
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

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
