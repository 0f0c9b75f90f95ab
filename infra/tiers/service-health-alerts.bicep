// Optional: Azure's own announcements make the notifier look at once, instead of within a quarter of an hour. One rule in
// each watched subscription, because a rule covers only the one it lives in; one action group for all of them, beside the
// notifier. Deploy it after the code: the key of the function is read when this is deployed. Without `subscriptions` only
// the action group is deployed, for a policy or rules of your own (docs/DEPLOYING.md).
//
//   az deployment mg create --management-group-id <group> --location <region> --template-file infra/tiers/service-health-alerts.bicep --parameters ...

targetScope = 'managementGroup'

import { identityOf } from '../modules/names.bicep'
import { resourceTags } from '../modules/types.bicep'

@description('The subscriptions that get a rule. None: something else feeds the action group.')
param subscriptions string[] = []

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
      resourceGroupName: 'rg-${name}-alerts-${identity}'
      actionGroupId: hook.outputs.actionGroupId
    }
  }
]

@description('The action group that calls the notifier.')
output actionGroupId string = hook.outputs.actionGroupId
