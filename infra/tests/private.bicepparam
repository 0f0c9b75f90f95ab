using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// Storage and vault are reached through private endpoints, and from a few addresses.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = { private: true, allowedAddresses: ['203.0.113.7/32', '203.0.113.8/31', '203.0.113.128/25'] }
param cloud = publicCloud
