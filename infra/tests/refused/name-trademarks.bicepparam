using '../../main.bicep'

// Refused: name contains "windows"
// Refused: name contains "login"
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param name = 'prod-windows-log-in'
