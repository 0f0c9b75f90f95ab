//! The invented names of the simulated tenant: subscriptions, groups and the people behind the tags.

/// A subscription of the tenant, before it has an identifier.
pub(super) struct SubscriptionTemplate {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) tags: &'static [(&'static str, &'static str)],
}

/// A resource group, before it has a subscription.
pub(super) struct GroupTemplate {
    pub(super) subscription: &'static str,
    pub(super) name: &'static str,
    pub(super) region: &'static str,
    pub(super) tags: &'static [(&'static str, &'static str)],
}

pub(super) const MANAGEMENT_GROUP: &str = "contoso";

pub(super) const SUBSCRIPTIONS: &[SubscriptionTemplate] = &[
    SubscriptionTemplate {
        key: "production",
        name: "Contoso Production",
        tags: &[("environment", "production"), ("owner", "platform@contoso.com")],
    },
    SubscriptionTemplate {
        key: "sap",
        name: "Contoso SAP",
        tags: &[("environment", "production"), ("CostCenter", "4711")],
    },
    SubscriptionTemplate {
        key: "retail",
        name: "Contoso Retail Asia",
        tags: &[("environment", "production"), ("Owner", "mei.lin@contoso.com")],
    },
    SubscriptionTemplate { key: "shared", name: "Contoso Shared Services", tags: &[] },
    SubscriptionTemplate { key: "lab", name: "Contoso Lab", tags: &[("environment", "lab")] },
];

pub(super) const GROUPS: &[GroupTemplate] = &[
    GroupTemplate {
        subscription: "production",
        name: "rg-webshop-prod",
        region: "westeurope",
        tags: &[("owner", "jane.doe@contoso.com; arjun.rao@contoso.com"), ("app", "webshop")],
    },
    GroupTemplate {
        subscription: "production",
        name: "rg-payments-prod",
        region: "northeurope",
        tags: &[("Owner", "sofia.rossi@contoso.com"), ("app", "payments")],
    },
    GroupTemplate {
        subscription: "production",
        name: "rg-erp-us",
        region: "eastus",
        tags: &[("technical-contact", "liam.murphy")],
    },
    GroupTemplate {
        subscription: "production",
        name: "rg-identity",
        region: "westeurope",
        tags: &[("owner", "identity-team@contoso.com")],
    },
    GroupTemplate {
        subscription: "sap",
        name: "rg-sap-prod",
        region: "germanywestcentral",
        tags: &[("app", "sap"), ("owner", "lukas.weber@contoso.com, anna.schmidt@contoso.com")],
    },
    GroupTemplate {
        subscription: "sap",
        name: "rg-sap-dev",
        region: "germanywestcentral",
        tags: &[("app", "sap")],
    },
    GroupTemplate { subscription: "sap", name: "rg-sap-hosts", region: "uksouth", tags: &[("app", "sap")] },
    GroupTemplate {
        subscription: "retail",
        name: "rg-stores-in",
        region: "centralindia",
        tags: &[("app", "stores")],
    },
    GroupTemplate { subscription: "retail", name: "rg-stores-sg", region: "southeastasia", tags: &[] },
    GroupTemplate {
        subscription: "shared",
        name: "rg-monitoring",
        region: "westeurope",
        tags: &[("owner", "someone@fabrikam.com")],
    },
    GroupTemplate {
        subscription: "shared",
        name: "MC_rg-aks_aks-apps_northeurope",
        region: "northeurope",
        tags: &[("aks-managed-cluster-name", "aks-apps"), ("aks-managed-cluster-rg", "rg-aks")],
    },
    GroupTemplate { subscription: "shared", name: "rg-build", region: "northeurope", tags: &[] },
    GroupTemplate { subscription: "lab", name: "rg-lab-training", region: "westeurope", tags: &[] },
    GroupTemplate {
        subscription: "lab",
        name: "rg-lab-research",
        region: "eastus",
        tags: &[("owner", "noah.kim")],
    },
];
