using '../tiers/service-health-alerts.bicep'

// Alerts of Service Health in two subscriptions, for the notifier that `plain` deploys.
param location = 'westeurope'
param notifierSubscriptionId = '00000000-0000-0000-0000-000000000001'
param functionAppName = 'maint-notifier-6zj6vxmau'
param subscriptions = ['00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000003']
param tags = { app: 'maintenance-notifier' }
param round = '20260101000000'
