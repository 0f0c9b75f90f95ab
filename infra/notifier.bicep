// Everything that runs, in one resource group of one subscription. `main.bicep` deploys this and the role where it
// watches; `azd` deploys this alone, and `modules/watch.bicep` is then deployed by itself (docs/DEPLOYING.md).

targetScope = 'subscription'

import { mailSettings, networkSettings, scheduleSettings, sizeSettings, telemetrySettings } from 'modules/types.bicep'

@description('The region of everything.')
param location string

@description('The beginning of all names.')
@minLength(3)
@maxLength(20)
param name string = 'maint-notifier'

@description('The resource group. It is created when it does not exist.')
param resourceGroupName string = 'rg-${name}'

@description('Tags of every resource.')
param tags object = {}

@description('What is watched: subscription ids with commas, or `mg:NAME`. Empty: all that the identity can read.')
param watched string = ''

@description('Whether a second identity is created that may only start maintenance.')
param withStarter bool = false

@description('How mail leaves.')
param mail mailSettings

@description('Other secrets: names of app settings and, for each, the name of a secret in the vault.')
param secretSettings object = {}

@description('When the timers run.')
param schedules scheduleSettings = {
  collect: '0 */15 * * * *'
  sweep: '0 7 * * * *'
  plan: '30 * * * * *'
  follow: '0 * * * * *'
}

@description('The base of every link in a message; empty for the address of the app in Azure.')
param publicUrl string = ''

@description('The application (client) id with which people sign in; empty when nobody can.')
param signInClientId string = ''

@description('Whose rights start maintenance from a message, as `[start] as` in the configuration says: `app`, or `user` for those of whoever is signed in.')
@allowed([
  'app'
  'user'
])
param startAs string = 'app'

@description('The mail addresses that hear of failures of the notifier itself.')
@minLength(1)
param operators string[]

@description('Who may reach the resources over the network.')
param network networkSettings = { private: false }

@description('The size of the app and its storage.')
param size sizeSettings = {}

@description('How long logs are kept, in days.')
param logRetentionDays int = 30

@description('How long the container with the head of the audit trail refuses changes, in days.')
param auditImmutabilityDays int = 365

@description('What is logged, as a tracing filter.')
param logFilter string = 'info'

@description('Where metrics go besides the log; nowhere when left empty.')
param telemetry telemetrySettings = {}

var usesCommunicationServices = mail.?communicationServices ?? false

resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  name: '${name}-identities'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    withStarter: withStarter
  }
}

module storage 'modules/storage.bicep' = {
  name: '${name}-storage'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    readerPrincipalId: identities.outputs.readerPrincipalId
    auditImmutabilityDays: auditImmutabilityDays
    sku: size.?storageSku ?? 'Standard_ZRS'
    network: network
  }
}

module vault 'modules/vault.bicep' = {
  name: '${name}-vault'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    readerPrincipalId: identities.outputs.readerPrincipalId
    network: network
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: '${name}-monitoring'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    retentionDays: logRetentionDays
    readerPrincipalId: identities.outputs.readerPrincipalId
  }
}

module communication 'modules/communication.bicep' = if (usesCommunicationServices) {
  name: '${name}-communication'
  scope: group
  params: {
    name: name
    tags: tags
    mail: mail
    readerPrincipalId: identities.outputs.readerPrincipalId
  }
}

module privateNetwork 'tiers/private-network.bicep' = if (network.private) {
  name: '${name}-network'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    addressSpace: network.?addressSpace ?? '10.90.0.0/25'
    stateAccountId: storage.outputs.stateAccountId
    recordsAccountId: storage.outputs.recordsAccountId
    vaultId: vault.outputs.id
  }
}

module app 'modules/function-app.bicep' = {
  name: '${name}-app'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    readerId: identities.outputs.readerId
    readerClientId: identities.outputs.readerClientId
    starterId: identities.outputs.starterId
    starterClientId: identities.outputs.starterClientId
    stateEndpoints: storage.outputs.stateEndpoints
    configurationUrl: storage.outputs.configurationUrl
    auditContainerUrl: storage.outputs.auditContainerUrl
    vaultUri: vault.outputs.uri
    insightsConnectionString: monitoring.outputs.connectionString
    subnetId: network.private ? privateNetwork.outputs.appSubnetId : ''
    watched: watched
    mail: mail
    communicationEndpoint: usesCommunicationServices ? communication.outputs.endpoint : ''
    communicationSender: usesCommunicationServices ? communication.outputs.sender : ''
    secretSettings: secretSettings
    schedules: schedules
    publicUrl: publicUrl
    signInClientId: signInClientId
    startAs: startAs
    size: size
    logFilter: logFilter
    telemetry: telemetry
  }
}

module alerts 'modules/alerts.bicep' = {
  name: '${name}-alerts'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    insightsId: monitoring.outputs.id
    operators: operators
  }
}

output functionAppName string = app.outputs.name
output functionAppId string = app.outputs.id
output publicUrl string = app.outputs.publicUrl
output recordsAccountName string = storage.outputs.recordsAccountName
output vaultName string = vault.outputs.name
output readerPrincipalId string = identities.outputs.readerPrincipalId
output readerClientId string = identities.outputs.readerClientId
output starterPrincipalId string = identities.outputs.starterPrincipalId
