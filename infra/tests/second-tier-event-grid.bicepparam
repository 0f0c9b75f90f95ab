using '../tiers/event-grid.bicep'

// Events for the second notifier.
param location = 'westeurope'
param notifierSubscriptionId = '00000000-0000-0000-0000-000000000004'
param functionAppName = 'maint-notifier-second'
param round = '20260101000000'
param topicResourceGroupName = 'rg-platform-events'
param createTopicResourceGroup = false
