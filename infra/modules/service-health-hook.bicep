// The action group that calls the notifier. An action group that other rules already feed may call the same address.

import { resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param tags resourceTags
param functionAppName string

@description('The base of the addresses of the app; its address in Azure when left empty.')
param publicUrl string

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource receiver 'Microsoft.Web/sites/functions@2025-03-01' existing = {
  parent: site
  name: 'ReceiveServiceHealthAlert'
}

var base = empty(publicUrl) ? 'https://${site.properties.defaultHostName}' : publicUrl

resource callNotifier 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}-hook'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    webhookReceivers: [
      {
        name: 'maintenance-notifier'
        serviceUri: '${base}/hooks/service-health?code=${receiver.listKeys().default}'
        useCommonAlertSchema: true
      }
    ]
  }
}

output actionGroupId string = callNotifier.id
