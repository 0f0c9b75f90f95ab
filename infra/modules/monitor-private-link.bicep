// Logs are written and read through an Azure Monitor private link scope that is there already.

@description('The scope, in this resource group.')
param scopeName string

@description('The beginning of the names of what is linked.')
param name string
param insightsId string

@description('The workspace; empty when it is not the notifier\'s own, and linked already.')
param workspaceId string

resource privateLinkScope 'Microsoft.Insights/privateLinkScopes@2021-09-01' existing = {
  name: scopeName
}

resource insights 'Microsoft.Insights/privateLinkScopes/scopedResources@2021-09-01' = {
  parent: privateLinkScope
  name: '${name}-insights'
  properties: {
    linkedResourceId: insightsId
  }
}

resource workspace 'Microsoft.Insights/privateLinkScopes/scopedResources@2021-09-01' = if (!empty(workspaceId)) {
  parent: privateLinkScope
  name: '${name}-workspace'
  properties: {
    linkedResourceId: workspaceId
  }
}
