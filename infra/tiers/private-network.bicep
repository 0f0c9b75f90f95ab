// Optional: a network for the app and its private endpoints, where none is there that could be used. Deployed by
// `notifier.bicep` when `network.private` is set and no subnets are named.

import { resourceTags } from '../modules/types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags

@description('The address space of the network; at least a /25. One half is for the app, the other for private endpoints.')
param addressSpace string

@description('Whether whatever leaves has one fixed address.')
param natGateway bool

// Without rules beside Azure's own. Landing zones refuse a subnet that has none.
resource group 'Microsoft.Network/networkSecurityGroups@2026-03-01' = {
  name: 'nsg-${name}'
  location: location
  tags: tags
}

resource address 'Microsoft.Network/publicIPAddresses@2026-03-01' = if (natGateway) {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

resource gateway 'Microsoft.Network/natGateways@2026-03-01' = if (natGateway) {
  name: 'ng-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    publicIpAddresses: [{ id: address.id }]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2026-03-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addressSpace]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 26, 0)
          // Everything that the app sends goes through here. A new subnet has no way out of its own any more.
          defaultOutboundAccess: !natGateway
          natGateway: natGateway ? { id: gateway.id } : null
          networkSecurityGroup: { id: group.id }
          // Flex Consumption joins a network as a Container Apps environment does.
          delegations: [
            {
              name: 'app'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 26, 1)
          defaultOutboundAccess: false
          networkSecurityGroup: { id: group.id }
        }
      }
    ]
  }
}

output appSubnetId string = '${network.id}/subnets/app'
output endpointSubnetId string = '${network.id}/subnets/endpoints'
output outboundAddress string = natGateway ? address!.properties.ipAddress : ''
