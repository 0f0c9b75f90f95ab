// What tells two deployments in one tenant apart.

@export()
@description('Eight letters that belong to one deployment: where it watches, where it runs, and what it is called. They are part of every name outside its resource group.')
func identityOf(watchedScope string, subscriptionId string, resourceGroupName string, name string) string =>
  take(uniqueString(toLower(watchedScope), toLower(subscriptionId), toLower(resourceGroupName), toLower(name)), 8)
