// The resource group of the rule in one watched subscription, and the rule.

targetScope = 'subscription'

import { resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags
param resourceGroupName string

@description('The action group that calls the notifier. It may be in another subscription.')
param actionGroupId string

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module rule 'service-health-rule.bicep' = {
  name: '${name}-rule'
  scope: group
  params: {
    name: name
    tags: tags
    actionGroupId: actionGroupId
  }
}
