//! Who reaches what over the network, with a network of the notifier's own, with that of a platform team, and elsewhere.

use super::snapshot::{Resource, Snapshot};

fn names(snapshot: &Snapshot, kind: &str) -> Vec<String> {
    snapshot.all(kind).into_iter().map(|one| one.name().to_owned()).collect()
}

#[test]
fn private_endpoints_cover_every_service_that_is_used() {
    let private = Snapshot::of("private");
    assert_eq!(
        names(&private, "Microsoft.Network/privateEndpoints"),
        ["state-blob", "state-queue", "state-table", "records-blob", "vault"]
            .map(|name| format!("pe-maint-notifier-{name}"))
    );
    let network = private.the("Microsoft.Network/virtualNetworks");
    let subnets = network.properties()["subnets"].as_array().unwrap();
    let delegation = &subnets[0]["properties"]["delegations"][0];
    assert_eq!(delegation["properties"]["serviceName"], "Microsoft.App/environments");
    // A new subnet reaches nothing outside by itself, and landing zones refuse one without a security group.
    let gateway = private.the("Microsoft.Network/natGateways").id();
    assert_eq!(subnets[0]["properties"]["natGateway"]["id"], gateway);
    for subnet in subnets {
        assert_eq!(subnet["properties"]["defaultOutboundAccess"], false);
        assert!(subnet["properties"]["networkSecurityGroup"]["id"].is_string());
    }
}

#[test]
fn in_a_network_of_the_tenant_nothing_of_it_is_made_and_nothing_is_public() {
    let own = Snapshot::of("own-network");
    let made: Vec<&str> = own.resources.iter().map(Resource::kind).collect();
    for kind in
        ["virtualNetworks", "networkSecurityGroups", "natGateways", "publicIPAddresses", "privateDnsZones"]
    {
        assert!(!made.iter().any(|made| made.contains(kind)), "{kind}");
    }
    assert!(!made.contains(&"Microsoft.OperationalInsights/workspaces"));
    assert!(!made.contains(&"Microsoft.Network/privateEndpoints/privateDnsZoneGroups"));
    let endpoints = own.all("Microsoft.Network/privateEndpoints");
    assert_eq!(endpoints.len(), 6);
    for endpoint in endpoints {
        assert!(endpoint.properties()["subnet"]["id"].as_str().unwrap().ends_with("/subnets/snet-endpoints"));
    }
    let site = own.the("Microsoft.Web/sites");
    assert!(site.properties()["virtualNetworkSubnetId"].as_str().unwrap().ends_with("/subnets/snet-app"));
    // A policy that denies public access to anything finds nothing to deny.
    for kind in ["Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults", "Microsoft.Web/sites"] {
        for resource in own.all(kind) {
            assert_eq!(resource.properties()["publicNetworkAccess"], "Disabled", "{}", resource.id());
        }
    }
    let insights = own.the("Microsoft.Insights/components").properties();
    assert_eq!(insights["publicNetworkAccessForIngestion"], "Disabled");
    assert!(insights["WorkspaceResourceId"].as_str().unwrap().ends_with("/workspaces/log-platform"));
    // The scope of the platform team takes the component up, in its own resource group.
    let link = own.the("Microsoft.Insights/privateLinkScopes/scopedResources");
    assert!(link.id().contains("/resourceGroups/rg-monitor/"), "{}", link.id());
    assert_eq!(link.properties()["linkedResourceId"], own.the("Microsoft.Insights/components").id());
}

#[test]
fn an_app_in_a_spoke_finds_the_endpoints_of_the_hub_by_their_names() {
    let links = |case: &str, of: &str| -> Vec<String> {
        let snapshot = Snapshot::of(case);
        let all = snapshot.all("Microsoft.Network/privateDnsZones/virtualNetworkLinks").into_iter();
        let of_network = all.filter(|one| {
            one.properties()["virtualNetwork"]["id"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/virtualNetworks/{of}"))
        });
        of_network.map(|one| one.0["name"].as_str().unwrap().split('/').next().unwrap().to_owned()).collect()
    };
    let (hub, spoke) = (links("two-networks", "vnet-hub"), links("two-networks", "vnet-spoke"));
    assert_eq!((hub.len(), &hub), (4, &spoke));
    // In one network there is one link of each, which Azure would refuse twice.
    let private = Snapshot::of("private");
    assert_eq!(private.all("Microsoft.Network/privateDnsZones/virtualNetworkLinks").len(), 4);
}

#[test]
fn a_group_that_is_there_keeps_its_tags_and_what_somebody_locked_is_left_alone() {
    let kinds = |case: &str, kind: &str| Snapshot::of(case).all(kind).len();
    const POLICY: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies";
    const GROUP: &str = "Microsoft.Resources/resourceGroups";
    assert_eq!((kinds("plain", GROUP), kinds("plain", POLICY)), (1, 1));
    assert_eq!((kinds("two-networks", GROUP), kinds("two-networks", POLICY)), (0, 0));
}

#[test]
fn without_a_network_everything_says_itself_who_may_come_in() {
    let plain = Snapshot::of("plain");
    assert!(plain.resources.iter().all(|one| !one.kind().starts_with("Microsoft.Network/")));
    assert_eq!(plain.the("Microsoft.Web/sites").properties()["publicNetworkAccess"], "Enabled");
}

#[test]
fn another_cloud_has_names_of_its_own() {
    let of = |case: &str| {
        let snapshot = Snapshot::of(case);
        let mut zones = names(&snapshot, "Microsoft.Network/privateDnsZones");
        zones.sort();
        let settings = snapshot.settings();
        let addresses = ["NOTIFIER_ARM_ENDPOINT", "NOTIFIER_ARM_AUDIENCE", "NOTIFIER_GRAPH_ENDPOINT"];
        let addresses = addresses.map(|name| settings[name].clone());
        [zones, addresses.to_vec()].concat().join("\n")
    };
    insta::assert_snapshot!(of("government"), @"
    privatelink.azurewebsites.us
    privatelink.blob.core.usgovcloudapi.net
    privatelink.queue.core.usgovcloudapi.net
    privatelink.table.core.usgovcloudapi.net
    privatelink.vaultcore.usgovcloudapi.net
    https://management.usgovcloudapi.net/
    https://management.core.usgovcloudapi.net/
    https://graph.microsoft.us
    ");
    insta::assert_snapshot!(of("china"), @"
    privatelink.blob.core.chinacloudapi.cn
    privatelink.chinacloudsites.cn
    privatelink.queue.core.chinacloudapi.cn
    privatelink.table.core.chinacloudapi.cn
    privatelink.vaultcore.azure.cn
    https://management.chinacloudapi.cn/
    https://management.core.chinacloudapi.cn/
    https://microsoftgraph.chinacloudapi.cn
    ");
    let china = Snapshot::of("china");
    let sign_in = china.named("Microsoft.Web/sites/config", "authsettingsV2").properties().to_string();
    assert!(sign_in.contains("https://login.chinacloudapi.cn/"), "{sign_in}");
    for case in ["government", "china"] {
        let snapshot = Snapshot::of(case);
        let text: String = snapshot.resources.iter().map(|one| one.0.to_string()).collect();
        for public in [
            "management.azure.com",
            "core.windows.net",
            "vault.azure.net",
            "azurewebsites.net",
            "microsoftonline.com",
            "graph.microsoft.com",
        ] {
            assert!(!text.contains(public), "{case}: {public}");
        }
    }
}
