// Who watches the watcher: rules on the notifier's own failures. They ask the logs, not the app, so they also fire when
// it does not run at all.

import { resourceTags } from 'types.bicep'

@description('The beginning of all names.')
param name string
param location string
param tags resourceTags

@description('The Application Insights component.')
param insightsId string

@description('The mail addresses that are notified, and action groups that are notified as well.')
param operators string[]
param actionGroupIds string[]

var readOn = 'docs/OPERATING.md, "When an alert comes", has the first command and the usual cause.'

var rules = [
  {
    name: 'collection-is-stale'
    severity: 1
    description: 'Azure was not asked what is planned for an hour: whoever should hear of maintenance does not. Look at the failures of CollectMaintenance, and at the role assignment at the management group. ${readOn}'
    query: '''
requests
| where name == 'CollectMaintenance' and success == true
| summarize rounds = count()
| where rounds == 0
'''
  }
  {
    name: 'planning-stands-still'
    severity: 1
    description: 'Nothing was planned or sent for an hour; `/health` says so after 15 minutes. Look at the failures of PlanNotifications. ${readOn}'
    query: '''
requests
| where name == 'PlanNotifications' and success == true
| summarize rounds = count()
| where rounds == 0
'''
  }
  {
    name: 'messages-are-unsent'
    severity: 2
    description: 'A message could not be delivered and will not be tried again; the fallback was notified instead. `maintenance-notifier outbox` shows which and why. ${readOn}'
    query: '''
traces
| where message contains 'a message will not be delivered'
'''
  }
  {
    name: 'messages-are-late'
    severity: 2
    description: 'For most of an hour there was a message that waited for more than 15 minutes: the mail service or a flow does not take it, or the mail quota is small for what is to be sent. `maintenance-notifier outbox` shows which and why. ${readOn}'
    query: '''
traces
| where message contains 'messages are unsent for more than 15 minutes'
| summarize quarters = dcount(bin(timestamp, 15m)), since = min(timestamp), newest = max(timestamp)
| where quarters >= 4 and newest - since >= 40m
'''
  }
  {
    name: 'operator-is-needed'
    severity: 2
    description: 'The notifier met something that it cannot put right: the brake was applied, a subscription is no longer visible, a channel is dead, a record is unreadable. ${readOn}'
    query: '''
traces
| where message contains 'trouble that an operator should look at'
'''
  }
  {
    name: 'functions-fail'
    severity: 2
    description: 'A function failed five times within an hour. ${readOn}'
    query: '''
requests
| where success == false
| summarize failures = count() by name
| where failures >= 5
'''
  }
]

resource operatorGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    emailReceivers: [
      for (address, index) in operators: {
        name: 'operator-${index}'
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rule 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for item in rules: {
    name: '${name}-${item.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${name}: ${replace(item.name, '-', ' ')}'
      description: item.description
      severity: item.severity
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT1H'
      // The tables are empty until the app has run once.
      skipQueryValidation: true
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: item.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: concat([operatorGroup.id], actionGroupIds)
      }
    }
  }
]
