// What the notifier may read where it watches, in one place for both ways of being deployed.
// Not Reader: that shows every resource of every service, with their settings.

@export()
@description('What is asked of a subscription and its machines.')
var readActions = [
  // Which subscriptions there are, their names, and the tags on them.
  'Microsoft.Resources/subscriptions/read'
  // The tags on resource groups, which may name the owner.
  'Microsoft.Resources/subscriptions/resourceGroups/read'
  // Questions to Resource Graph. It answers with what the other actions allow to be read.
  'Microsoft.ResourceGraph/resources/read'
  // Announced maintenance, one row for each resource, and the scheduled events that confirm what events report.
  // A star, because Azure refuses a role with an action that it does not list, and lists differ between clouds.
  'Microsoft.Maintenance/*/read'
  // The announcements of waves in Service Health, the resources that a wave concerns, what machines were annotated
  // with, and whether the platform sees a machine well after its maintenance.
  'Microsoft.ResourceHealth/*/read'
  // Machines, their tags, and with `$expand=instanceView` both windows and whether it can be started.
  'Microsoft.Compute/virtualMachines/read'
  // The instance view has a permission of its own, which the one above may or may not include.
  'Microsoft.Compute/virtualMachines/instanceView/read'
  // Scale sets, whose tags count for their instances.
  'Microsoft.Compute/virtualMachineScaleSets/read'
  // Their instances.
  'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read'
  // The windows of an instance.
  'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read'
  // Whether a dedicated host still exists.
  'Microsoft.Compute/hostGroups/hosts/read'
  // Whether a machine is shut down every evening, which decides what its owner is advised.
  'Microsoft.DevTestLab/schedules/read'
  // How a start ended. The identity that starts may not read, so this one asks.
  'Microsoft.Compute/locations/operations/read'
  // Whether a start whose answer was lost was begun: the activity log.
  'Microsoft.Insights/eventtypes/values/read'
]

@export()
@description('What is asked of a management group beside that.')
var readGroupActions = [
  // Which subscriptions belong to a management group, for `mg:NAME`.
  'Microsoft.Management/managementGroups/descendants/read'
]
