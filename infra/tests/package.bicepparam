using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// One command, with the code of a release, the settings that platform teams give, and delivery reports of mail.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { communicationServices: true }
param packageUri = 'https://example.com/releases/1.0.0/maintenance-notifier.zip'
param operatorsGroupId = '00000000-0000-0000-0000-0000000000e1'
param tags = { app: 'maintenance-notifier' }
param lock = true
param recoverVault = true
param monitoring = {
  dailyCapGb: 2
  actionGroupIds: [
    '/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg-monitor/providers/Microsoft.Insights/actionGroups/ag-platform'
  ]
}
param size = { zoneRedundant: true, alwaysReadyForPeople: 2 }
param cloud = publicCloud
