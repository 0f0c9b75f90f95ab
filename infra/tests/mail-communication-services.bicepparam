using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// Mail leaves by Communication Services, with a domain that Azure manages.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { communicationServices: true }
param cloud = publicCloud
