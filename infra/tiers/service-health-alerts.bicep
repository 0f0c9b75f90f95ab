// Optional: Azure's own announcements make the notifier look at once, instead of within a quarter of an hour. One rule in
// each watched subscription, because a rule covers only the one it lives in; one action group for all of them, beside the
// notifier. Deploy it after the code: the key of the function is read when this is deployed. With `policy`, Azure's built-in
// policy brings the rules, also into subscriptions to come. Without either only the action group is deployed, for rules of
// your own (docs/DEPLOYING.md).
//
//   az deployment mg create --management-group-id <group> --location <region> --template-file infra/tiers/service-health-alerts.bicep --parameters ...

targetScope = 'managementGroup'

import { identityOf } from '../modules/names.bicep'
import { resourceTags } from '../modules/types.bicep'

@description('The subscriptions that get a rule. None: something else feeds the action group.')
param subscriptions string[] = []

@description('Have a policy of Azure bring a rule into every subscription of the management group, in place of naming them.')
param policy bool = false

@description('Bring it to the subscriptions that are there already, too.')
param remediate bool = true

@description('Left out, it is the time: every deployment puts right anew what it finds.')
param round string = utcNow('yyyyMMddHHmmss')

@description('The region of the resource groups of the rules.')
param location string

@description('The beginning of all names, as for the notifier itself.')
@minLength(3)
@maxLength(20)
param name string = 'maint-notifier'

@description('Tags of every resource.')
param tags resourceTags = {}

@description('Where the notifier runs.')
param notifierSubscriptionId string

@description('The resource group of the notifier.')
param notifierResourceGroupName string = 'rg-${name}'

@description('The name of the function app, as `main.bicep` gave it.')
param functionAppName string

@description('The base of the addresses of the app; its address in Azure when left empty.')
param publicUrl string = ''

var identity = identityOf(managementGroup().id, notifierSubscriptionId, notifierResourceGroupName, name)
var ruleGroupName = 'rg-${name}-alerts-${identity}'

module hook '../modules/service-health-hook.bicep' = {
  name: '${name}-${identity}-service-health-hook'
  scope: resourceGroup(notifierSubscriptionId, notifierResourceGroupName)
  params: {
    name: name
    tags: tags
    functionAppName: functionAppName
    publicUrl: publicUrl
  }
}

module rules '../modules/service-health-rule-group.bicep' = [
  for subscriptionId in subscriptions: {
    name: '${name}-${identity}-service-health-rule'
    scope: subscription(subscriptionId)
    params: {
      name: '${name}-${identity}'
      location: location
      tags: tags
      resourceGroupName: ruleGroupName
      actionGroupId: hook.outputs.actionGroupId
    }
  }
]

module policyIdentity '../modules/event-identity.bicep' = if (policy) {
  name: '${name}-${identity}-alerts-identity'
  scope: resourceGroup(notifierSubscriptionId, notifierResourceGroupName)
  params: {
    name: name
    location: location
    tags: tags
    purpose: 'alerts'
  }
}

module policyRole '../modules/service-health-policy-role.bicep' = if (policy) {
  name: '${name}-${identity}-alerts-role'
  params: {
    principalId: policyIdentity!.outputs.principalId
  }
}

module bringRules '../modules/event-assignment.bicep' = if (policy) {
  name: '${name}-${identity}-alerts'
  params: {
    name: 'mn-${identity}-alerts'
    location: location
    displayName: 'Maintenance notifier (${name}): Service Health alerts of planned maintenance'
    // Configure subscriptions to enable service health alert monitoring rule.
    definitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', '98903777-a9f6-47f5-90a9-acaf62ab01a8')
    identityId: policyIdentity!.outputs.id
    remediate: remediate
    round: round
    values: {
      alertRuleName: { value: '${name}-${identity}-planned-maintenance' }
      eventTypes: { value: ['Planned Maintenance'] }
      createNewActionGroup: { value: 'false' }
      actionGroups: { value: [hook.outputs.actionGroupId] }
      resourceGroupName: { value: ruleGroupName }
      resourceGroupLocation: { value: location }
      additionalTags: { value: tags }
    }
  }
  dependsOn: [policyRole]
}

@description('The action group that calls the notifier.')
output actionGroupId string = hook.outputs.actionGroupId
