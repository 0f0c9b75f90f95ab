using '../../main.bicep'

// Refused: operators takes addresses alone, such as platform@contoso.com, and not "Platform <platform@contoso.com>".
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['Platform <platform@contoso.com>']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
