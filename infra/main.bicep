// The notifier for one tenant: one role assignment at a management group, everything else in one resource group of one
// subscription. In the watched subscriptions nothing is deployed.
//
//   az deployment mg create --management-group-id <group> --location <region> --parameters infra/main.bicepparam
//
// docs/DEPLOYING.md says what has to be done before and after.

targetScope = 'managementGroup'

import { identityOf } from 'modules/names.bicep'
import {
  cloudSettings
  mailSettings
  monitoringSettings
  networkSettings
  resourceTags
  scheduleSettings
  secretNames
  sizeSettings
  startScope
  telemetrySettings
} from 'modules/types.bicep'

@description('The subscription in which the notifier runs. It need not be one of the watched ones.')
param subscriptionId string

@description('The region of the resource group and all its resources. Flex Consumption is not in every region: `az functionapp list-flexconsumption-locations`.')
param location string

@description('The beginning of all names: letters, digits and hyphens. It begins with a letter.')
@minLength(3)
@maxLength(20)
param name string = 'maint-notifier'

@description('The resource group: one of the notifier\'s own.')
param resourceGroupName string = 'rg-${name}'

@description('Whether the resource group is made, with these tags. `false` for one that is there already: making it again would take its tags away.')
param createResourceGroup bool = true

@description('Tags of every resource.')
param tags resourceTags = {}

@description('The subscriptions to watch, as ids. None: all below the management group that this is deployed to.')
param watchedSubscriptions string[] = []

@description('Whether the identity that reads may also read who has which role, for `[owners] role_assignments = true`.')
param readRoleAssignments bool = false

@description('Where maintenance may be started from a message. None: no identity that could start anything is deployed.')
param startScopes startScope[] = []

@description('How mail leaves.')
param mail mailSettings

@description('Other secrets that the configuration file refers to as `env:NAME`: names of app settings and, for each, the name of a secret in the vault.')
#disable-next-line secure-secrets-in-params // It holds names of secrets; no value ever is a parameter.
param secretSettings secretNames = {}

@description('When the timers run.')
param schedules scheduleSettings = {
  collect: '0 */15 * * * *'
  sweep: '0 7 * * * *'
  plan: '30 * * * * *'
  follow: '0 * * * * *'
}

@description('The base of every link in a message, with a domain of your own. Left empty, it is the address of the app in Azure.')
param publicUrl string = ''

@description('The application (client) id with which people sign in. Empty: nobody can sign in, and pages that need it stay closed.')
param signInClientId string = ''

@description('Whose rights start maintenance from a message, as `[start] as` in the configuration says: `app`, or `user` for those of whoever is signed in.')
@allowed([
  'app'
  'user'
])
param startAs string = 'app'

@description('The mail addresses that hear of failures of the notifier itself.')
@minLength(1)
param operators string[]

@description('Who may reach the resources over the network.')
param network networkSettings = { private: false }

@description('The size of the app and its storage.')
param size sizeSettings = {}

@description('Where the package of a release is: an address that Azure can fetch. Empty: infrastructure only, and the code comes some other way.')
param packageUri string = ''

@description('What stands behind the question mark of that address, where it is signed. It does not stay readable in the history of deployments.')
@secure()
param packageSignature string = ''

@description('The keys that sign links, for a vault that has none yet: a name, a colon, and at least 32 bytes in Base64. Left out, one is made; the next deployment leaves it alone.')
@secure()
param linkKeys string = 'k1:${base64('${newGuid()}${newGuid()}')}'

@description('A group that may look at what the notifier knows, and change its configuration: its object id. Empty: whoever deploys.')
param operatorsGroupId string = ''

@description('A group that puts right what fails: its object id. It reads everything in the resource group, and may have messages sent again. Empty: nobody.')
param respondersGroupId string = ''

@description('Whether a vault of this name that was deleted is had back. For one deployment; then false again.')
param recoverVault bool = false

@description('Whether vault and storage refuse to be deleted, until somebody takes the lock away.')
param lock bool = false

@description('Where logs go, and who hears of failures.')
param monitoring monitoringSettings = {}

@description('What differs between the clouds of Azure: that of the cloud which this is deployed to.')
param cloud cloudSettings = environment()

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('How long the container with the head of the audit trail refuses changes, in days.')
@minValue(1)
@maxValue(146000)
param auditImmutabilityDays int = 365

@description('Whether somebody locked that: Azure refuses every further write then, and it is left alone.')
param auditHeadLocked bool = false

@description('What is logged, as a tracing filter.')
param logFilter string = 'info'

@description('Where metrics go besides the log; nowhere when left empty.')
param telemetry telemetrySettings = {}

var watched = empty(watchedSubscriptions) ? 'mg:${managementGroup().name}' : join(watchedSubscriptions, ',')

var identity = identityOf(managementGroup().id, subscriptionId, resourceGroupName, name)

module notifier 'notifier.bicep' = {
  name: '${name}-${identity}-resources'
  scope: subscription(subscriptionId)
  params: {
    location: location
    name: name
    resourceGroupName: resourceGroupName
    createResourceGroup: createResourceGroup
    tags: tags
    watch: false
    watched: watched
    withStarter: !empty(startScopes)
    mail: mail
    secretSettings: secretSettings
    schedules: schedules
    publicUrl: publicUrl
    signInClientId: signInClientId
    startAs: startAs
    operators: operators
    network: network
    packageUri: packageUri
    packageSignature: packageSignature
    linkKeys: linkKeys
    operatorsGroupId: operatorsGroupId
    respondersGroupId: respondersGroupId
    recoverVault: recoverVault
    lock: lock
    monitoring: monitoring
    cloud: cloud
    size: size
    logRetentionDays: logRetentionDays
    auditImmutabilityDays: auditImmutabilityDays
    auditHeadLocked: auditHeadLocked
    logFilter: logFilter
    telemetry: telemetry
  }
}

module watch 'modules/watch.bicep' = {
  name: '${name}-${identity}-watch'
  params: {
    name: name
    identity: identity
    principalId: notifier.outputs.readerPrincipalId
  }
}

module watchOwners 'modules/watch-owners.bicep' = if (readRoleAssignments) {
  name: '${name}-${identity}-watch-owners'
  params: {
    name: name
    identity: identity
    principalId: notifier.outputs.readerPrincipalId
  }
}

module startRole 'modules/start-role.bicep' = if (!empty(startScopes)) {
  name: '${name}-${identity}-start-role'
  params: {
    name: name
    identity: identity
  }
}

var startSubscriptions = filter(startScopes, scope => empty(scope.?resourceGroup))
var startGroups = filter(startScopes, scope => !empty(scope.?resourceGroup))

module startInSubscriptions 'modules/start-in-subscription.bicep' = [
  for item in startSubscriptions: {
    name: '${name}-${identity}-start'
    scope: subscription(item.subscriptionId)
    params: {
      roleName: empty(startScopes) ? '' : startRole!.outputs.roleName
      principalId: notifier.outputs.starterPrincipalId
    }
  }
]

module startInGroups 'modules/start-in-resource-group.bicep' = [
  for item in startGroups: {
    name: '${name}-${identity}-start'
    scope: resourceGroup(item.subscriptionId, item.?resourceGroup ?? '')
    params: {
      roleName: empty(startScopes) ? '' : startRole!.outputs.roleName
      principalId: notifier.outputs.starterPrincipalId
    }
  }
]

@description('The name of the app.')
output functionAppName string = notifier.outputs.functionAppName

@description('The id of the app.')
output functionAppId string = notifier.outputs.functionAppId

@description('The base of every link in a message.')
output publicUrl string = notifier.outputs.publicUrl

@description('The resource group of everything that runs.')
output resourceGroupName string = resourceGroupName

@description('The account with the locks, queues and tables.')
output stateAccountName string = notifier.outputs.stateAccountName

@description('The account with the configuration and the head of the audit trail.')
output recordsAccountName string = notifier.outputs.recordsAccountName

@description('The vault of the secrets.')
output vaultName string = notifier.outputs.vaultName

@description('The identity that reads: what roles are assigned to.')
output readerPrincipalId string = notifier.outputs.readerPrincipalId

@description('The identity that reads: as what it signs in.')
output readerClientId string = notifier.outputs.readerClientId

@description('The identity that starts; empty when there is none.')
output starterPrincipalId string = notifier.outputs.starterPrincipalId

@description('The redirect addresses of the application with which people sign in.')
output signInAddresses string[] = notifier.outputs.signInAddresses

@description('The address from which everything leaves; empty when it is not one.')
output outboundAddress string = notifier.outputs.outboundAddress

@description('What tells this deployment from another one in the tenant.')
output identity string = identity

@description('What comes next, to be pasted into a shell as it stands.')
output nextSteps string[] = notifier.outputs.nextSteps
