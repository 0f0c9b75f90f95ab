using '../notifier.bicep'

import { publicCloud } from 'clouds.bicep'

// Without a management group: one subscription.
param location = 'westeurope'
param watch = true
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param cloud = publicCloud
