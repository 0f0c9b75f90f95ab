// Sign-in for people. Everybody may ask for every address, because calendars, mail programs and webhooks cannot sign in;
// who a page is for is decided by the program, from the principal that Easy Auth has checked. Without an entry in
// `[access]` of the configuration nobody sees the dashboard.

import { cloudSettings } from 'types.bicep'

@description('The function app.')
param siteName string

@description('The base of links, when it is not the address of the app in Azure.')
param publicUrl string

@description('What differs between the clouds of Azure.')
param cloud cloudSettings

@description('The application (client) id; empty when nobody can sign in.')
param clientId string

@description('Whose rights start maintenance, as `[start] as` in the configuration says. `user`: signing in also asks for the right to use Azure in the name of whoever signs in.')
@allowed([
  'app'
  'user'
])
param startAs string

// With it the platform keeps a token of whoever is signed in, renews it, and hands it on with their requests.
var withOwnRights = !empty(clientId) && startAs == 'user'

resource site 'Microsoft.Web/sites@2025-03-01' existing = {
  name: siteName
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: !empty(clientId)
    }
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
      // All are guarded by keys of the Functions host.
      excludedPaths: [
        '/runtime/webhooks/eventgrid'
        '/hooks/service-health'
        '/hooks/health'
      ]
    }
    httpSettings: {
      requireHttps: true
    }
    login: {
      allowedExternalRedirectUrls: empty(publicUrl) ? [] : [publicUrl]
      tokenStore: {
        enabled: withOwnRights
      }
    }
    identityProviders: empty(clientId)
      ? {}
      : {
          azureActiveDirectory: {
            enabled: true
            registration: {
              openIdIssuer: '${cloud.authentication.loginEndpoint}${tenant().tenantId}/v2.0'
              clientId: clientId
              clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
            }
            login: withOwnRights
              ? {
                  loginParameters: [
                    'response_type=code id_token'
                    'scope=openid profile email offline_access ${cloud.resourceManager}user_impersonation'
                  ]
                }
              : {}
            validation: {
              allowedAudiences: [
                clientId
                'api://${clientId}'
              ]
            }
          }
        }
  }
}
