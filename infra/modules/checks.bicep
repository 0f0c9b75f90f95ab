// What does not go together, said before anything is deployed. Azure would refuse most of it too, but late and in other
// words; the rest it would deploy, and nothing would run.

import { mailSettings, networkSettings, scheduleSettings, secretNames, sizeSettings } from 'types.bicep'

func nameProblems(name string) string[] =>
  empty(filter(
      range(0, length(name)),
      at => !contains('abcdefghijklmnopqrstuvwxyz0123456789-', toLower(substring(name, at, 1)))
    )) && contains('abcdefghijklmnopqrstuvwxyz', toLower(first(name))) && last(name) != '-'
    ? []
    : ['name takes letters, digits and hyphens. It begins with a letter, and does not end with a hyphen.']

// Trademarks, which Azure looks for where a name becomes an address; storage accounts are called without the hyphens.
func wordProblems(name string) string[] =>
  map(
    filter(['microsoft', 'windows', 'xbox', 'login'], word => contains(toLower(replace(name, '-', '')), word)),
    word => 'name contains "${word}", which Azure refuses in names of apps, vaults and storage accounts.'
  )

func mailWays(mail mailSettings) int =>
  (empty(mail.?graphSender) ? 0 : 1) + ((mail.?smtp ?? false) ? 1 : 0) + ((mail.?communicationServices ?? false) ? 1 : 0)

func mailProblems(mail mailSettings) string[] =>
  concat(
    mailWays(mail) == 1 ? [] : ['mail takes exactly one way: graphSender, smtp or communicationServices.'],
    empty(mail.?from) && !(mail.?communicationServices ?? false)
      ? ['mail.from is missing: only Communication Services has a sender of its own.']
      : []
  )

// They stand in a setting with commas between them.
func isAddress(text string) bool =>
  length(split(text, '@')) == 2 && !startsWith(text, '@') && !endsWith(text, '@') && empty(filter(
    [' ', ',', ';', '<', '>', '"'],
    sign => contains(text, sign)
  ))

func operatorProblems(operators string[]) string[] =>
  map(
    filter(operators, address => !isAddress(address)),
    address => 'operators takes addresses alone, such as platform@contoso.com, and not "${address}".'
  )

// What follows the last slash of an id.
func lastOf(id string?) string => last(split(id ?? '', '/'))!

// Storage and vault take addresses of the internet only, of the fourth version.
func isPublicAddress(address string) bool =>
  empty(filter(range(0, length(address)), at => !contains('0123456789./', substring(address, at, 1)))) && length(split(
    address,
    '.'
  )) == 4 && empty(filter(
    concat(['10.', '127.', '169.254.', '192.168.'], map(range(16, 16), second => '172.${second}.')),
    beginning => startsWith(address, beginning)
  ))

func addressProblems(addresses string[]) string[] =>
  map(
    filter(addresses, address => !isPublicAddress(address)),
    address =>
      'network.allowedAddresses takes IPv4 addresses of the internet, and not "${address}": private ones reach the endpoints.'
  )

func networkProblems(network networkSettings) string[] =>
  concat(
    network.private && empty(network.?appSubnetId) != empty(network.?endpointSubnetId)
      ? ['network.private takes network.appSubnetId and network.endpointSubnetId together, or none of both.']
      : [],
    !network.private && !(network.?publicApp ?? true)
      ? ['network.publicApp = false takes network.private, which has the subnet for the endpoint of the app.']
      : [],
    !network.private && (!empty(network.?allowedAddresses) || !empty(network.?endpointSubnetId))
      ? ['network.allowedAddresses and network.endpointSubnetId take network.private: without it everything is open.']
      : [],
    !empty(network.?monitorPrivateLinkScopeId) && empty(network.?appSubnetId)
      ? [
          'network.monitorPrivateLinkScopeId takes network.appSubnetId, a subnet from which that scope is reached: no log would arrive.'
        ]
      : [],
    contains(lastOf(network.?appSubnetId), '_')
      ? ['network.appSubnetId has an underscore in its name: Flex Consumption cannot use such a subnet.']
      : [],
    !empty(network.?appSubnetId) && toLower(network.?appSubnetId ?? '') == toLower(network.?endpointSubnetId ?? '')
      ? ['network.appSubnetId and network.endpointSubnetId are one subnet: the app takes one of its own.']
      : [],
    addressProblems(network.?allowedAddresses ?? [])
  )

func sizeProblems(size sizeSettings) string[] =>
  concat(
    (size.?alwaysReadyForPeople ?? 0) > (size.?maximumInstanceCount ?? 40)
      ? ['size.alwaysReadyForPeople is more than size.maximumInstanceCount.']
      : [],
    (size.?zoneRedundant ?? false) && (size.?alwaysReadyForPeople ?? 0) == 1
      ? ['size.zoneRedundant takes none or at least two of size.alwaysReadyForPeople.']
      : []
  )

func scheduleProblems(schedules scheduleSettings) string[] =>
  map(
    filter(items(schedules), timer => length(filter(split(string(timer.value), ' '), field => !empty(field))) != 6),
    timer => 'schedules.${timer.key} takes six fields, seconds first, such as "0 */15 * * * *".'
  )

// A name that the vault does not take could never be filled: the setting would stay a reference for ever.
func secretProblems(secrets secretNames) string[] =>
  map(
    filter(
      items(secrets),
      secret =>
        !empty(filter(
          range(0, length(string(secret.value))),
          at => !contains('abcdefghijklmnopqrstuvwxyz0123456789-', toLower(substring(string(secret.value), at, 1)))
        ))
    ),
    secret => 'secretSettings.${secret.key} names a secret of the vault: letters, digits and hyphens.'
  )

// What the template sets itself: as a secret it would be another value, and the app would look at another store or vault.
var ownSettings = [
  'COLLECT_SCHEDULE'
  'FOLLOW_SCHEDULE'
  'NOTIFIER_ACS_ENDPOINT'
  'NOTIFIER_AUDIT_CONTAINER'
  'NOTIFIER_CLIENT_ID'
  'NOTIFIER_CONFIG'
  'NOTIFIER_GRAPH_SENDER'
  'NOTIFIER_KEY_VAULT'
  'NOTIFIER_LINK_KEYS'
  'NOTIFIER_LOG'
  'NOTIFIER_MAIL_FROM'
  'NOTIFIER_OPERATORS'
  'NOTIFIER_PUBLIC_URL'
  'NOTIFIER_START_CLIENT_ID'
  'NOTIFIER_STORE'
  'NOTIFIER_SUBSCRIPTIONS'
  'PLAN_SCHEDULE'
  'SWEEP_SCHEDULE'
]
var platformPrefixes = ['APPLICATIONINSIGHTS_', 'AZUREFUNCTIONS', 'AZUREWEBJOBS', 'FUNCTIONS_', 'WEBSITE_']

func ownSettingProblems(secrets secretNames) string[] =>
  map(
    filter(
      items(secrets),
      secret =>
        contains(ownSettings, toUpper(secret.key)) || !empty(filter(
          platformPrefixes,
          prefix => startsWith(toUpper(secret.key), prefix)
        ))
    ),
    secret =>
      'secretSettings.${secret.key} is a setting that the template makes itself; it has a parameter of its own or none.'
  )

func isObjectId(id string) bool => empty(id) || (length(id) == 36 && length(split(id, '-')) == 5)

func groupProblems(operatorsGroupId string, respondersGroupId string) string[] =>
  concat(
    isObjectId(operatorsGroupId) ? [] : ['operatorsGroupId takes the object id of a group, not its name.'],
    isObjectId(respondersGroupId) ? [] : ['respondersGroupId takes the object id of a group, not its name.']
  )

func pageProblems(publicUrl string, signInClientId string, startAs string) string[] =>
  concat(
    empty(publicUrl) || startsWith(publicUrl, 'https://')
      ? []
      : ['publicUrl begins with https://, as links in messages do.'],
    startAs == 'user' && empty(signInClientId)
      ? ['startAs = \'user\' takes signInClientId: nobody could sign in, and nothing could be started.']
      : []
  )

func packageProblems(packageUri string) string[] =>
  !empty(packageUri) && !startsWith(packageUri, 'https://')
    ? ['packageUri begins with https://: Azure fetches the package from there.']
    : contains(packageUri, '?')
        ? [
            'packageUri stays readable in the history of deployments: what follows its question mark is packageSignature.'
          ]
        : []

@export()
@description('Every reason why these parameters are not deployed.')
func problemsOf(
  name string,
  mail mailSettings,
  operators string[],
  network networkSettings,
  size sizeSettings,
  packageUri string,
  schedules scheduleSettings,
  secretSettings secretNames,
  publicUrl string,
  signInClientId string,
  startAs string,
  operatorsGroupId string,
  respondersGroupId string
) string[] =>
  concat(
    nameProblems(name),
    wordProblems(name),
    mailProblems(mail),
    operatorProblems(operators),
    networkProblems(network),
    sizeProblems(size),
    packageProblems(packageUri),
    scheduleProblems(schedules),
    secretProblems(secretSettings),
    ownSettingProblems(secretSettings),
    pageProblems(publicUrl, signInClientId, startAs),
    groupProblems(operatorsGroupId, respondersGroupId)
  )
