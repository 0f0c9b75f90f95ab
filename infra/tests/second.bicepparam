using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// A second notifier of the same name, in another subscription, that watches the same: nothing may be in common.
param subscriptionId = '00000000-0000-0000-0000-000000000004'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param readRoleAssignments = true
param startScopes = [{ subscriptionId: '00000000-0000-0000-0000-000000000002' }]
param cloud = publicCloud
