using '../../main.bicep'

// Refused: size.zoneRedundant takes none or at least two of size.alwaysReadyForPeople.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param size = { zoneRedundant: true, alwaysReadyForPeople: 1 }
