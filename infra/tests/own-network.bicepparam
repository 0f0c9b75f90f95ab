using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// Subnets, DNS, logs and the link to them are those of a platform team, and nothing is public.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = {
  private: true
  publicApp: false
  registerDns: false
  appSubnetId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-spoke/subnets/snet-app'
  endpointSubnetId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-spoke/subnets/snet-endpoints'
  monitorPrivateLinkScopeId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-monitor/providers/Microsoft.Insights/privateLinkScopes/ampls-platform'
}
param monitoring = {
  workspaceId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/log-platform'
}
param cloud = publicCloud
