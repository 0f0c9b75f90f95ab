// Optional: Azure's own announcements make the notifier look at once, instead of within a quarter of an hour. One rule in
// each watched subscription, because a rule covers only the one it lives in; one action group for all of them, beside the
// notifier. Deploy it after the code: the key of the function is read when this is deployed.
//
//   az deployment mg create --management-group-id <group> --location <region> --template-file infra/tiers/service-health-alerts.bicep --parameters ...

targetScope = 'managementGroup'

@description('The subscriptions that get a rule.')
@minLength(1)
param subscriptions string[]

@description('The region of the resource groups of the rules.')
param location string

@description('The beginning of all names.')
param name string = 'maint-notifier'

@description('The resource group of the rules in each subscription. It is created when it does not exist.')
param ruleResourceGroupName string = 'rg-${name}-alerts'

@description('Tags of every resource.')
param tags object = {}

@description('Where the notifier runs.')
param notifierSubscriptionId string
param notifierResourceGroupName string = 'rg-${name}'

@description('The name of the function app, as `main.bicep` gave it.')
param functionAppName string

@description('The base of the addresses of the app; its address in Azure when left empty.')
param publicUrl string = ''

module hook '../modules/service-health-hook.bicep' = {
  name: '${name}-service-health-hook'
  scope: resourceGroup(notifierSubscriptionId, notifierResourceGroupName)
  params: {
    name: name
    tags: tags
    functionAppName: functionAppName
    publicUrl: publicUrl
  }
}

module rules '../modules/service-health-rule-group.bicep' = [for subscriptionId in subscriptions: {
  name: '${name}-service-health-rule'
  scope: subscription(subscriptionId)
  params: {
    name: name
    location: location
    tags: tags
    resourceGroupName: ruleResourceGroupName
    actionGroupId: hook.outputs.actionGroupId
  }
}]
