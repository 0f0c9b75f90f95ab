// Who read secrets, and who changed the configuration or the audit trail's head: in the same logs as the rest.

@description('Where it is logged.')
param workspaceId string
param vaultName string
param recordsAccountName string

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = {
  name: vaultName
}

resource records 'Microsoft.Storage/storageAccounts@2026-09-01' existing = {
  name: recordsAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'
  }
}

#disable-next-line use-recent-api-versions // The only stable interface, of 2016, knows neither category groups nor workspaces' own tables.
resource ofVault 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'maintenance-notifier'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

// Not what is read: the app asks for its configuration every minute.
#disable-next-line use-recent-api-versions // The only stable interface, of 2016, knows neither category groups nor workspaces' own tables.
resource ofRecords 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: records::blobs
  name: 'maintenance-notifier'
  properties: {
    workspaceId: workspaceId
    logs: map(['StorageWrite', 'StorageDelete'], category => { category: category, enabled: true })
  }
}
