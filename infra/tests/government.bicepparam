using '../main.bicep'

import { governmentCloud } from 'clouds.bicep'

// Another cloud, with a network that is deployed there.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'usgovvirginia'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = { private: true, publicApp: false }
param cloud = governmentCloud
