// What the identity of Azure's built-in policy may do where it brings rules: Azure's own role for such policies.

targetScope = 'managementGroup'

@description('The identity of the policy.')
param principalId string

// Monitoring Policy Contributor.
var roleName = '47be4a87-7950-4631-9daf-b664a405f074'

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, roleName)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', roleName)
  }
}
