// A policy of a tier in force, and a remediation: policies see what is new; what was there before takes one.

targetScope = 'managementGroup'

import { policyValues } from 'types.bicep'

@description('The name, which may have only 24 characters.')
@maxLength(24)
param name string
param location string
param displayName string
param definitionId string

@description('What the policy does in this deployment.')
param values policyValues

@description('The identity that does it.')
param identityId string
param remediate bool

@description('A word that no deployment before had: Azure takes no second remediation of a name while the first one runs.')
param round string

resource assignment 'Microsoft.Authorization/policyAssignments@2026-07-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    displayName: displayName
    policyDefinitionId: definitionId
    parameters: values
  }
}

resource remediation 'Microsoft.PolicyInsights/remediations@2024-10-01' = if (remediate) {
  name: '${name}-${round}'
  properties: {
    policyAssignmentId: assignment.id
    resourceDiscoveryMode: 'ExistingNonCompliant'
  }
}
