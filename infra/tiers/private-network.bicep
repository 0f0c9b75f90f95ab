// Optional: storage and vault are reached through private endpoints only. Deployed by `notifier.bicep` when
// `network.private` is set. The app itself stays public: people and webhooks come from everywhere.

@description('The beginning of all names.')
param name string
param location string
param tags object

@description('The address space of the network; at least a /25. One half is for the app, the other for private endpoints.')
param addressSpace string
param stateAccountId string
param recordsAccountId string
param vaultId string

var storageSuffix = environment().suffixes.storage
var zoneNames = {
  blob: 'privatelink.blob.${storageSuffix}'
  queue: 'privatelink.queue.${storageSuffix}'
  table: 'privatelink.table.${storageSuffix}'
  vault: 'privatelink.vaultcore.azure.net'
}
var zones = items(zoneNames)

var endpoints = [
  { name: 'state-blob', target: stateAccountId, service: 'blob', zone: zoneNames.blob }
  { name: 'state-queue', target: stateAccountId, service: 'queue', zone: zoneNames.queue }
  { name: 'state-table', target: stateAccountId, service: 'table', zone: zoneNames.table }
  { name: 'records-blob', target: recordsAccountId, service: 'blob', zone: zoneNames.blob }
  { name: 'vault', target: vaultId, service: 'vault', zone: zoneNames.vault }
]

resource network 'Microsoft.Network/virtualNetworks@2023-09-01' = {
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
        }
      }
    ]
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = [for item in zones: {
  name: item.value
  location: 'global'
  tags: tags
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [for (item, index) in zones: {
  parent: zone[index]
  name: 'link-${name}'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

resource endpoint 'Microsoft.Network/privateEndpoints@2023-09-01' = [for item in endpoints: {
  name: 'pe-${name}-${item.name}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: '${network.id}/subnets/endpoints'
    }
    privateLinkServiceConnections: [
      {
        name: item.name
        properties: {
          privateLinkServiceId: item.target
          groupIds: [item.service]
        }
      }
    ]
  }
}]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-09-01' = [for (item, index) in endpoints: {
  parent: endpoint[index]
  name: 'default'
  dependsOn: [zone]
  properties: {
    privateDnsZoneConfigs: [
      {
        name: item.service
        properties: {
          privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', item.zone)
        }
      }
    ]
  }
}]

output appSubnetId string = '${network.id}/subnets/app'
