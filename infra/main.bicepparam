using './main.bicep'

// Copy this file, and write your own values. What is not written here has the default of main.bicep.

param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param tags = {
  app: 'maintenance-notifier'
  owner: 'platform@contoso.com'
}

// Left out, everything below the management group is watched.
// param watchedSubscriptions = ['00000000-0000-0000-0000-000000000002']

// Left out, nothing can be started from messages.
// param startScopes = [
//   { subscriptionId: '00000000-0000-0000-0000-000000000002' }
//   { subscriptionId: '00000000-0000-0000-0000-000000000003', resourceGroup: 'rg-lab' }
// ]

param mail = {
  from: 'Maintenance <maintenance@contoso.com>'
  graphSender: 'maintenance@contoso.com'
  limit: '30/min'
}

// `env:TEAMS_PLATFORM_WEBHOOK` in the configuration file is the secret `teams-platform-webhook` of the vault.
param secretSettings = {
  TEAMS_PLATFORM_WEBHOOK: 'teams-platform-webhook'
}

param operators = ['platform@contoso.com']
