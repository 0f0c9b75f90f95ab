// Private endpoints, in a subnet of the tenant or in the one of `tiers/private-network.bicep`.

import { cloudSettings, endpointTarget, resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags
param subnetId string

@description('The subnet of the app, which has to find the endpoints by their names.')
param appSubnetId string

@description('Whether private DNS zones are deployed. Otherwise somebody else registers the endpoints.')
param registerDns bool

@description('What is reached through them.')
param endpoints endpointTarget[]

@description('What differs between the clouds of Azure.')
param cloud cloudSettings

var sites = {
  AzureChinaCloud: 'privatelink.chinacloudsites.cn'
  AzureUSGovernment: 'privatelink.azurewebsites.us'
}
var zoneNames = {
  blob: 'privatelink.blob.${cloud.suffixes.storage}'
  queue: 'privatelink.queue.${cloud.suffixes.storage}'
  table: 'privatelink.table.${cloud.suffixes.storage}'
  vault: 'privatelink${replace(cloud.suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
  sites: sites[?cloud.name] ?? 'privatelink.azurewebsites.net'
}

var services = union(map(endpoints, item => item.service), [])
var zones = registerDns ? services : []
var network = split(subnetId, '/subnets/')[0]
var appNetwork = split(appSubnetId, '/subnets/')[0]
// An app in a spoke asks its own network.
var zonesOfApp = toLower(network) == toLower(appNetwork) ? [] : zones

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in zones: {
    name: zoneNames[service]
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, index) in zones: {
    parent: zone[index]
    name: 'link-${name}'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: network
      }
    }
  }
]

resource appLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, index) in zonesOfApp: {
    parent: zone[index]
    name: 'link-${name}-app'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: appNetwork
      }
    }
  }
]

resource endpoint 'Microsoft.Network/privateEndpoints@2026-03-01' = [
  for item in endpoints: {
    name: 'pe-${name}-${item.name}'
    location: location
    tags: tags
    properties: {
      subnet: {
        id: subnetId
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
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2026-03-01' = [
  for (item, index) in endpoints: if (registerDns) {
    parent: endpoint[index]
    name: 'default'
    dependsOn: [zone]
    properties: {
      privateDnsZoneConfigs: [
        {
          name: item.service
          properties: {
            privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', zoneNames[item.service])
          }
        }
      ]
    }
  }
]
