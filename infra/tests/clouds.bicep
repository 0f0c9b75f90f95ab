// What `environment()` answers, for evaluating without Azure.

@export()
var publicCloud = {
  name: 'AzureCloud'
  #disable-next-line no-hardcoded-env-urls // This is where they stand.
  resourceManager: 'https://management.azure.com/'
  authentication: {
    #disable-next-line no-hardcoded-env-urls // This is where they stand.
    loginEndpoint: 'https://login.microsoftonline.com/'
    #disable-next-line no-hardcoded-env-urls // This is where they stand.
    audiences: ['https://management.core.windows.net/']
  }
  #disable-next-line no-hardcoded-env-urls // This is where they stand.
  suffixes: { storage: 'core.windows.net', keyvaultDns: '.vault.azure.net' }
}

@export()
var governmentCloud = {
  name: 'AzureUSGovernment'
  resourceManager: 'https://management.usgovcloudapi.net/'
  authentication: {
    loginEndpoint: 'https://login.microsoftonline.us/'
    audiences: ['https://management.core.usgovcloudapi.net/']
  }
  suffixes: { storage: 'core.usgovcloudapi.net', keyvaultDns: '.vault.usgovcloudapi.net' }
}

@export()
var chinaCloud = {
  name: 'AzureChinaCloud'
  resourceManager: 'https://management.chinacloudapi.cn/'
  authentication: {
    loginEndpoint: 'https://login.chinacloudapi.cn/'
    audiences: ['https://management.core.chinacloudapi.cn/']
  }
  suffixes: { storage: 'core.chinacloudapi.cn', keyvaultDns: '.vault.azure.cn' }
}
