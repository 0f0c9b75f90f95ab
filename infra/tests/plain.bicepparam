using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// What somebody deploys who only fills in what has no default.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param cloud = publicCloud
