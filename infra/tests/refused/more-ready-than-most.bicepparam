using '../../main.bicep'

// Refused: size.alwaysReadyForPeople is more than size.maximumInstanceCount.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param size = { alwaysReadyForPeople: 3, maximumInstanceCount: 2 }
