using '../../main.bicep'

// Refused: network.allowedAddresses and network.endpointSubnetId take network.private: without it everything is open.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = {
  private: false
  endpointSubnetId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-spoke/subnets/snet-endpoints'
}
