// A system topic of one kind in every subscription that has none.

targetScope = 'managementGroup'

@description('The beginning of the names of the policy.')
param name string

@description('A short word for the kind, which makes names that may have only 24 characters.')
param kindName string
param location string
param topicType string
param topicResourceGroupName string

@description('What the policy may do.')
param roleDefinitionId string
param remediate bool

resource definition 'Microsoft.Authorization/policyDefinitions@2021-06-01' = {
  name: '${name}-topics'
  properties: {
    displayName: 'Maintenance notifier: a system topic for ${kindName} events'
    policyType: 'Custom'
    mode: 'All'
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
            equals: topicType
          }
          deploymentScope: 'subscription'
          roleDefinitionIds: [roleDefinitionId]
          deployment: {
            location: location
            properties: {
              mode: 'incremental'
              template: {
                '$schema': 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#'
                contentVersion: '1.0.0.0'
                resources: [
                  {
                    type: 'Microsoft.Resources/resourceGroups'
                    apiVersion: '2022-09-01'
                    name: topicResourceGroupName
                    location: location
                  }
                  {
                    type: 'Microsoft.Resources/deployments'
                    apiVersion: '2022-09-01'
                    name: '${name}-topic'
                    resourceGroup: topicResourceGroupName
                    dependsOn: ['[resourceId(\'Microsoft.Resources/resourceGroups\', \'${topicResourceGroupName}\')]']
                    properties: {
                      mode: 'Incremental'
                      template: {
                        '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
                        contentVersion: '1.0.0.0'
                        resources: [
                          {
                            type: 'Microsoft.EventGrid/systemTopics'
                            apiVersion: '2022-06-15'
                            name: '${name}-events'
                            location: 'global'
                            properties: {
                              source: '[subscription().id]'
                              topicType: topicType
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

resource assignment 'Microsoft.Authorization/policyAssignments@2022-06-01' = {
  name: take('mn-topic-${kindName}', 24)
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    displayName: 'Maintenance notifier: a system topic for ${kindName} events'
    policyDefinitionId: definition.id
  }
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, assignment.name, 'topics')
  properties: {
    principalId: assignment.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}

resource remediation 'Microsoft.PolicyInsights/remediations@2021-10-01' = if (remediate) {
  name: '${name}-topics'
  dependsOn: [access]
  properties: {
    policyAssignmentId: assignment.id
    resourceDiscoveryMode: 'ExistingNonCompliant'
  }
}
