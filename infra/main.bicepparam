using './main.bicep'

// Copy this file, and write your own values. What is not written here has the default of main.bicep.

param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = {
  from: 'Maintenance <maintenance@contoso.com>'
  graphSender: 'maintenance@contoso.com'
  limit: '30/min'
}

// The package of a release, which is deployed along. Left out, only infrastructure is.
// param packageUri = 'https://github.com/OWNER/maintenance-notifier/releases/download/v0.1.0/maintenance-notifier.zip'

// A group that may look at what the notifier knows, and change its configuration. Left out, whoever deploys may.
// param operatorsGroupId = '00000000-0000-0000-0000-000000000010'

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

// `env:TEAMS_PLATFORM_WEBHOOK` in the configuration file is then the secret `teams-platform-webhook` of the vault.
// param secretSettings = {
//   TEAMS_PLATFORM_WEBHOOK: 'teams-platform-webhook'
// }
