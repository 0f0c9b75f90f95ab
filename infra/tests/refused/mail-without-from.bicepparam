using '../../main.bicep'

// Refused: mail.from is missing: only Communication Services has a sender of its own.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { graphSender: 'maintenance@contoso.com' }
