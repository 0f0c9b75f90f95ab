// Everything that runs, in one resource group of one subscription. `main.bicep` deploys this and the role where it
// watches; `azd`, and whoever has one subscription only, deploy this alone, with `watch`.

targetScope = 'subscription'

import { problemsOf } from 'modules/checks.bicep'
import { identityOf } from 'modules/names.bicep'
import {
  cloudSettings
  mailSettings
  monitoringSettings
  networkSettings
  resourceTags
  scheduleSettings
  secretNames
  sizeSettings
  telemetrySettings
} from 'modules/types.bicep'

@description('The region of everything.')
param location string

@description('The beginning of all names: letters, digits and hyphens. It begins with a letter.')
@minLength(3)
@maxLength(20)
param name string = 'maint-notifier'

@description('The resource group: one of the notifier\'s own.')
param resourceGroupName string = 'rg-${name}'

@description('Whether the resource group is made, with these tags. `false` for one that is there already: making it again would take its tags away.')
param createResourceGroup bool = true

@description('Tags of every resource.')
param tags resourceTags = {}

@description('What is watched: subscription ids with commas, or `mg:NAME`. Empty: all that the identity can read.')
param watched string = ''

@description('Whether the subscription that this is deployed to is watched: a role that can read little is made and assigned there. `main.bicep` does that for a management group instead.')
param watch bool = true

@description('Whether a second identity is created that may only start maintenance.')
param withStarter bool = false

@description('How mail leaves.')
param mail mailSettings

@description('Other secrets: names of app settings and, for each, the name of a secret in the vault.')
#disable-next-line secure-secrets-in-params // It holds names of secrets; no value ever is a parameter.
param secretSettings secretNames = {}

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

@description('Where the package of a release is: an address that Azure can fetch. Empty: infrastructure only, and the code comes some other way.')
param packageUri string = ''

@description('What stands behind the question mark of that address, where it is signed. It does not stay readable in the history of deployments.')
@secure()
param packageSignature string = ''

@description('The keys that sign links, for a vault that has none yet: a name, a colon, and at least 32 bytes in Base64. Left out, one is made; the next deployment leaves it alone.')
@secure()
param linkKeys string = 'k1:${base64('${newGuid()}${newGuid()}')}'

@description('A group that may look at what the notifier knows, and change its configuration: its object id. Empty: whoever deploys.')
param operatorsGroupId string = ''

@description('A group that puts right what fails: its object id. It reads everything in the resource group, and may have messages sent again. Empty: nobody.')
param respondersGroupId string = ''

@description('Whether a vault of this name that was deleted is had back. For one deployment; then false again.')
param recoverVault bool = false

@description('Whether vault and storage refuse to be deleted, until somebody takes the lock away.')
param lock bool = false

@description('Where logs go, and who hears of failures.')
param monitoring monitoringSettings = {}

@description('What differs between the clouds of Azure: that of the cloud which this is deployed to.')
param cloud cloudSettings = environment()

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('How long the container with the head of the audit trail refuses changes, in days.')
@minValue(1)
@maxValue(146000)
param auditImmutabilityDays int = 365

@description('Whether somebody locked that: Azure refuses every further write then, and it is left alone.')
param auditHeadLocked bool = false

@description('What is logged, as a tracing filter.')
param logFilter string = 'info'

@description('Where metrics go besides the log; nowhere when left empty.')
param telemetry telemetrySettings = {}

var usesCommunicationServices = mail.?communicationServices ?? false
var hasPackage = !empty(packageUri)
var ownSubnets = !empty(network.?appSubnetId) && !empty(network.?endpointSubnetId)
var isPublic = network.?publicApp ?? true
var problems = problemsOf(
  name,
  mail,
  operators,
  network,
  size,
  packageUri,
  schedules,
  secretSettings,
  publicUrl,
  signInClientId,
  startAs,
  operatorsGroupId,
  respondersGroupId
)
var checkedName = empty(problems) ? name : fail(join(problems, ' '))
var identity = identityOf(subscription().id, subscription().subscriptionId, resourceGroupName, name)

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = if (createResourceGroup) {
  name: resourceGroupName
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  name: '${name}-identities'
  scope: group
  params: {
    name: checkedName
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
    auditHeadLocked: auditHeadLocked
    lock: lock
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
    linkKeys: linkKeys
    recover: recoverVault
    lock: lock
  }
}

module operatorAccess 'modules/operator-access.bicep' = {
  name: '${name}-operators'
  scope: group
  params: {
    principalId: empty(operatorsGroupId) ? deployer().objectId : operatorsGroupId
    // A pipeline has no name to sign in with.
    principalType: !empty(operatorsGroupId)
      ? 'Group'
      : empty(deployer().?userPrincipalName) ? 'ServicePrincipal' : 'User'
    stateAccountName: storage.outputs.stateAccountName
    recordsAccountName: storage.outputs.recordsAccountName
  }
}

module responderAccess 'modules/responder-access.bicep' = if (!empty(respondersGroupId)) {
  name: '${name}-responders'
  scope: group
  params: {
    groupId: respondersGroupId
    stateAccountName: storage.outputs.stateAccountName
  }
}

module logs 'modules/monitoring.bicep' = {
  name: '${name}-monitoring'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    retentionDays: logRetentionDays
    monitoring: monitoring
    network: network
    readerPrincipalId: identities.outputs.readerPrincipalId
  }
}

module diagnostics 'modules/diagnostics.bicep' = if (monitoring.?diagnostics ?? true) {
  name: '${name}-diagnostics'
  scope: group
  params: {
    workspaceId: logs.outputs.workspaceId
    vaultName: vault.outputs.name
    recordsAccountName: storage.outputs.recordsAccountName
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

module privateNetwork 'tiers/private-network.bicep' = if (network.private && !ownSubnets) {
  name: '${name}-network'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    addressSpace: network.?addressSpace ?? '10.90.0.0/25'
    natGateway: network.?natGateway ?? true
  }
}

var appSubnetId = network.?appSubnetId ?? (network.private ? privateNetwork!.outputs.appSubnetId : '')
var endpointSubnetId = network.?endpointSubnetId ?? (network.private ? privateNetwork!.outputs.endpointSubnetId : '')

// Before the app: without them it reaches neither its package nor its secrets.
module privateEndpoints 'modules/private-endpoints.bicep' = if (network.private) {
  name: '${name}-endpoints'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    subnetId: endpointSubnetId
    appSubnetId: appSubnetId
    registerDns: network.?registerDns ?? true
    cloud: cloud
    endpoints: [
      { name: 'state-blob', target: storage.outputs.stateAccountId, service: 'blob' }
      { name: 'state-queue', target: storage.outputs.stateAccountId, service: 'queue' }
      { name: 'state-table', target: storage.outputs.stateAccountId, service: 'table' }
      { name: 'records-blob', target: storage.outputs.recordsAccountId, service: 'blob' }
      { name: 'vault', target: vault.outputs.id, service: 'vault' }
    ]
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
    insightsConnectionString: logs.outputs.connectionString
    subnetId: appSubnetId
    isPublic: isPublic
    watched: watched
    mail: mail
    communicationEndpoint: usesCommunicationServices ? communication!.outputs.endpoint : ''
    communicationSender: usesCommunicationServices ? communication!.outputs.sender : ''
    secretSettings: secretSettings
    schedules: schedules
    publicUrl: publicUrl
    signInClientId: signInClientId
    startAs: startAs
    operators: operators
    packageUri: packageUri
    packageSignature: packageSignature
    cloud: cloud
    size: size
    logFilter: logFilter
    telemetry: telemetry
  }
  dependsOn: [privateEndpoints]
}

module appEndpoint 'modules/private-endpoints.bicep' = if (!isPublic) {
  name: '${name}-app-endpoint'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    subnetId: endpointSubnetId
    appSubnetId: appSubnetId
    registerDns: network.?registerDns ?? true
    cloud: cloud
    endpoints: [
      { name: 'app', target: app.outputs.id, service: 'sites' }
    ]
  }
}

// Azure asks whether the function is there, so only where the code comes with the same deployment; and Event Grid has to
// reach it.
module deliveryReports 'modules/delivery-reports.bicep' = if (usesCommunicationServices && isPublic && hasPackage) {
  name: '${name}-delivery-reports'
  scope: group
  params: {
    name: name
    tags: tags
    serviceName: usesCommunicationServices ? communication!.outputs.serviceName : ''
    functionAppName: app.outputs.name
  }
}

module alerts 'modules/alerts.bicep' = {
  name: '${name}-alerts'
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    insightsId: logs.outputs.id
    operators: operators
    actionGroupIds: monitoring.?actionGroupIds ?? []
  }
}

module watchHere 'modules/watch-subscription.bicep' = if (watch) {
  name: '${name}-${identity}-watch'
  params: {
    name: name
    identity: identity
    principalId: identities.outputs.readerPrincipalId
  }
}

@description('The name of the app.')
output functionAppName string = app.outputs.name

@description('The id of the app.')
output functionAppId string = app.outputs.id

@description('The base of every link in a message.')
output publicUrl string = app.outputs.publicUrl

@description('The resource group of everything that runs.')
output resourceGroupName string = resourceGroupName

@description('The account with the locks, queues and tables.')
output stateAccountName string = storage.outputs.stateAccountName

@description('The account with the configuration and the head of the audit trail.')
output recordsAccountName string = storage.outputs.recordsAccountName

@description('The vault of the secrets.')
output vaultName string = vault.outputs.name

@description('The identity that reads: what roles are assigned to.')
output readerPrincipalId string = identities.outputs.readerPrincipalId

@description('The identity that reads: as what it signs in.')
output readerClientId string = identities.outputs.readerClientId

@description('The identity that starts; empty when there is none.')
output starterPrincipalId string = identities.outputs.starterPrincipalId

@description('The redirect addresses of the application with which people sign in.')
output signInAddresses string[] = app.outputs.signInAddresses

@description('The address from which everything leaves; empty when it is not one.')
output outboundAddress string = network.private && !ownSubnets ? privateNetwork!.outputs.outboundAddress : ''

@description('What tells this deployment from another one in the tenant.')
output identity string = identity

// What the program needs on a machine of somebody's own to look at what was deployed.
var quotedOperators = replace(join(operators, ','), '\'', '\'\\\'\'')
var cloudForShell = cloud.name == 'AzureCloud'
  ? ''
  : ' NOTIFIER_ARM_ENDPOINT=${cloud.resourceManager} NOTIFIER_ARM_AUDIENCE=${cloud.authentication.audiences[0]}'

@description('What comes next, to be pasted into a shell as it stands.')
output nextSteps string[] = concat(
  hasPackage
    ? []
    : [
        'az functionapp deployment source config-zip --resource-group ${resourceGroupName} --name ${app.outputs.name} --src maintenance-notifier.zip'
      ],
  [
    'export AzureWebJobsStorage__tableServiceUri=${storage.outputs.stateEndpoints.table} NOTIFIER_STORE=tables:notifier NOTIFIER_CONFIG=${storage.outputs.configurationUrl} NOTIFIER_KEY_VAULT=${vault.outputs.uri} NOTIFIER_OPERATORS=\'${quotedOperators}\'${cloudForShell}'
    'maintenance-notifier check --deployment ${app.outputs.publicUrl}'
    'maintenance-notifier windows'
    'maintenance-notifier preview'
  ]
)
