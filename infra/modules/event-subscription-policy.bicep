// The notifier subscribes to every system topic of one kind, also to those that somebody else made. To which function, and
// under which name, stands in the parameters of the assignment, where everybody can read it.

targetScope = 'managementGroup'

@description('The name of the definition.')
param name string

@description('A word for the kind of events.')
param kindName string

@description('What the policy may do.')
param roleDefinitionId string

@description('Whether events that cannot be delivered are kept.')
param keepsLetters bool

var displayName = 'Maintenance notifier: a subscription to ${kindName} events'

// What the policy hands on to the template that it deploys.
var handedOn = union(
  {
    topic: { value: '[field(\'name\')]' }
    functionId: { value: '[parameters(\'functionId\')]' }
    eventTypes: { value: '[parameters(\'eventTypes\')]' }
    eventSubscriptionName: { value: '[parameters(\'eventSubscriptionName\')]' }
  },
  keepsLetters
    ? {
        deadLetterAccountId: { value: '[parameters(\'deadLetterAccountId\')]' }
        identityId: { value: '[parameters(\'identityId\')]' }
      }
    : {}
)
var letters = keepsLetters
  ? {
      deadLetterWithResourceIdentity: {
        identity: {
          type: 'UserAssigned'
          userAssignedIdentity: '[parameters(\'identityId\')]'
        }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: {
            resourceId: '[parameters(\'deadLetterAccountId\')]'
            blobContainerName: 'dead-letters'
          }
        }
      }
    }
  : {}
var letterParameters = keepsLetters
  ? {
      deadLetterAccountId: {
        type: 'String'
        metadata: { displayName: 'Storage account for events that cannot be delivered' }
      }
      identityId: { type: 'String', metadata: { displayName: 'Identity that writes them' } }
    }
  : {}

resource definition 'Microsoft.Authorization/policyDefinitions@2026-07-01' = {
  name: name
  properties: {
    displayName: displayName
    policyType: 'Custom'
    mode: 'All'
    parameters: union(
      {
        topicType: { type: 'String', metadata: { displayName: 'Kind of topic' } }
        functionId: { type: 'String', metadata: { displayName: 'Function that takes the events' } }
        eventTypes: { type: 'Array', metadata: { displayName: 'Events that are taken' } }
        eventSubscriptionName: { type: 'String', metadata: { displayName: 'Name of the subscription' } }
      },
      letterParameters
    )
    policyRule: {
      if: {
        allOf: [
          {
            field: 'type'
            equals: 'Microsoft.EventGrid/systemTopics'
          }
          {
            field: 'Microsoft.EventGrid/systemTopics/topicType'
            equals: '[parameters(\'topicType\')]'
          }
        ]
      }
      then: {
        effect: 'deployIfNotExists'
        details: {
          type: 'Microsoft.EventGrid/systemTopics/eventSubscriptions'
          name: '[concat(field(\'name\'), \'/\', parameters(\'eventSubscriptionName\'))]'
          roleDefinitionIds: [roleDefinitionId]
          deployment: {
            properties: {
              mode: 'incremental'
              parameters: handedOn
              template: {
                '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
                contentVersion: '1.0.0.0'
                parameters: toObject(
                  items(handedOn),
                  item => item.key,
                  item => { type: item.key == 'eventTypes' ? 'array' : 'string' }
                )
                resources: [
                  {
                    type: 'Microsoft.EventGrid/systemTopics/eventSubscriptions'
                    apiVersion: '2025-02-15'
                    name: '[concat(parameters(\'topic\'), \'/\', parameters(\'eventSubscriptionName\'))]'
                    properties: union(
                      {
                        destination: {
                          endpointType: 'AzureFunction'
                          properties: {
                            resourceId: '[parameters(\'functionId\')]'
                            maxEventsPerBatch: 1
                            preferredBatchSizeInKilobytes: 64
                          }
                        }
                        eventDeliverySchema: 'CloudEventSchemaV1_0'
                        filter: {
                          includedEventTypes: '[parameters(\'eventTypes\')]'
                        }
                        // An app that was asleep needs some seconds: Event Grid asks again, for a day.
                        retryPolicy: {
                          maxDeliveryAttempts: 30
                          eventTimeToLiveInMinutes: 1440
                        }
                      },
                      letters
                    )
                  }
                ]
              }
            }
          }
        }
      }
    }
  }
}

output id string = definition.id
