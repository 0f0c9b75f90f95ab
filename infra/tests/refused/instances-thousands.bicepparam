using '../../main.bicep'

// Refused: the maximum allowable value is 1000
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param size = { maximumInstanceCount: 5000 }
