// The notifier subscribes to every system topic of one kind, also to those that somebody else made.

targetScope = 'managementGroup'

@description('The beginning of the names of the policy.')
param name string

@description('A short word for the kind, which makes names that may have only 24 characters.')
param kindName string
param location string
param topicType string
param eventTypes string[]

@description('The function that takes the events.')
param functionId string

@description('What the policy may do.')
param roleDefinitionId string
param remediate bool

var eventSubscriptionName = 'maintenance-notifier'

resource definition 'Microsoft.Authorization/policyDefinitions@2021-06-01' = {
  name: '${name}-subscriptions'
  properties: {
    displayName: 'Maintenance notifier: a subscription to ${kindName} events'
    policyType: 'Custom'
    mode: 'All'
    policyRule: {
      if: {
        allOf: [
          {
            field: 'type'
            equals: 'Microsoft.EventGrid/systemTopics'
          }
          {
            field: 'Microsoft.EventGrid/systemTopics/topicType'
            equals: topicType
          }
        ]
      }
      then: {
        effect: 'deployIfNotExists'
        details: {
          type: 'Microsoft.EventGrid/systemTopics/eventSubscriptions'
          name: '[concat(field(\'name\'), \'/${eventSubscriptionName}\')]'
          roleDefinitionIds: [roleDefinitionId]
          deployment: {
            properties: {
              mode: 'incremental'
              parameters: {
                topic: {
                  value: '[field(\'name\')]'
                }
              }
              template: {
                '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
                contentVersion: '1.0.0.0'
                parameters: {
                  topic: {
                    type: 'string'
                  }
                }
                resources: [
                  {
                    type: 'Microsoft.EventGrid/systemTopics/eventSubscriptions'
                    apiVersion: '2022-06-15'
                    name: '[concat(parameters(\'topic\'), \'/${eventSubscriptionName}\')]'
                    properties: {
                      destination: {
                        endpointType: 'AzureFunction'
                        properties: {
                          resourceId: functionId
                          maxEventsPerBatch: 1
                          preferredBatchSizeInKilobytes: 64
                        }
                      }
                      eventDeliverySchema: 'CloudEventSchemaV1_0'
                      filter: {
                        includedEventTypes: eventTypes
                      }
                      retryPolicy: {
                        maxDeliveryAttempts: 30
                        eventTimeToLiveInMinutes: 1440
                      }
                    }
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

resource assignment 'Microsoft.Authorization/policyAssignments@2022-06-01' = {
  name: take('mn-subscribe-${kindName}', 24)
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    displayName: 'Maintenance notifier: a subscription to ${kindName} events'
    policyDefinitionId: definition.id
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, assignment.name, 'subscriptions')
  properties: {
    principalId: assignment.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}

resource remediation 'Microsoft.PolicyInsights/remediations@2021-10-01' = if (remediate) {
  name: '${name}-subscriptions'
  dependsOn: [access]
  properties: {
    policyAssignmentId: assignment.id
    resourceDiscoveryMode: 'ExistingNonCompliant'
  }
}

output principalId string = assignment.identity.principalId
