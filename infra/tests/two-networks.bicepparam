using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// The app is in a spoke, the endpoints are in the hub: both networks have to find them by their names. The resource group
// is there already, the head of the audit trail is locked, and people on call have a group of their own.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com', 'o\'neill@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param createResourceGroup = false
param auditHeadLocked = true
param respondersGroupId = '00000000-0000-0000-0000-0000000000e2'
param network = {
  private: true
  appSubnetId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-spoke/subnets/snet-app'
  endpointSubnetId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/snet-endpoints'
}
param cloud = publicCloud
