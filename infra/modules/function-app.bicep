// The app: a Flex Consumption plan, the site, and every one of its settings. A setting that is not written here is
// removed by the next deployment; that is how what runs stays what is written.

import { mailSettings, scheduleSettings, sizeSettings, telemetrySettings } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags object

@description('The identity that reads, and as which the app reaches storage, vault and mail.')
param readerId string
param readerClientId string

@description('The identity that may only start maintenance; empty when there is none.')
param starterId string
param starterClientId string

@description('The addresses of the storage account of the host.')
param stateEndpoints object

@description('The address of the configuration file.')
param configurationUrl string

@description('The container to which the end of the audit trail is added.')
param auditContainerUrl string
param vaultUri string
param insightsConnectionString string

@description('The subnet of the app; empty when it is in none.')
param subnetId string

@description('What is watched: subscription ids with commas, or `mg:NAME`. Empty: all that the identity can read.')
param watched string
param mail mailSettings

@description('The address of Communication Services and the sender there; empty when it is not used.')
param communicationEndpoint string
param communicationSender string

@description('Names of app settings and, for each, the name of a secret in the vault.')
param secretSettings object
param schedules scheduleSettings
param publicUrl string

@description('The application (client) id with which people sign in; empty when nobody can.')
param signInClientId string

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

resource plan 'Microsoft.Web/serverfarms@2023-12-01' = {
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
  }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
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
}

// A setting without a value is left out rather than empty.
var from = mail.?from ?? communicationSender
var starting = empty(starterClientId) ? {} : { NOTIFIER_START_CLIENT_ID: starterClientId }
var watching = empty(watched) ? {} : { NOTIFIER_SUBSCRIPTIONS: watched }
var linking = empty(publicUrl) ? {} : { NOTIFIER_PUBLIC_URL: publicUrl }
var cloud = environment().name == 'AzureCloud' ? {} : {
  NOTIFIER_ARM_ENDPOINT: environment().resourceManager
  NOTIFIER_ARM_AUDIENCE: environment().authentication.audiences[0]
}
var sending = empty(from) ? {} : { NOTIFIER_MAIL_FROM: from }
var answering = empty(mail.?replyTo) ? {} : { NOTIFIER_MAIL_REPLY_TO: mail.?replyTo }
var pacing = empty(mail.?limit) ? {} : { NOTIFIER_MAIL_LIMIT: mail.?limit }
var byGraph = empty(mail.?graphSender) ? {} : { NOTIFIER_GRAPH_SENDER: mail.?graphSender }
var graphCloud = empty(mail.?graphEndpoint) ? {} : { NOTIFIER_GRAPH_ENDPOINT: mail.?graphEndpoint }
var byCommunication = empty(communicationEndpoint) ? {} : { NOTIFIER_ACS_ENDPOINT: communicationEndpoint }
var bySmtp = (mail.?smtp ?? false) ? {
  NOTIFIER_SMTP_URL: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/notifier-smtp-url/)'
  NOTIFIER_SMTP_CONNECTIONS: string(mail.?smtpConnections ?? 3)
} : {}
var measuring = empty(telemetry.?endpoint) ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.?endpoint }
var counting = empty(telemetry.?temporality) ? {} : { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: telemetry.?temporality }
var describing = empty(telemetry.?resourceAttributes) ? {} : { OTEL_RESOURCE_ATTRIBUTES: telemetry.?resourceAttributes }
// Sign-in needs no secret: the identity of the app stands for the application, by a federated credential.
var signingIn = empty(signInClientId) ? {} : { OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: readerClientId }
var fromVault = toObject(items(secretSettings), item => item.key, item => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${item.value}/)')

resource settings 'Microsoft.Web/sites/config@2023-12-01' = {
  parent: site
  name: 'appsettings'
  properties: union(required, cloud, starting, watching, linking, sending, answering, pacing, byGraph, graphCloud, byCommunication, bySmtp, measuring, counting, describing, signingIn, fromVault)
}

// Deployed in any case, so that taking the client id away switches signing in off.
module easyAuth 'easy-auth.bicep' = {
  name: '${name}-easy-auth'
  params: {
    siteName: site.name
    clientId: signInClientId
    startAs: startAs
  }
  dependsOn: [settings]
}

// Publishing with a password stays off.
resource passwords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2023-12-01' = [for kind in ['scm', 'ftp']: {
  parent: site
  name: kind
  properties: {
    allow: false
  }
}]

output id string = site.id
output name string = site.name
output publicUrl string = empty(publicUrl) ? 'https://${site.properties.defaultHostName}' : publicUrl
