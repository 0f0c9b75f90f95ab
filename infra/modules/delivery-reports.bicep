// What became of each mail that Communication Services took reaches the notifier, so that a bounce brings the fallback in.
// Azure asks whether the function is there: after the code.

@description('The beginning of all names.')
param name string
param tags resourceTags
param serviceName string
param functionAppName string

import { resourceTags } from 'types.bicep'

resource service 'Microsoft.Communication/communicationServices@2026-03-18' existing = {
  name: serviceName
}

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName

  resource receiver 'functions' existing = {
    name: 'ReceiveMaintenanceEvent'
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: '${name}-mail'
  location: 'global'
  tags: tags
  properties: {
    source: service.id
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'maintenance-notifier'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: site::receiver.id
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: ['Microsoft.Communication.EmailDeliveryReportReceived']
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
}
