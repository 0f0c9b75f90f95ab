using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// The shortest name: nothing that is made of it may be too short for Azure.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param name = 'abc'
param cloud = publicCloud
