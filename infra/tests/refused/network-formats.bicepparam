using '../../main.bicep'

// Refused: network.allowedAddresses takes IPv4 addresses of the internet, and not "172.16.5.4"
// Refused: and not "10.0.0.0/8"
// Refused: and not "2001:db8::1"
// Refused: network.appSubnetId has an underscore in its name
// Refused: network.appSubnetId and network.endpointSubnetId are one subnet
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = {
  private: true
  appSubnetId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/vnet/subnets/snet_app'
  endpointSubnetId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/vnet/subnets/Snet_app'
  allowedAddresses: ['172.16.5.4', '10.0.0.0/8', '2001:db8::1', '203.0.113.7']
}
