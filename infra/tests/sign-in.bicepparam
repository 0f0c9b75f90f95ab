using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// People sign in, and start maintenance with rights of their own; links carry a domain of the tenant.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param signInClientId = '00000000-0000-0000-0000-00000000c11e'
param startAs = 'user'
param publicUrl = 'https://maintenance.contoso.com'
param cloud = publicCloud
