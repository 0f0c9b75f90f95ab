// One rule: planned maintenance was announced or changed in this subscription.

import { resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param tags resourceTags

@description('The action group that calls the notifier.')
param actionGroupId string

resource rule 'Microsoft.Insights/activityLogAlerts@2026-01-01' = {
  name: '${name}-planned-maintenance'
  location: 'Global'
  tags: tags
  properties: {
    enabled: true
    description: 'Planned maintenance was announced or changed: the maintenance notifier looks at this subscription.'
    scopes: [subscription().id]
    condition: {
      // These two and no more. A condition on the status would miss what is cancelled or over, one on the level would miss
      // ordinary maintenance, which is merely informational; conditions on services and regions would age.
      allOf: [
        {
          field: 'category'
          equals: 'ServiceHealth'
        }
        {
          field: 'properties.incidentType'
          equals: 'Maintenance'
        }
      ]
    }
    actions: {
      actionGroups: [
        {
          actionGroupId: actionGroupId
        }
      ]
    }
  }
}
