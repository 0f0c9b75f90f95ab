using '../../main.bicep'

// Refused: network.private takes network.appSubnetId and network.endpointSubnetId together, or none of both.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = {
  private: true
  appSubnetId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-spoke/subnets/snet-app'
}
