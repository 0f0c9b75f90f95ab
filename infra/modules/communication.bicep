// Azure Communication Services, for tenants that do not send with Microsoft Graph or a mail server.

import { mailSettings, resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param tags resourceTags
param mail mailSettings

@description('The identity of the app, which may send.')
param readerPrincipalId string

var customDomain = mail.?communicationServicesDomain ?? ''
var isManaged = empty(customDomain)
var isVerified = isManaged || (mail.?communicationServicesDomainVerified ?? false)
var dataLocation = mail.?communicationServicesDataLocation ?? 'Europe'
// `DoNotReply` is there with every domain. Another name has to be made first.
var senderName = isManaged ? '' : (mail.?communicationServicesSender ?? '')
var userName = empty(senderName) ? 'DoNotReply' : senderName
var suffix = take(uniqueString(resourceGroup().id, name), 9)

resource email 'Microsoft.Communication/emailServices@2026-03-18' = {
  name: '${name}-mail-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
  }
}

// A domain of one's own has to be verified by DNS records between two deployments: the records are shown in the portal
// and by `az communication email domain show`.
resource domain 'Microsoft.Communication/emailServices/domains@2026-03-18' = {
  parent: email
  name: isManaged ? 'AzureManagedDomain' : customDomain
  location: 'global'
  tags: tags
  properties: {
    domainManagement: isManaged ? 'AzureManaged' : 'CustomerManaged'
    // Counting who opens a mail and who clicks would rewrite its links.
    userEngagementTracking: 'Disabled'
  }
}

resource service 'Microsoft.Communication/communicationServices@2026-03-18' = {
  name: '${name}-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    linkedDomains: isVerified ? [domain.id] : []
  }
}

resource sender 'Microsoft.Communication/emailServices/domains/senderUsernames@2026-03-18' = if (!empty(senderName)) {
  parent: domain
  name: empty(senderName) ? 'unused' : senderName
  properties: {
    username: senderName
    displayName: 'Maintenance'
  }
}

// What sending takes, and no keys: the built-in role that can send can also read those.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, name, 'send-mail')
  properties: {
    roleName: 'Maintenance mail sender (${name}-${suffix})'
    description: 'Sends mail with one Communication Services resource.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [
          'Microsoft.Communication/CommunicationServices/Read'
          'Microsoft.Communication/CommunicationServices/Write'
          'Microsoft.Communication/EmailServices/write'
        ]
        notActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: service
  name: guid(service.id, readerPrincipalId, role.name)
  properties: {
    principalId: readerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.name)
  }
}

output serviceName string = service.name
output endpoint string = 'https://${service.properties.hostName}'
output sender string = 'Maintenance <${userName}@${isManaged ? domain.properties.mailFromSenderDomain : customDomain}>'
