//! The function app: how it runs, and its settings.

use std::collections::{BTreeMap, BTreeSet};

use maintenance_notifier::config::settings_table::{SETTINGS, default_of};
use serde_json::{Value, json};

use super::bicep::Template;
use super::{functions, project_file};

fn app() -> Template {
    Template::read("modules/function-app.bicep")
}

/// Every setting that the deployment may write, with its value as it is written there.
fn settings() -> BTreeMap<String, Value> {
    let app = app();
    let mut all = BTreeMap::new();
    // The variables that hold settings are those that become the settings' body.
    let settings = app
        .resources_of("Microsoft.Web/sites/config")
        .into_iter()
        .find(|one| one.body["name"] == "appsettings");
    let body = settings.unwrap().body["properties"].as_str().unwrap().to_owned();
    let names = body.strip_prefix("= union(").unwrap().strip_suffix(')').unwrap();
    for part in names.split(", ") {
        // `fromVault` has the names that the person who deploys gives.
        let found: Vec<Value> = if part == "fromVault" { vec![] } else { objects_of_variable(part) };
        assert!(
            part == "fromVault" || found.iter().any(|one| !one.as_object().unwrap().is_empty()),
            "{part}"
        );
        for object in found {
            all.extend(object.as_object().unwrap().clone());
        }
    }
    all
}

/// The object that a variable is, or those it chooses from.
fn objects_of_variable(name: &str) -> Vec<Value> {
    let app = app();
    match &app.variables()[name] {
        object @ Value::Object(_) => vec![object.clone()],
        expression => {
            let text = expression.as_str().unwrap().trim_start_matches("= ");
            Template::of("expression.bicep", format!("var it = {text}\n")).all_objects()
        }
    }
}

/// Settings of the Functions host and of the platform.
const PLATFORM: &[&str] = &[
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__queueServiceUri",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "AzureFunctionsJobHost__logging__applicationInsights__httpAutoCollectionOptions__enableHttpTriggerExtendedInfoCollection",
    "AzureFunctionsJobHost__logging__applicationInsights__enableDependencyTracking",
    "AzureWebJobsDisableHomepage",
    "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
];

/// Settings of the program that a deployment does not write, and why.
const NOT_DEPLOYED: &[(&str, &str)] = &[
    ("AZURE_CLIENT_ID", "the app has a managed identity"),
    ("AZURE_CLIENT_SECRET", "the app has a managed identity"),
    ("AZURE_TENANT_ID", "the app has a managed identity"),
    ("AzureWebJobsStorage", "the account takes no keys"),
    ("AzureWebJobsStorage__accountName", "the addresses of its services are given instead"),
    ("FUNCTIONS_CUSTOMHANDLER_PORT", "set by Azure"),
    ("IDENTITY_ENDPOINT", "set by Azure"),
    ("IDENTITY_HEADER", "set by Azure"),
    ("NOTIFIER_ACS_KEY", "the identity of the app is used"),
    ("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS", "for tests"),
    ("NOTIFIER_OUTBOX", "for the demo: nothing would be sent"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "a secret: by `secretSettings`, where a collector wants a key"),
    ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "the address for all signals is given instead"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "there is one"),
    ("OTEL_SERVICE_NAME", "the default says what it is"),
    ("WEBSITE_AUTH_ENABLED", "set by Azure"),
    ("WEBSITE_HOSTNAME", "set by Azure"),
];

#[test]
fn every_setting_is_one_that_the_program_or_the_platform_reads() {
    let known: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    let unknown: Vec<String> = settings()
        .into_keys()
        .filter(|name| !known.contains(name.as_str()) && !PLATFORM.contains(&name.as_str()))
        .collect();
    assert_eq!(unknown, Vec::<String>::new());
}

#[test]
fn every_setting_of_the_program_is_deployed_or_left_out_on_purpose() {
    let deployed = settings();
    let left_out: BTreeSet<&str> = NOT_DEPLOYED.iter().map(|(name, _)| *name).collect();
    for setting in SETTINGS {
        let is_deployed = deployed.contains_key(setting.name);
        assert_ne!(
            is_deployed,
            left_out.contains(setting.name),
            "{} (deployed: {is_deployed})",
            setting.name
        );
    }
}

#[test]
fn secrets_come_from_the_vault() {
    for setting in SETTINGS.iter().filter(|setting| setting.secret) {
        if let Some(value) = settings().get(setting.name) {
            assert!(
                value.as_str().unwrap().starts_with("@Microsoft.KeyVault(SecretUri=${vaultUri}"),
                "{value}"
            );
        }
    }
}

#[test]
fn every_timer_has_its_schedule_and_the_default_is_that_of_the_program() {
    let deployed = settings();
    let mut timers = 0;
    for (function, bindings) in functions() {
        for schedule in bindings.iter().filter_map(|binding| binding["schedule"].as_str()) {
            let name = schedule.trim_matches('%');
            assert!(deployed.contains_key(name), "{function} waits for {name}, which is not deployed");
            timers += 1;
        }
    }
    assert!(timers > 0);
    for file in ["main.bicep", "notifier.bicep"] {
        let defaults = Template::read(file).objects_with("collect").remove(0);
        for name in ["collect", "sweep", "plan", "follow"] {
            assert_eq!(
                defaults[name],
                default_of(&format!("{}_SCHEDULE", name.to_uppercase())),
                "{file}: {name}"
            );
        }
    }
}

#[test]
fn the_documentation_counts_the_runs_of_the_default_schedules() {
    let start = chrono::DateTime::parse_from_rfc3339("2026-11-01T00:00:00Z").unwrap().to_utc();
    let end = start + chrono::TimeDelta::days(30);
    let runs = |name: &str| {
        let parser = croner::parser::CronParser::builder().seconds(croner::parser::Seconds::Required).build();
        let schedule = parser.parse(default_of(name)).unwrap();
        schedule.iter_from(start, croner::Direction::Forward).take_while(|at| *at < end).count()
    };
    let counts = ["COLLECT", "SWEEP", "PLAN", "FOLLOW"].map(|name| runs(&format!("{name}_SCHEDULE")));
    let [collect, sweep, plan, follow] = counts.map(thousands);
    let all = thousands(counts.iter().sum());
    let said = format!("collect {collect} + sweep {sweep} + plan {plan} + follow {follow} = {all}");
    assert!(project_file("docs/DEPLOYING.md").contains(&said), "docs/DEPLOYING.md does not say: {said}");
}

fn thousands(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

#[test]
fn it_runs_as_a_custom_handler_on_flex_consumption() {
    let app = app();
    let plan = app.resources_of("Microsoft.Web/serverfarms").remove(0);
    assert_eq!(plan.body["sku"], json!({ "name": "FC1", "tier": "FlexConsumption" }));
    assert_eq!(plan.body["properties"]["reserved"], true);
    let site = app.resources_of("Microsoft.Web/sites").remove(0);
    assert_eq!(site.body["kind"], "functionapp,linux");
    assert_eq!(site.body["properties"]["httpsOnly"], true);
    assert_eq!(site.body["properties"]["keyVaultReferenceIdentity"], "= readerId");
    let config = &site.body["properties"]["functionAppConfig"];
    assert_eq!(config["runtime"], json!({ "name": "custom", "version": "1.0" }));
    assert_eq!(
        config["deployment"]["storage"],
        json!({
            "type": "blobContainer",
            "value": "${stateEndpoints.blob}deployment",
            "authentication": {
                "type": "UserAssignedIdentity",
                "userAssignedIdentityResourceId": "= readerId",
            },
        })
    );
    assert_eq!(site.body["properties"].get("siteConfig").unwrap().get("appSettings"), None);
    let deployed = settings();
    for refused in ["FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE"] {
        assert!(!deployed.contains_key(refused), "Flex Consumption refuses {refused}");
    }
}

#[test]
fn anonymous_pages_pass_the_sign_in_and_webhooks_are_left_alone() {
    let settings =
        Template::read("modules/easy-auth.bicep").resources_of("Microsoft.Web/sites/config").remove(0);
    assert_eq!(settings.body["name"], "authsettingsV2");
    assert_eq!(
        settings.body["properties"]["globalValidation"],
        json!({
            "requireAuthentication": false,
            "unauthenticatedClientAction": "AllowAnonymous",
            "excludedPaths": ["/runtime/webhooks/eventgrid", "/hooks/service-health"],
        })
    );
}

#[test]
fn signing_in_asks_for_a_persons_rights_in_azure_only_where_starts_are_made_with_them() {
    let template = Template::read("modules/easy-auth.bicep");
    let settings = template.resources_of("Microsoft.Web/sites/config").remove(0);
    assert_eq!(template.variables()["withOwnRights"], "= !empty(clientId) && startAs == 'user'");
    assert_eq!(settings.body["properties"]["login"]["tokenStore"]["enabled"], "= withOwnRights");
    let text = project_file("infra/modules/easy-auth.bicep");
    let asked =
        "'scope=openid profile email offline_access ${environment().resourceManager}user_impersonation'";
    let login = text.split_once("login: withOwnRights ? {").unwrap().1.split_once("} : {}").unwrap().0;
    assert!(login.contains(asked), "{login}");
    assert_eq!(text.matches("user_impersonation").count(), 1);
}

#[test]
fn the_app_has_identities_of_its_own_and_no_other() {
    let site = app().resources_of("Microsoft.Web/sites").remove(0);
    assert_eq!(
        site.body["identity"],
        json!({ "type": "UserAssigned", "userAssignedIdentities": "= identities" })
    );
    assert_eq!(site.body["properties"]["keyVaultReferenceIdentity"], "= readerId");
    // Of what says who the app is to storage, logs and Azure, all is the identity that reads.
    let deployed = settings();
    for name in
        ["AzureWebJobsStorage__clientId", "NOTIFIER_CLIENT_ID", "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"]
    {
        assert_eq!(deployed[name], "= readerClientId", "{name}");
    }
    assert_eq!(deployed["AzureWebJobsStorage__credential"], "managedidentity");
    assert_eq!(deployed["NOTIFIER_START_CLIENT_ID"], "= starterClientId");
}

#[test]
fn azd_finds_the_template_the_folder_and_the_app() {
    let azure = project_file("azure.yaml");
    let value = |key: &str| {
        let line = azure.lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
        line.unwrap_or_else(|| panic!("azure.yaml names no {key}")).to_owned()
    };
    assert!(!Template::read(&format!("{}.bicep", value("module"))).resources().is_empty());
    let command = format!("make package ARGS='--dir {}'", value("dist"));
    assert_eq!(value("run"), command);
    assert!(project_file("Makefile").contains("\npackage: ## "));
    let tags = &app().resources_of("Microsoft.Web/sites").remove(0).body["tags"];
    let service = azure.split_once("\nservices:\n").unwrap().1.split_once(':').unwrap().0.trim();
    assert_eq!(*tags, format!("= union(tags, {{ 'azd-service-name': '{service}' }})"));
    let parameters = Template::read(&format!("{}.bicepparam", value("module"))).variables();
    assert!(parameters["tags"].get("azd-env-name").is_some(), "{}", parameters["tags"]);
}

#[test]
fn no_line_of_the_log_is_sampled_away_and_no_address_recorded() {
    let host: Value = serde_json::from_str(&project_file("host.json")).unwrap();
    let insights = &host["logging"]["applicationInsights"];
    assert_eq!(
        *insights,
        json!({
            "samplingSettings": { "isEnabled": false },
            "enableDependencyTracking": false,
            "httpAutoCollectionOptions": { "enableHttpTriggerExtendedInfoCollection": false },
        })
    );
    // What the program writes to stdout is logged in this category, at this level.
    assert_eq!(host["logging"]["logLevel"]["Host.Function.Console"], "Information");
    // Settings of the app outrank the file; they say the same.
    let deployed = settings();
    for path in
        ["enableDependencyTracking", "httpAutoCollectionOptions__enableHttpTriggerExtendedInfoCollection"]
    {
        let name = format!("AzureFunctionsJobHost__logging__applicationInsights__{path}");
        assert_eq!(deployed[&name], "false");
    }
}
