using './notifier.bicep'

// For `azd`, which takes these from its environment: `azd env set NAME VALUE`. Everybody else uses main.bicepparam.

param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
// Of the whole name of the environment: two that begin alike are two notifiers.
param name = readEnvironmentVariable(
  'NOTIFIER_NAME',
  'mn-${uniqueString(readEnvironmentVariable('AZURE_ENV_NAME', 'trial'))}'
)
// `azd deploy` finds the resource group by this tag.
param tags = { 'azd-env-name': readEnvironmentVariable('AZURE_ENV_NAME', 'trial') }
// The subscription that azd deploys to; `false` where a management group is watched (docs/DEPLOYING.md).
param watch = bool(readEnvironmentVariable('WATCH', 'true'))
param watched = readEnvironmentVariable('WATCHED', '')
param mail = {
  from: readEnvironmentVariable('MAIL_FROM', '')
  graphSender: readEnvironmentVariable('GRAPH_SENDER', '')
}
param operators = [readEnvironmentVariable('OPERATOR')]
