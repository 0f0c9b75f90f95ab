// Who the app is. Identities of their own outlive the app, so that it can be deployed anew without new assignments.

@description('The beginning of all names.')
param name string
param location string
param tags object

@description('Whether there is a second identity that may only start maintenance.')
param withStarter bool

resource reader 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${name}-reader'
  location: location
  tags: tags
}

resource starter 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = if (withStarter) {
  name: 'id-${name}-starter'
  location: location
  tags: tags
}

output readerId string = reader.id
output readerClientId string = reader.properties.clientId
output readerPrincipalId string = reader.properties.principalId
output starterId string = withStarter ? starter.id : ''
output starterClientId string = withStarter ? starter.properties.clientId : ''
output starterPrincipalId string = withStarter ? starter.properties.principalId : ''
