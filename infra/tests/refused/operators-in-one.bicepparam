using '../../main.bicep'

// Refused: operators takes addresses alone, such as platform@contoso.com, and not "one@contoso.com, two@contoso.com".
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['one@contoso.com, two@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
