using '../../notifier.bicep'

// Refused: the minimum allowable value is 30
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param logRetentionDays = 7
