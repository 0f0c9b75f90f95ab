// Logs. Whoever writes them signs in; the connection string alone is worth nothing.

import { monitoringSettings, networkSettings, resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags

@description('How long logs are kept, in days.')
param retentionDays int
param monitoring monitoringSettings

@description('Who may reach the logs over the network.')
param network networkSettings

@description('The identity of the app, which may write.')
param readerPrincipalId string

var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var privateLinkScope = network.?monitorPrivateLinkScopeId ?? ''
var access = empty(privateLinkScope) ? 'Enabled' : 'Disabled'

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = if (empty(monitoring.?workspaceId)) {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: {
      // -1: no limit.
      dailyQuotaGb: monitoring.?dailyCapGb ?? -1
    }
    features: {
      disableLocalAuth: true
    }
    publicNetworkAccessForIngestion: access
    publicNetworkAccessForQuery: access
  }
}

var workspaceId = monitoring.?workspaceId ?? workspace!.id

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    DisableLocalAuth: true
    publicNetworkAccessForIngestion: access
    publicNetworkAccessForQuery: access
  }
}

// The scope belongs to somebody else, and may be in another subscription.
module privateLink 'monitor-private-link.bicep' = if (!empty(privateLinkScope)) {
  name: '${name}-monitor-link'
  scope: resourceGroup(split('${privateLinkScope}////', '/')[2], split('${privateLinkScope}////', '/')[4])
  params: {
    scopeName: last(split(privateLinkScope, '/'))
    name: '${name}-${take(uniqueString(insights.id), 8)}'
    insightsId: insights.id
    workspaceId: empty(monitoring.?workspaceId) ? workspaceId : ''
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, readerPrincipalId, metricsPublisher)
  properties: {
    principalId: readerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

output id string = insights.id
output connectionString string = insights.properties.ConnectionString
output workspaceId string = workspaceId
