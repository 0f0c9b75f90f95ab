using '../../main.bicep'

// Refused: schedules.plan takes six fields
// Refused: secretSettings.TEAMS_WEBHOOK names a secret of the vault
// Refused: secretSettings.NOTIFIER_STORE is a setting that the template makes itself
// Refused: secretSettings.AzureWebJobsStorage__accountName is a setting that the template makes itself
// Refused: operatorsGroupId takes the object id of a group
// Refused: respondersGroupId takes the object id of a group
// Refused: publicUrl begins with https://
// Refused: startAs = 'user' takes signInClientId
// Refused: packageUri begins with https://
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param schedules = { collect: '0 */15 * * * *', sweep: '0 7 * * * *', plan: '*/2 * * * *', follow: '0 * * * * *' }
param secretSettings = {
  TEAMS_WEBHOOK: 'teams_webhook'
  NOTIFIER_STORE: 'store'
  AzureWebJobsStorage__accountName: 'account'
}
param operatorsGroupId = 'platform-team'
param respondersGroupId = 'oncall@contoso.com'
param publicUrl = 'maintenance.contoso.com'
param startAs = 'user'
param packageUri = 'dist/maintenance-notifier.zip'
