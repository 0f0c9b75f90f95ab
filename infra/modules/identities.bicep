// Who the app is. Identities of their own outlive the app, so that it can be deployed anew without new assignments.

import { resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags

@description('Whether there is a second identity that may only start maintenance.')
param withStarter bool

resource reader 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-reader'
  location: location
  tags: tags
}

resource starter 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = if (withStarter) {
  name: 'id-${name}-starter'
  location: location
  tags: tags
}

output readerId string = reader.id
output readerClientId string = reader.properties.clientId
output readerPrincipalId string = reader.properties.principalId
output starterId string = withStarter ? starter.id : ''
output starterClientId string = withStarter ? starter!.properties.clientId : ''
output starterPrincipalId string = withStarter ? starter!.properties.principalId : ''
