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
  @description('Whether storage and vault are reached through private endpoints only, from a network that is deployed here.')
  private: bool
  @description('The address space of that network; at least a /25.')
  addressSpace: string?
  @description('Public addresses that may reach storage and vault all the same, in CIDR notation: the pipeline that uploads the package and the configuration.')
  allowedAddresses: string[]?
}

@export()
@description('The size of the app and its storage.')
type sizeSettings = {
  @description('Memory of one instance in MB.')
  instanceMemoryMB: (512 | 2048 | 4096)?
  @description('The most instances of all functions together.')
  maximumInstanceCount: int?
  @description('Instances for pages and webhooks that never stop. One spares people the start; it is billed all the time.')
  alwaysReadyForPeople: int?
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
