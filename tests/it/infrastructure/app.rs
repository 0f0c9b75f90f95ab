//! The function app: how it runs, and its settings.

use std::collections::{BTreeMap, BTreeSet};

use maintenance_notifier::config::settings_table::{SETTINGS, default_of};
use serde_json::{Value, json};

use super::snapshot::{Snapshot, snapshots};
use super::{functions, project_file};

/// Every setting that a deployment may write, with its value in the first case that writes it.
fn settings() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for snapshot in snapshots().into_iter().filter(|one| !one.all("Microsoft.Web/sites").is_empty()) {
        for (name, value) in snapshot.settings() {
            all.entry(name).or_insert(value);
        }
    }
    all
}

/// A setting of the example that people give by `secretSettings`.
const OF_THE_TENANT: &str = "TEAMS_PLATFORM_WEBHOOK";

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
    ("NOTIFIER_LOG_ADDRESSES", "addresses of people stay out of the log"),
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
        .filter(|name| name != OF_THE_TENANT)
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
                value.starts_with("[format('@Microsoft.KeyVault(SecretUri={0}secrets/"),
                "{}: {value}",
                setting.name
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
    for case in ["plain", "trial"] {
        let deployed = Snapshot::of(case).settings();
        for name in ["COLLECT", "SWEEP", "PLAN", "FOLLOW"].map(|name| format!("{name}_SCHEDULE")) {
            assert_eq!(deployed[&name], default_of(&name), "{case}: {name}");
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
    let plain = Snapshot::of("plain");
    let plan = plain.the("Microsoft.Web/serverfarms");
    assert_eq!(plan.0["sku"], json!({ "name": "FC1", "tier": "FlexConsumption" }));
    assert_eq!(plan.properties()["reserved"], true);
    let site = plain.the("Microsoft.Web/sites");
    assert_eq!(site.0["kind"], "functionapp,linux");
    assert_eq!(site.properties()["httpsOnly"], true);
    let config = &site.properties()["functionAppConfig"];
    assert_eq!(config["runtime"], json!({ "name": "custom", "version": "1.0" }));
    let storage = &config["deployment"]["storage"];
    assert_eq!(storage["type"], "blobContainer");
    assert!(storage["value"].as_str().unwrap().starts_with("[format('{0}deployment', "), "{storage}");
    assert_eq!(
        storage["authentication"],
        json!({
            "type": "UserAssignedIdentity",
            "userAssignedIdentityResourceId": plain.named(IDENTITY, "id-maint-notifier-reader").id(),
        })
    );
    assert_eq!(site.properties()["siteConfig"].get("appSettings"), None);
    let deployed = settings();
    for refused in ["FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE"] {
        assert!(!deployed.contains_key(refused), "Flex Consumption refuses {refused}");
    }
}

const IDENTITY: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

#[test]
fn the_code_of_a_release_comes_with_the_deployment_and_otherwise_some_other_way() {
    let package = Snapshot::of("package");
    let deployed = package.the("Microsoft.Web/sites/extensions");
    assert_eq!(deployed.name(), "onedeploy");
    assert_eq!(
        *deployed.properties(),
        json!({
            // With what is signed behind a question mark, which is a secret and so no part of an evaluation.
            "packageUri": "[if(empty(parameters('packageSignature')), parameters('packageUri'), \
                           format('{0}?{1}', parameters('packageUri'), parameters('packageSignature')))]",
            "remoteBuild": false,
        })
    );
    assert!(Snapshot::of("plain").all("Microsoft.Web/sites/extensions").is_empty());
}

#[test]
fn the_outputs_say_the_next_step_with_its_values() {
    for (case, steps) in [("plain", 4), ("package", 3)] {
        let said = Snapshot::of(case).outputs["nextSteps"].as_str().unwrap().to_owned();
        let parts = [
            "'maintenance-notifier check --deployment ",
            " NOTIFIER_OPERATORS=",
            "'maintenance-notifier preview'",
            "'export AzureWebJobsStorage__tableServiceUri=",
            "/storageAccounts/maintnotifrec6zj6vxmau'",
        ];
        assert!(parts.iter().all(|part| said.contains(part)), "{case}: {said}");
        assert_eq!(
            said.contains("config-zip --resource-group rg-maint-notifier --name maint-notifier-"),
            steps == 4
        );
    }
    let addresses = Snapshot::of("sign-in").outputs["signInAddresses"].to_string();
    assert!(addresses.contains("https://maintenance.contoso.com") && addresses.contains("defaultHostName"));
    assert!(addresses.contains("/.auth/login/aad/callback"), "{addresses}");
}

#[test]
fn anonymous_pages_pass_the_sign_in_and_webhooks_are_left_alone() {
    for case in ["plain", "sign-in"] {
        let snapshot = Snapshot::of(case);
        let settings = snapshot.named("Microsoft.Web/sites/config", "authsettingsV2").properties();
        assert_eq!(
            settings["globalValidation"],
            json!({
                "requireAuthentication": false,
                "unauthenticatedClientAction": "AllowAnonymous",
                "excludedPaths": ["/runtime/webhooks/eventgrid", "/hooks/service-health", "/hooks/health"],
            }),
            "{case}"
        );
        assert_eq!(settings["platform"]["enabled"], case == "sign-in");
    }
}

#[test]
fn signing_in_asks_for_a_persons_rights_in_azure_only_where_starts_are_made_with_them() {
    let user = Snapshot::of("sign-in");
    let settings = user.named("Microsoft.Web/sites/config", "authsettingsV2").properties();
    assert_eq!(settings["login"]["tokenStore"]["enabled"], true);
    let login = settings["identityProviders"]["azureActiveDirectory"]["login"].to_string();
    assert_eq!(login.matches("user_impersonation").count(), 1, "{login}");
    for snapshot in snapshots().into_iter().filter(|one| one.case != "sign-in") {
        for settings in snapshot.all("Microsoft.Web/sites/config") {
            let text = settings.0.to_string();
            assert!(!text.contains("user_impersonation"), "{}", snapshot.case);
            assert!(
                settings.name() != "authsettingsV2" || !text.contains("\"tokenStore\":{\"enabled\":true")
            );
        }
    }
}

#[test]
fn the_app_has_identities_of_its_own_and_no_other() {
    let snapshot = Snapshot::of("start-scopes");
    let site = snapshot.the("Microsoft.Web/sites");
    let reader = snapshot.named(IDENTITY, "id-maint-notifier-reader").id();
    let starter = snapshot.named(IDENTITY, "id-maint-notifier-starter").id();
    assert_eq!(
        site.0["identity"],
        json!({ "type": "UserAssigned", "userAssignedIdentities": { reader: {}, starter: {} } })
    );
    assert_eq!(site.properties()["keyVaultReferenceIdentity"], reader);
    // Of what says who the app is to storage, logs and Azure, all is the identity that reads.
    let deployed = snapshot.settings();
    let client_of = |id: &str| format!("[reference('{id}', '2024-11-30').clientId]");
    for name in ["AzureWebJobsStorage__clientId", "NOTIFIER_CLIENT_ID"] {
        assert_eq!(deployed[name], client_of(reader), "{name}");
    }
    let signing_in = Snapshot::of("sign-in").settings();
    assert_eq!(signing_in["OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"], client_of(reader));
    assert_eq!(deployed["AzureWebJobsStorage__credential"], "managedidentity");
    assert_eq!(deployed["NOTIFIER_START_CLIENT_ID"], client_of(starter));
}

#[test]
fn azd_finds_the_template_the_folder_and_the_app() {
    let azure = project_file("azure.yaml");
    let value = |key: &str| {
        let line = azure.lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
        line.unwrap_or_else(|| panic!("azure.yaml names no {key}")).to_owned()
    };
    let module = project_file(&format!("infra/{}.bicep", value("module")));
    let command = format!("make package ARGS='--dir {}'", value("dist"));
    assert_eq!(value("run"), command);
    assert!(project_file("Makefile").contains("\npackage: ## "));
    let trial = Snapshot::of("trial");
    let service = azure.split_once("\nservices:\n").unwrap().1.split_once(':').unwrap().0.trim();
    assert_eq!(trial.the("Microsoft.Web/sites").0["tags"]["azd-service-name"], service);
    let parameters = project_file(&format!("infra/{}.bicepparam", value("module")));
    assert!(parameters.contains("'azd-env-name': readEnvironmentVariable('AZURE_ENV_NAME', "));
    // Every value that azd hands over is one of a parameter.
    for parameter in parameters.lines().filter_map(|line| line.strip_prefix("param ")) {
        let name = parameter.split_once(' ').unwrap().0;
        assert!(module.contains(&format!("\nparam {name} ")), "{name}");
    }
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
    // The Azure SDK of the host writes down each of its own requests: 28 GB a month of an app that does nothing.
    assert_eq!(host["logging"]["logLevel"]["Azure.Core"], "Error");
    // The alerts ask for requests of functions, which these two categories are.
    for category in ["Host.Results", "Function"] {
        assert_eq!(host["logging"]["logLevel"][category], "Information", "{category}");
    }
    // Settings of the app outrank the file; they say the same.
    let deployed = settings();
    for path in
        ["enableDependencyTracking", "httpAutoCollectionOptions__enableHttpTriggerExtendedInfoCollection"]
    {
        let name = format!("AzureFunctionsJobHost__logging__applicationInsights__{path}");
        assert_eq!(deployed[&name], "false");
    }
}
