using '../../main.bicep'

// Refused: mail takes exactly one way: graphSender, smtp or communicationServices.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'maintenance@contoso.com', graphSender: 'maintenance@contoso.com', smtp: true }
