using '../../main.bicep'

// Refused: packageUri stays readable in the history of deployments: what follows its question mark is packageSignature.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param packageUri = 'https://example.blob.core.windows.net/releases/maintenance-notifier.zip?sv=1&sig=2'
