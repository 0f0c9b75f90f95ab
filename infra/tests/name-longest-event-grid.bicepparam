using '../tiers/event-grid.bicep'

// The longest name: assignments may have 24 characters.
param location = 'westeurope'
param notifierSubscriptionId = '00000000-0000-0000-0000-000000000001'
param functionAppName = 'maint-notifier-6zj6vxmau'
param name = 'abcdefghij0123456789'
param round = '20260101000000'
