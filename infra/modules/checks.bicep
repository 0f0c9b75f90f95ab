// What does not go together, said before anything is deployed. Azure would refuse most of it too, but late and in other
// words; the rest it would deploy, and nothing would run.

import { mailSettings, networkSettings, sizeSettings } from 'types.bicep'

func nameProblems(name string) string[] =>
  empty(filter(
      range(0, length(name)),
      at => !contains('abcdefghijklmnopqrstuvwxyz0123456789-', toLower(substring(name, at, 1)))
    )) && contains('abcdefghijklmnopqrstuvwxyz', toLower(first(name))) && last(name) != '-'
    ? []
    : ['name takes letters, digits and hyphens. It begins with a letter, and does not end with a hyphen.']

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
      : []
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

func packageProblems(packageUri string) string[] =>
  contains(packageUri, '?')
    ? ['packageUri stays readable in the history of deployments: what follows its question mark is packageSignature.']
    : []

@export()
@description('Every reason why these parameters are not deployed.')
func problemsOf(
  name string,
  mail mailSettings,
  operators string[],
  network networkSettings,
  size sizeSettings,
  packageUri string
) string[] =>
  concat(
    nameProblems(name),
    mailProblems(mail),
    operatorProblems(operators),
    networkProblems(network),
    sizeProblems(size),
    packageProblems(packageUri)
  )
