using '../tiers/event-grid.bicep'

// Events, for the notifier that `plain` deploys.
param location = 'westeurope'
param notifierSubscriptionId = '00000000-0000-0000-0000-000000000001'
param deadLetterAccountName = 'maintnotifst6zj6vxmau'
param tags = { app: 'maintenance-notifier' }
param functionAppName = 'maint-notifier-6zj6vxmau'
param round = '20260101000000'
