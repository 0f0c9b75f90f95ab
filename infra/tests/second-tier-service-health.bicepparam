using '../tiers/service-health-alerts.bicep'

// Alerts of Service Health for the second notifier, in a subscription that the first one has rules in too.
param location = 'westeurope'
param notifierSubscriptionId = '00000000-0000-0000-0000-000000000004'
param functionAppName = 'maint-notifier-second'
param subscriptions = ['00000000-0000-0000-0000-000000000002']
param round = '20260101000000'
