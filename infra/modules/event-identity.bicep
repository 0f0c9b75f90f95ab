// One identity for all policies of a tier. It outlives them, so that a policy which is deleted and made again has the same
// one, and no role assignment has to change hands.

import { resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags

@description('What its policies bring.')
param purpose string = 'events'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-${purpose}'
  location: location
  tags: tags
}

output id string = identity.id
output name string = identity.name
output principalId string = identity.properties.principalId
