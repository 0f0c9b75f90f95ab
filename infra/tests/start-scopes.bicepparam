using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// A second identity that starts maintenance, in a subscription and in a resource group of another one.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param readRoleAssignments = true
param startScopes = [
  { subscriptionId: '00000000-0000-0000-0000-000000000002' }
  { subscriptionId: '00000000-0000-0000-0000-000000000003', resourceGroup: 'rg-lab' }
]
param cloud = publicCloud
