using '../main.bicep'

import { publicCloud } from 'clouds.bicep'

// What docs/DEPLOYING.md has somebody new write, line by line. tests/it/infrastructure/walk.rs walks the way with it.
param subscriptionId = '00000000-0000-0000-0000-000000000001'
param location = 'westeurope'
param operators = ['platform@contoso.com']
param mail = { from: 'Maintenance <maintenance@contoso.com>', graphSender: 'maintenance@contoso.com' }
param packageUri = 'https://github.com/OWNER/maintenance-notifier/releases/download/v0.1.0/maintenance-notifier.zip'
param cloud = publicCloud
