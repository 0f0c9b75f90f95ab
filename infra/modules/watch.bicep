// The one thing that the notifier needs where it watches: a role that can read little, assigned once.

targetScope = 'managementGroup'

import { readActions, readGroupActions } from 'watch-actions.bicep'

@description('The beginning of all names, and what tells this deployment from another one.')
param name string
param identity string

@description('The identity that reads.')
param principalId string

var roleName = guid(managementGroup().id, identity, 'watch')

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleName
  properties: {
    roleName: 'Planned maintenance reader (${name}-${identity})'
    description: 'Reads what maintenance is planned for virtual machines, and the tags that say who is responsible.'
    type: 'CustomRole'
    assignableScopes: [managementGroup().id]
    permissions: [
      {
        actions: concat(readActions, readGroupActions)
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, roleName)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', role.name)
    description: 'The maintenance notifier reads what is planned.'
  }
}
