// What `watch.bicep` does for a management group, for one subscription.

targetScope = 'subscription'

import { readActions } from 'watch-actions.bicep'

@description('The beginning of all names, and what tells this deployment from another one.')
param name string
param identity string

@description('The identity that reads.')
param principalId string

var roleName = guid(subscription().id, identity, 'watch')

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleName
  properties: {
    roleName: 'Planned maintenance reader (${name}-${identity})'
    description: 'Reads what maintenance is planned for virtual machines, and the tags that say who is responsible.'
    type: 'CustomRole'
    assignableScopes: [subscription().id]
    permissions: [
      {
        actions: readActions
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, roleName)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.id
    description: 'The maintenance notifier reads what is planned.'
  }
}
