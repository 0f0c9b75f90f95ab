using '../../notifier.bicep'

// Refused: mail takes exactly one way: graphSender, smtp or communicationServices.
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = {}
