using '../tiers/service-health-alerts.bicep'

// The same alerts, brought by a policy of Azure into every subscription, for the notifier that `plain` deploys.
param location = 'westeurope'
param notifierSubscriptionId = '00000000-0000-0000-0000-000000000001'
param functionAppName = 'maint-notifier-6zj6vxmau'
param policy = true
param tags = { app: 'maintenance-notifier' }
param round = '20260101000000'
