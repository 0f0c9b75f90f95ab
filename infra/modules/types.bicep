// The shapes of the parameters that are handed through several modules.

@export()
@description('How mail leaves. Choose one of Graph, a mail server, or Communication Services.')
type mailSettings = {
  @description('Sender and organizer, such as `Maintenance <maintenance@contoso.com>`. May be left out with an Azure-managed domain of Communication Services.')
  from: string?
  @description('Where replies go; the sender when left out.')
  replyTo: string?
  @description('The mailbox to send from with Microsoft Graph and the identity of the app. Needs the application permission Mail.Send, which no deployment can grant.')
  graphSender: string?
  @description('The address of Microsoft Graph in another cloud.')
  graphEndpoint: string?
  @description('Whether a mail server is used: its address, with user and password, is then the secret `notifier-smtp-url` of the vault.')
  smtp: bool?
  @description('Connections of one process to the mail server.')
  smtpConnections: int?
  @description('Whether a Communication Services resource is deployed and sends the mail.')
  communicationServices: bool?
  @description('The mail domain in Communication Services. Left out: one managed by Azure, which takes few mails an hour and suits trials only.')
  communicationServicesDomain: string?
  @description('Whether that domain was verified by its DNS records. Only then can it be linked to the resource.')
  communicationServicesDomainVerified: bool?
  @description('What stands before the @ with a domain of your own. Left out: `DoNotReply`, which every domain has; for others Azure wants higher limits to be asked for first.')
  communicationServicesSender: string?
  @description('Where Communication Services keeps its data.')
  communicationServicesDataLocation: string?
  @description('What the mail service takes, such as `30/min,100/h`.')
  limit: string?
}

@export()
@description('When the timers run, as NCRONTAB with six fields, in UTC. The Functions host reads them, so each has to be set.')
type scheduleSettings = {
  @description('When Azure is asked what is planned.')
  collect: string
  @description('When the next slice of all machines is looked at.')
  sweep: string
  @description('When messages are planned and sent.')
  plan: string
  @description('When started maintenance is followed.')
  follow: string
}

@export()
@description('Where the second identity may start maintenance: a subscription, or one resource group of it.')
type startScope = {
  subscriptionId: string
  resourceGroup: string?
}

@export()
@description('Who may reach the resources over the network.')
type networkSettings = {
  @description('Whether storage and vault are reached through private endpoints only.')
  private: bool
  @description('An existing subnet for the app, delegated to Microsoft.App/environments; at least a /27, without an underscore in its name. Left out: with `private`, a network is deployed.')
  appSubnetId: string?
  @description('An existing subnet for private endpoints. Left out: with `private`, a network is deployed.')
  endpointSubnetId: string?
  @description('Whether private DNS zones are deployed and hold the addresses of the endpoints. `false` where a policy or a central team does that. Left out: true.')
  registerDns: bool?
  @description('The address space of the network that is deployed; at least a /25.')
  addressSpace: string?
  @description('Whether the network that is deployed has a NAT gateway, and so one fixed address for whatever leaves. Left out: true.')
  natGateway: bool?
  @description('Public addresses that may reach storage and vault all the same, single ones or in CIDR notation: the pipeline that uploads the configuration.')
  allowedAddresses: string[]?
  @description('Whether people and webhooks of Azure reach the app from everywhere. `false`: through a private endpoint only; events and alerts then do not arrive. Left out: true.')
  publicApp: bool?
  @description('An Azure Monitor private link scope that logs are written and read through.')
  monitorPrivateLinkScopeId: string?
}

@export()
@description('Where logs go, and who hears of failures.')
type monitoringSettings = {
  @description('An existing Log Analytics workspace. Left out: one is deployed.')
  workspaceId: string?
  @description('Existing action groups that hear of failures, beside the mail addresses of `operators`.')
  actionGroupIds: string[]?
  @description('After how many GB a day the workspace that is deployed takes no more. Alerts are blind then. Left out: no limit.')
  dailyCapGb: int?
  @description('Whether who reads secrets and who changes configuration and audit trail is logged. Left out: true.')
  diagnostics: bool?
}

@export()
@description('The size of the app and its storage.')
type sizeSettings = {
  @description('Memory of one instance in MB.')
  instanceMemoryMB: (512 | 2048 | 4096)?
  @description('The most instances of all functions together.')
  @minValue(1)
  @maxValue(1000)
  maximumInstanceCount: int?
  @description('Instances for pages and webhooks that never stop. One spares people the start; it is billed all the time.')
  @minValue(0)
  @maxValue(1000)
  alwaysReadyForPeople: int?
  @description('Whether the app is spread over zones. Not in every region; with `alwaysReadyForPeople` at least two.')
  zoneRedundant: bool?
  @description('How often storage keeps each byte. Zones are not in every region.')
  storageSku: ('Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS')?
}

@export()
@description('Where metrics go besides the log. A key that the collector wants is a secret: OTEL_EXPORTER_OTLP_HEADERS in `secretSettings`.')
type telemetrySettings = {
  @description('Where an OpenTelemetry collector takes OTLP over HTTP, such as https://otel.contoso.com:4318. Left out: no metrics are sent.')
  endpoint: string?
  @description('What sums count from; `delta` when left out.')
  temporality: ('delta' | 'cumulative')?
  @description('Attributes of the service: name=value, several with commas.')
  resourceAttributes: string?
}

@export()
@description('Tags of a resource.')
type resourceTags = {
  *: string
}

@export()
@description('Names of app settings and, for each, the name of a secret in the vault.')
type secretNames = {
  *: string
}

@export()
@description('The addresses of the services of a storage account.')
type storageEndpoints = {
  blob: string
  queue: string
  table: string
}

@export()
@description('What differs between the clouds of Azure: the shape of `environment()`.')
type cloudSettings = {
  name: string
  resourceManager: string
  authentication: {
    loginEndpoint: string
    audiences: string[]
  }
  suffixes: {
    storage: string
    keyvaultDns: string
  }
}

@export()
@description('What a private endpoint leads to.')
type endpointTarget = {
  @description('A short word for it.')
  name: string
  @description('The id of the resource.')
  target: string
  service: 'blob' | 'queue' | 'table' | 'vault' | 'sites'
}

@export()
@description('Values of the parameters of a policy.')
type policyValues = {
  *: {
    #disable-next-line no-explicit-any // Texts, lists and tags: types of Bicep name one of them only.
    value: any
  }
}
