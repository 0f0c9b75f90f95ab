// Optional: events of resource health and of scheduled events (in preview at Azure, and only for machines that opted in)
// reach the notifier within seconds. Two policies for each kind of topic see to it in every subscription, today's and
// tomorrow's: one brings the system topic where there is none, because a subscription can have only one of a kind; the
// other subscribes the notifier to whatever topic of that kind is there, whoever made it.
//
// Deploy it after the code, since Event Grid asks whether the function is there:
//
//   az deployment mg create --management-group-id <group> --location <region> --template-file infra/tiers/event-grid.bicep --parameters ...

targetScope = 'managementGroup'

import { identityOf } from '../modules/names.bicep'
import { resourceTags } from '../modules/types.bicep'

@description('The region of the assignments of the policies, and of their deployments.')
param location string

@description('The beginning of all names, as for the notifier itself.')
@minLength(3)
@maxLength(20)
param name string = 'maint-notifier'

@description('Tags of every resource, also of those that the policies bring.')
param tags resourceTags = {}

@description('Where the notifier runs.')
param notifierSubscriptionId string

@description('The resource group of the notifier.')
param notifierResourceGroupName string = 'rg-${name}'

@description('The resource group of the topics in each subscription.')
param topicResourceGroupName string = 'rg-${name}-events-${identityOf(managementGroup().id, notifierSubscriptionId, notifierResourceGroupName, name)}'

@description('Whether that group is made in each subscription, with the tags above. `false` where it is there everywhere: making it again would take its tags away.')
param createTopicResourceGroup bool = true

@description('The name of the function app, as `main.bicep` gave it.')
param functionAppName string

@description('The storage account of the notifier\'s state, as `main.bicep` gave it, for events that cannot be delivered. Only where every topic is one that these policies bring: one that somebody else made has no right to write there. Empty: such events are dropped, and the next look finds what they would have said.')
param deadLetterAccountName string = ''

@description('Whether what exists already is put right by this deployment. Otherwise only new subscriptions and topics are.')
param remediate bool = true

@description('Left out, it is the time: every deployment puts right anew what it finds.')
param round string = utcNow('yyyyMMddHHmmss')

// Other words would make names that are too long.
var kinds = [
  {
    name: 'health'
    topicType: 'microsoft.resourcenotifications.healthresources'
    eventTypes: [
      'Microsoft.ResourceNotifications.HealthResources.AvailabilityStatusChanged'
      'Microsoft.ResourceNotifications.HealthResources.ResourceAnnotated'
    ]
  }
  {
    name: 'sched'
    topicType: 'microsoft.resourcenotifications.maintenanceresources'
    eventTypes: [
      'Microsoft.ResourceNotifications.MaintenanceResources.ScheduledEventEmitted'
    ]
  }
]

var identity = identityOf(managementGroup().id, notifierSubscriptionId, notifierResourceGroupName, name)

module policyIdentity '../modules/event-identity.bicep' = {
  name: '${name}-${identity}-event-identity'
  scope: resourceGroup(notifierSubscriptionId, notifierResourceGroupName)
  params: {
    name: name
    location: location
    tags: tags
  }
}

module target '../modules/event-target.bicep' = {
  name: '${name}-${identity}-event-target'
  scope: resourceGroup(notifierSubscriptionId, notifierResourceGroupName)
  params: {
    name: name
    functionAppName: functionAppName
    principalId: policyIdentity.outputs.principalId
    identityName: policyIdentity.outputs.name
    deadLetterAccountName: deadLetterAccountName
  }
}

// Where they are known, names are made here and not asked of a module: definitions are the same whatever is deployed.
var topicRoleName = guid(managementGroup().id, identity, 'topics')
var topicRoleId = tenantResourceId('Microsoft.Authorization/roleDefinitions', topicRoleName)
var keepsLetters = !empty(deadLetterAccountName)
// A policy looks whether a subscription of this name is there, and not what it says: other values take another name.
var eventSubscriptionNames = [
  for kind in kinds: 'maintenance-notifier-${identity}-${take(uniqueString(notifierSubscriptionId, notifierResourceGroupName, functionAppName, deadLetterAccountName, join(kind.eventTypes, ',')), 5)}'
]

module topicRole '../modules/event-topic-role.bicep' = {
  name: '${name}-${identity}-event-role'
  params: {
    name: name
    identity: identity
    roleName: topicRoleName
    principalId: policyIdentity.outputs.principalId
  }
}

module topicPolicy '../modules/event-topic-policy.bicep' = [
  for kind in kinds: {
    name: '${name}-${identity}-${kind.name}-topic-policy'
    params: {
      name: '${name}-${identity}-${kind.name}-topics'
      kindName: kind.name
      location: location
      roleDefinitionId: topicRoleId
    }
    dependsOn: [topicRole]
  }
]

module subscriptionPolicy '../modules/event-subscription-policy.bicep' = [
  for kind in kinds: {
    name: '${name}-${identity}-${kind.name}-sub-policy'
    params: {
      name: '${name}-${identity}-${kind.name}-subscriptions'
      kindName: kind.name
      roleDefinitionId: topicRoleId
      keepsLetters: keepsLetters
    }
    dependsOn: [topicRole]
  }
]

module bringTopics '../modules/event-assignment.bicep' = [
  for (kind, index) in kinds: {
    name: '${name}-${identity}-${kind.name}-topic'
    params: {
      name: 'mn-${identity}-${kind.name}-topic'
      location: location
      displayName: 'Maintenance notifier (${name}): a system topic for ${kind.name} events'
      definitionId: topicPolicy[index].outputs.id
      identityId: policyIdentity.outputs.id
      remediate: remediate
      round: round
      values: {
        topicType: { value: kind.topicType }
        topicName: { value: '${name}-${identity}-${kind.name}-events' }
        resourceGroupName: { value: topicResourceGroupName }
        makesResourceGroup: { value: createTopicResourceGroup }
        tags: { value: tags }
        identityId: { value: keepsLetters ? policyIdentity.outputs.id : '' }
      }
    }
  }
]

module subscribe '../modules/event-assignment.bicep' = [
  for (kind, index) in kinds: {
    name: '${name}-${identity}-${kind.name}-sub'
    params: {
      name: 'mn-${identity}-${kind.name}-sub'
      location: location
      displayName: 'Maintenance notifier (${name}): a subscription to ${kind.name} events'
      definitionId: subscriptionPolicy[index].outputs.id
      identityId: policyIdentity.outputs.id
      remediate: remediate
      round: round
      values: union(
        {
          topicType: { value: kind.topicType }
          functionId: { value: target.outputs.functionId }
          eventTypes: { value: kind.eventTypes }
          eventSubscriptionName: { value: eventSubscriptionNames[index] }
        },
        keepsLetters
          ? {
              deadLetterAccountId: { value: target.outputs.deadLetterAccountId }
              identityId: { value: policyIdentity.outputs.id }
            }
          : {}
      )
    }
    dependsOn: [bringTopics]
  }
]

@description('The names of the notifier\'s subscriptions, one for each kind of topic.')
output eventSubscriptionNames string[] = eventSubscriptionNames

@description('The assignments, for `az policy remediation create`.')
output policyAssignmentNames string[] = flatten(map(
  kinds,
  kind => ['mn-${identity}-${kind.name}-topic', 'mn-${identity}-${kind.name}-sub']
))
