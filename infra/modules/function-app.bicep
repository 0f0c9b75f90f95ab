// The app: a Flex Consumption plan, the site, and every one of its settings. A setting that is not written here is
// removed by the next deployment; that is how what runs stays what is written.

import {
  cloudSettings
  mailSettings
  resourceTags
  scheduleSettings
  secretNames
  sizeSettings
  storageEndpoints
  telemetrySettings
} from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags

@description('The identity that reads, and as which the app reaches storage, vault and mail.')
param readerId string
param readerClientId string

@description('The identity that may only start maintenance; empty when there is none.')
param starterId string
param starterClientId string

@description('The addresses of the storage account of the host.')
param stateEndpoints storageEndpoints

@description('The address of the configuration file.')
param configurationUrl string

@description('The container to which the end of the audit trail is added.')
param auditContainerUrl string
param vaultUri string
param insightsConnectionString string

@description('The subnet of the app; empty when it is in none.')
param subnetId string

@description('Whether the app is reached from everywhere.')
param isPublic bool

@description('What is watched: subscription ids with commas, or `mg:NAME`. Empty: all that the identity can read.')
param watched string
param mail mailSettings

@description('The address of Communication Services and the sender there; empty when it is not used.')
param communicationEndpoint string
param communicationSender string

@description('Names of app settings and, for each, the name of a secret in the vault.')
#disable-next-line secure-secrets-in-params // It holds names of secrets; no value ever is a parameter.
param secretSettings secretNames
param schedules scheduleSettings
param publicUrl string

@description('The application (client) id with which people sign in; empty when nobody can.')
param signInClientId string

@description('The mail addresses that hear of failures; they are whom the app tells until it has a configuration.')
param operators string[]

@description('Where the package is; empty when the code comes some other way.')
param packageUri string

@description('What stands behind the question mark of that address; empty when nothing does.')
@secure()
param packageSignature string

@description('What differs between the clouds of Azure.')
param cloud cloudSettings

@description('Whose rights start maintenance from a message, as `[start] as` in the configuration says: `app`, or `user` for those of whoever is signed in.')
@allowed([
  'app'
  'user'
])
param startAs string
param size sizeSettings
param logFilter string
param telemetry telemetrySettings

var identities = union({ '${readerId}': {} }, empty(starterId) ? {} : { '${starterId}': {} })
var alwaysReady = size.?alwaysReadyForPeople ?? 0

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: size.?zoneRedundant ?? false
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: '${name}-${take(uniqueString(resourceGroup().id, name), 9)}'
  location: location
  // `azd deploy` finds the app by this tag.
  tags: union(tags, { 'azd-service-name': 'notifier' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: identities
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: isPublic ? 'Enabled' : 'Disabled'
    // Key Vault references are read as this identity; without it the app would use one of its own that it does not have.
    keyVaultReferenceIdentity: readerId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      alwaysOn: false
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${stateEndpoints.blob}deployment'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: readerId
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: size.?maximumInstanceCount ?? 40
        instanceMemoryMB: size.?instanceMemoryMB ?? 512
        alwaysReady: alwaysReady == 0 ? [] : [{ name: 'http', instanceCount: alwaysReady }]
      }
      runtime: {
        name: 'custom'
        version: '1.0'
      }
    }
  }
}

var required = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: readerClientId
  AzureWebJobsStorage__blobServiceUri: stateEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: stateEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: stateEndpoints.table
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${readerClientId};Authorization=AAD'
  // Addresses of requests carry tokens of links: neither those of visitors nor those that the host calls are logged.
  AzureFunctionsJobHost__logging__applicationInsights__httpAutoCollectionOptions__enableHttpTriggerExtendedInfoCollection: 'false'
  AzureFunctionsJobHost__logging__applicationInsights__enableDependencyTracking: 'false'
  // `/` is answered in one plain word by the program, and not by a page about Azure.
  AzureWebJobsDisableHomepage: 'true'
  COLLECT_SCHEDULE: schedules.collect
  SWEEP_SCHEDULE: schedules.sweep
  PLAN_SCHEDULE: schedules.plan
  FOLLOW_SCHEDULE: schedules.follow
  NOTIFIER_CONFIG: configurationUrl
  NOTIFIER_KEY_VAULT: vaultUri
  NOTIFIER_AUDIT_CONTAINER: auditContainerUrl
  NOTIFIER_STORE: 'tables:notifier'
  NOTIFIER_CLIENT_ID: readerClientId
  NOTIFIER_LINK_KEYS: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/notifier-link-keys/)'
  NOTIFIER_LOG: logFilter
  NOTIFIER_OPERATORS: join(operators, ',')
}

// A setting without a value is left out rather than empty. Whether it has one is known from parameters alone, so that it
// shows before anything is deployed.
var usesCommunicationServices = mail.?communicationServices ?? false
var from = empty(mail.?from) ? communicationSender : mail.?from
var starting = empty(starterId) ? {} : { NOTIFIER_START_CLIENT_ID: starterClientId }
var watching = empty(watched) ? {} : { NOTIFIER_SUBSCRIPTIONS: watched }
var linking = empty(publicUrl) ? {} : { NOTIFIER_PUBLIC_URL: publicUrl }
var ofCloud = cloud.name == 'AzureCloud'
  ? {}
  : {
      NOTIFIER_ARM_ENDPOINT: cloud.resourceManager
      NOTIFIER_ARM_AUDIENCE: cloud.authentication.audiences[0]
    }
var sending = empty(mail.?from) && !usesCommunicationServices ? {} : { NOTIFIER_MAIL_FROM: from }
var answering = empty(mail.?replyTo) ? {} : { NOTIFIER_MAIL_REPLY_TO: mail.?replyTo }
var pacing = empty(mail.?limit) ? {} : { NOTIFIER_MAIL_LIMIT: mail.?limit }
var byGraph = empty(mail.?graphSender) ? {} : { NOTIFIER_GRAPH_SENDER: mail.?graphSender }
var graphEndpoints = {
  AzureCloud: ''
  AzureChinaCloud: 'https://microsoftgraph.chinacloudapi.cn'
  AzureUSGovernment: 'https://graph.microsoft.us'
}
var graphEndpoint = mail.?graphEndpoint ?? graphEndpoints[?cloud.name] ?? ''
var graphCloud = empty(graphEndpoint) ? {} : { NOTIFIER_GRAPH_ENDPOINT: graphEndpoint }
var byCommunication = !usesCommunicationServices ? {} : { NOTIFIER_ACS_ENDPOINT: communicationEndpoint }
var bySmtp = (mail.?smtp ?? false)
  ? {
      NOTIFIER_SMTP_URL: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/notifier-smtp-url/)'
      NOTIFIER_SMTP_CONNECTIONS: string(mail.?smtpConnections ?? 3)
    }
  : {}
var measuring = empty(telemetry.?endpoint) ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.?endpoint }
var counting = empty(telemetry.?temporality)
  ? {}
  : { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: telemetry.?temporality }
var describing = empty(telemetry.?resourceAttributes) ? {} : { OTEL_RESOURCE_ATTRIBUTES: telemetry.?resourceAttributes }
// Sign-in needs no secret: the identity of the app stands for the application, by a federated credential.
var signingIn = empty(signInClientId) ? {} : { OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: readerClientId }
var fromVault = toObject(
  items(secretSettings),
  item => item.key,
  item => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${item.value}/)'
)

// Azure answers 409 to two writes to an app at a time, and each of these restarts it: they wait for one another.

// Publishing with a password stays off.
resource passwordsForPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}

resource passwordsForFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
  dependsOn: [passwordsForPublishing]
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(
    required,
    ofCloud,
    starting,
    watching,
    linking,
    sending,
    answering,
    pacing,
    byGraph,
    graphCloud,
    byCommunication,
    bySmtp,
    measuring,
    counting,
    describing,
    signingIn,
    fromVault
  )
  dependsOn: [passwordsForFtp]
}

// Azure fetches the package from there, as it stands, and keeps it in the container `deployment`.
resource package 'Microsoft.Web/sites/extensions@2025-03-01' = if (!empty(packageUri)) {
  parent: site
  name: 'onedeploy'
  #disable-next-line BCP187 // The published type has no properties for this name; Azure takes these two.
  properties: {
    packageUri: empty(packageSignature) ? packageUri : '${packageUri}?${packageSignature}'
    remoteBuild: false
  }
  dependsOn: [settings]
}

// Deployed in any case, so that taking the client id away switches signing in off.
module easyAuth 'easy-auth.bicep' = {
  name: '${name}-easy-auth'
  params: {
    siteName: site.name
    clientId: signInClientId
    publicUrl: publicUrl
    cloud: cloud
    startAs: startAs
  }
  dependsOn: [settings, package]
}

output id string = site.id
output name string = site.name
output publicUrl string = empty(publicUrl) ? 'https://${site.properties.defaultHostName}' : publicUrl
output signInAddresses string[] = map(
  union(['https://${site.properties.defaultHostName}'], empty(publicUrl) ? [] : [publicUrl]),
  base => '${base}/.auth/login/aad/callback'
)
