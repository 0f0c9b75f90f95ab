using '../../main.bicep'

// Refused: network.monitorPrivateLinkScopeId takes network.appSubnetId
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param network = {
  private: true
  monitorPrivateLinkScopeId: '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-monitor/providers/Microsoft.Insights/privateLinkScopes/ampls-platform'
}
