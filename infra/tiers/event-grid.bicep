// Optional: events of resource health and of scheduled events (in preview at Azure, and only for machines that opted in)
// reach the notifier within seconds. Two policies for each kind of topic see to it in every subscription, today's and
// tomorrow's: one brings the system topic where there is none, because a subscription can have only one of a kind; the
// other subscribes the notifier to whatever topic of that kind is there, whoever made it.
//
// Deploy it after the code, since Event Grid asks whether the function is there:
//
//   az deployment mg create --management-group-id <group> --location <region> --template-file infra/tiers/event-grid.bicep --parameters ...

targetScope = 'managementGroup'

@description('The region of the assignments of the policies, and of their deployments.')
param location string

@description('The beginning of all names.')
@maxLength(20)
param name string = 'maint-notifier'

@description('The resource group of the topics in each subscription. It is created where it does not exist.')
param topicResourceGroupName string = 'rg-${name}-events'

@description('Where the notifier runs.')
param notifierSubscriptionId string
param notifierResourceGroupName string = 'rg-${name}'

@description('The name of the function app, as `main.bicep` gave it.')
param functionAppName string

@description('Whether what exists already is put right by this deployment. Otherwise only new subscriptions and topics are.')
param remediate bool = true

var functionName = 'ReceiveMaintenanceEvent'
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
    name: 'scheduled'
    topicType: 'microsoft.resourcenotifications.maintenanceresources'
    eventTypes: [
      'Microsoft.ResourceNotifications.MaintenanceResources.ScheduledEventEmitted'
    ]
  }
]

var topicRoleName = guid(managementGroup().id, name, 'topics')

// What the policies may do in the watched subscriptions: bring topics and subscriptions to them, and nothing else.
resource topicRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: topicRoleName
  properties: {
    roleName: 'Maintenance event topics (${name})'
    description: 'Lets the policies of the maintenance notifier bring system topics and subscriptions to them.'
    type: 'CustomRole'
    assignableScopes: [managementGroup().id]
    permissions: [
      {
        actions: [
          'Microsoft.Resources/subscriptions/resourceGroups/read'
          'Microsoft.Resources/subscriptions/resourceGroups/write'
          'Microsoft.Resources/deployments/read'
          'Microsoft.Resources/deployments/write'
          'Microsoft.Resources/deployments/validate/action'
          'Microsoft.Resources/deployments/operations/read'
          'Microsoft.Resources/deployments/operationStatuses/read'
          'Microsoft.EventGrid/systemTopics/read'
          'Microsoft.EventGrid/systemTopics/write'
          'Microsoft.EventGrid/systemTopics/eventSubscriptions/read'
          'Microsoft.EventGrid/systemTopics/eventSubscriptions/write'
          'Microsoft.ResourceNotifications/systemTopics/subscribeToHealthResources/action'
          'Microsoft.ResourceNotifications/systemTopics/subscribeToMaintenanceResources/action'
        ]
        notActions: []
      }
    ]
  }
}

module topicPolicy '../modules/event-topic-policy.bicep' = [for kind in kinds: {
  name: '${name}-${kind.name}-topics'
  params: {
    name: '${name}-${kind.name}'
    kindName: kind.name
    location: location
    topicType: kind.topicType
    topicResourceGroupName: topicResourceGroupName
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', topicRole.name)
    remediate: remediate
  }
}]

module subscriptionPolicy '../modules/event-subscription-policy.bicep' = [for (kind, index) in kinds: {
  name: '${name}-${kind.name}-subscriptions'
  params: {
    name: '${name}-${kind.name}'
    kindName: kind.name
    location: location
    topicType: kind.topicType
    eventTypes: kind.eventTypes
    functionId: resourceId(notifierSubscriptionId, notifierResourceGroupName, 'Microsoft.Web/sites/functions', functionAppName, functionName)
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', topicRole.name)
    remediate: remediate
  }
  dependsOn: [topicPolicy]
}]

module target '../modules/event-target.bicep' = {
  name: '${name}-event-target'
  scope: resourceGroup(notifierSubscriptionId, notifierResourceGroupName)
  params: {
    name: name
    functionAppName: functionAppName
    principalIds: [for (kind, index) in kinds: subscriptionPolicy[index].outputs.principalId]
  }
}
