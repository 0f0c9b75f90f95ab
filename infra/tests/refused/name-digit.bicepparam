using '../../main.bicep'

// Refused: name takes letters, digits and hyphens. It begins with a letter, and does not end with a hyphen.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param name = '1abc'
