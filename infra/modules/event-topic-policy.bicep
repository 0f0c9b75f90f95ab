// A system topic of one kind in every subscription that has none. Which kind, and what it is called, stands in the
// parameters of the assignment, where everybody can read it.

targetScope = 'managementGroup'

@description('The name of the definition.')
param name string

@description('A word for the kind of events.')
param kindName string

@description('The region of what the policy deploys.')
param location string

@description('What the policy may do.')
param roleDefinitionId string

var displayName = 'Maintenance notifier: a system topic for ${kindName} events'

// What the policy hands on to the templates that it deploys.
var handedOn = {
  topicType: { value: '[parameters(\'topicType\')]' }
  topicName: { value: '[parameters(\'topicName\')]' }
  tags: { value: '[parameters(\'tags\')]' }
  identityId: { value: '[parameters(\'identityId\')]' }
}
var taken = {
  topicType: { type: 'string' }
  topicName: { type: 'string' }
  tags: { type: 'object' }
  identityId: { type: 'string' }
}

resource definition 'Microsoft.Authorization/policyDefinitions@2026-07-01' = {
  name: name
  properties: {
    displayName: displayName
    policyType: 'Custom'
    mode: 'All'
    parameters: {
      topicType: { type: 'String', metadata: { displayName: 'Kind of topic' } }
      topicName: { type: 'String', metadata: { displayName: 'Name of topics that are made' } }
      resourceGroupName: { type: 'String', metadata: { displayName: 'Resource group of topics that are made' } }
      makesResourceGroup: { type: 'Boolean', metadata: { displayName: 'Whether that group is made too' } }
      tags: { type: 'Object', metadata: { displayName: 'Tags of what is made' } }
      identityId: { type: 'String', metadata: { displayName: 'Identity of topics that are made; empty for none' } }
    }
    policyRule: {
      if: {
        field: 'type'
        equals: 'Microsoft.Resources/subscriptions'
      }
      then: {
        effect: 'deployIfNotExists'
        details: {
          type: 'Microsoft.EventGrid/systemTopics'
          // Anywhere in the subscription, under any name.
          existenceScope: 'subscription'
          existenceCondition: {
            field: 'Microsoft.EventGrid/systemTopics/topicType'
            equals: '[parameters(\'topicType\')]'
          }
          deploymentScope: 'subscription'
          roleDefinitionIds: [roleDefinitionId]
          deployment: {
            location: location
            properties: {
              mode: 'incremental'
              parameters: union(handedOn, {
                resourceGroupName: { value: '[parameters(\'resourceGroupName\')]' }
                makesResourceGroup: { value: '[parameters(\'makesResourceGroup\')]' }
              })
              template: {
                '$schema': 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#'
                contentVersion: '1.0.0.0'
                parameters: union(taken, {
                  resourceGroupName: { type: 'string' }
                  makesResourceGroup: { type: 'bool' }
                })
                resources: [
                  {
                    // Making one that is there takes away tags that others gave it.
                    condition: '[parameters(\'makesResourceGroup\')]'
                    type: 'Microsoft.Resources/resourceGroups'
                    apiVersion: '2025-04-01'
                    name: '[parameters(\'resourceGroupName\')]'
                    location: location
                    tags: '[parameters(\'tags\')]'
                  }
                  {
                    type: 'Microsoft.Resources/deployments'
                    apiVersion: '2025-04-01'
                    name: '[parameters(\'topicName\')]'
                    resourceGroup: '[parameters(\'resourceGroupName\')]'
                    dependsOn: [
                      '[resourceId(\'Microsoft.Resources/resourceGroups\', parameters(\'resourceGroupName\'))]'
                    ]
                    properties: {
                      mode: 'Incremental'
                      expressionEvaluationOptions: { scope: 'inner' }
                      parameters: handedOn
                      template: {
                        '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
                        contentVersion: '1.0.0.0'
                        parameters: taken
                        resources: [
                          {
                            type: 'Microsoft.EventGrid/systemTopics'
                            apiVersion: '2025-02-15'
                            name: '[parameters(\'topicName\')]'
                            location: 'global'
                            tags: '[parameters(\'tags\')]'
                            identity: '[if(empty(parameters(\'identityId\')), null(), createObject(\'type\', \'UserAssigned\', \'userAssignedIdentities\', createObject(parameters(\'identityId\'), createObject())))]'
                            properties: {
                              source: '[subscription().id]'
                              topicType: '[parameters(\'topicType\')]'
                            }
                          }
                        ]
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

output id string = definition.id
