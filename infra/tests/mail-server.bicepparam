using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// Mail leaves by a server of the tenant, metrics go to a collector, and every setting that has a parameter is given.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = {
  from: 'Maintenance <maintenance@contoso.com>'
  replyTo: 'platform@contoso.com'
  smtp: true
  smtpConnections: 2
  limit: '30/min'
}
param watchedSubscriptions = ['00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000003']
param secretSettings = { TEAMS_PLATFORM_WEBHOOK: 'teams-platform-webhook' }
param size = { alwaysReadyForPeople: 1, instanceMemoryMB: 2048, maximumInstanceCount: 60, storageSku: 'Standard_GZRS' }
param telemetry = {
  endpoint: 'https://otel.contoso.com:4318'
  temporality: 'cumulative'
  resourceAttributes: 'deployment.environment=production'
}
param cloud = publicCloud
