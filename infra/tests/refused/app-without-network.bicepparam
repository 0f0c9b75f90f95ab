using '../../main.bicep'

// Refused: network.publicApp = false takes network.private, which has the subnet for the endpoint of the app.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = { private: false, publicApp: false }
