using '../main.bicep'

import { chinaCloud } from 'clouds.bicep'

// The cloud that is furthest from the public one: other names for its services, its sign-in, its directory and its pages.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'chinanorth3'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = { private: true, publicApp: false }
param signInClientId = '00000000-0000-0000-0000-00000000c11e'
param cloud = chinaCloud
