use super::*;
use crate::config::finding::InvalidConfiguration;
use crate::config::settings::locations::{StorageAccount, StoreLocation, SubscriptionScope};
use crate::config::settings::mail::MailService;
use crate::config::settings_table::SETTINGS;
use crate::domain::email_address::EmailAddress;

fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
    settings(&Environment::from_pairs(pairs.iter().copied()))
        .map_err(|findings| InvalidConfiguration { file: None, findings }.to_string())
}

const KEY: &str = "8vKc1mQdX0s7Yw2Zt5Jr9uBnLh3EoGaP6iTfVxCkRzE=";

#[test]
fn nothing_set_is_a_laptop_with_defaults() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.config, ConfigLocation::Path("notifier.toml".into()));
    assert!(
        matches!(settings.store, StoreLocation::Sqlite(path) if path.to_str() == Some(".notifier/state.db"))
    );
    assert_eq!(settings.arm.endpoint.as_str(), "https://management.azure.com/");
    assert_eq!(settings.arm.audience, "https://management.azure.com");
    assert_eq!(settings.subscriptions, SubscriptionScope::All);
    assert_eq!(settings.log, "info");
    assert_eq!(settings.schedules.collect, "0 */15 * * * *");
    assert!(
        settings.mail_service.is_none() && settings.public_url.is_none() && settings.link_keys.is_empty()
    );
    assert!(!settings.allow_private_webhooks && !settings.host.easy_auth);
}

#[test]
fn a_function_app_gets_tables_links_and_an_identity() {
    let settings = read(&[
        ("AzureWebJobsStorage__accountName", "notifier"),
        ("WEBSITE_HOSTNAME", "notifier.azurewebsites.net"),
        ("WEBSITE_AUTH_ENABLED", "True"),
        ("IDENTITY_ENDPOINT", "http://localhost:42356/msi/token"),
        ("IDENTITY_HEADER", "header"),
        ("NOTIFIER_SMTP_URL", "smtp://u:p%40ss@mail.contoso.com:587?tls=required"),
        ("NOTIFIER_MAIL_FROM", "Maintenance <Maintenance@contoso.com>"),
        ("NOTIFIER_MAIL_LIMIT", "30/min,100/h"),
        ("NOTIFIER_LINK_KEYS", &format!("a:{KEY},b:{KEY}")),
        ("NOTIFIER_SUBSCRIPTIONS", "mg:contoso"),
        ("NOTIFIER_OPERATORS", "Platform@contoso.com, duty@contoso.com,platform@contoso.com,"),
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "7072"),
    ])
    .unwrap();
    assert!(matches!(&settings.store, StoreLocation::Tables { prefix, account: StorageAccount::Named(name) }
        if prefix == "notifier" && name == "notifier"));
    assert_eq!(settings.public_url.as_ref().unwrap().as_str(), "https://notifier.azurewebsites.net/");
    assert!(settings.host.easy_auth);
    assert_eq!(settings.host.custom_handler_port, Some(7072));
    assert!(settings.identity.managed.is_some());
    let from = settings.mail_from.clone().unwrap();
    assert_eq!(from.name.as_deref(), Some("Maintenance"));
    assert_eq!(from.address.as_str(), "maintenance@contoso.com");
    assert_eq!(settings.mail_limit.as_ref().unwrap().to_string(), "30/min,100/h");
    let operators: Vec<&str> = settings.operators.iter().map(EmailAddress::as_str).collect();
    assert_eq!(operators, ["platform@contoso.com", "duty@contoso.com"]);
    assert_eq!(settings.link_keys[0].id, "a");
    assert_eq!(settings.link_keys[1].bytes()[..4], [0xf2, 0xf2, 0x9c, 0xd6]);
    assert_eq!(settings.subscriptions, SubscriptionScope::ManagementGroup("contoso".to_owned()));
    let shown = format!("{settings:?}");
    for secret in ["p%40ss", KEY, "header\"", "242, 242"] {
        assert!(!shown.contains(secret), "{secret} is shown in {shown}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_no_secret_is_shown() {
    let problems = read(&[
        ("NOTIFIER_STORE", "tables:not-ifier"),
        ("NOTIFIER_ARM_ENDPOINT", "http://management.azure.com"),
        ("NOTIFIER_SUBSCRIPTIONS", "00000000-0000-0000-0000-000000000001, Production"),
        ("NOTIFIER_SMTP_URL", "smtp://user:hunter2@mail.contoso.com?tls=maybe&timeout=3"),
        ("NOTIFIER_GRAPH_SENDER", "maintenance@contoso.com"),
        ("NOTIFIER_SMTP_CONNECTIONS", "0"),
        ("NOTIFIER_MAIL_REPLY_TO", "nobody"),
        ("NOTIFIER_MAIL_LIMIT", "30 a minute"),
        ("NOTIFIER_PUBLIC_URL", "maintenance.contoso.com"),
        ("NOTIFIER_LINK_KEYS", "a:aHVudGVyMg=="),
        ("NOTIFIER_ACS_KEY", "@Microsoft.KeyVault(SecretUri=https://vault.vault.azure.net/secrets/acs)"),
        ("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS", "maybe"),
        ("NOTIFIER_OPERATORS", "platform@contoso.com, duty"),
        ("AZURE_CLIENT_SECRET", "hunter2"),
        ("PLAN_SCHEDULE", "* * * * *"),
    ])
    .unwrap_err();
    assert!(!problems.contains("hunter2") && !problems.contains("aHVudGVyMg"), "{problems}");
    insta::assert_snapshot!(problems, @r#"
    error: NOTIFIER_ARM_ENDPOINT: is no https address
      hint: write a whole address, such as https://example.com
    error: NOTIFIER_STORE: what follows `tables:` cannot begin the name of a table
      hint: use letters and digits, a letter first: tables:notifier
    error: NOTIFIER_STORE: `tables:` needs a storage account, and AzureWebJobsStorage is not set
      hint: set AzureWebJobsStorage, or use sqlite:PATH
    error: AZURE_CLIENT_SECRET: is set, but AZURE_TENANT_ID or AZURE_CLIENT_ID is not
      hint: set all three, or none and use `az login`
    error: NOTIFIER_SUBSCRIPTIONS: `Production` is no subscription id
      hint: write ids with commas, as in `az account list`, or mg:NAME
    error: NOTIFIER_SMTP_CONNECTIONS: 0 connections are too few or too many
      hint: use 1 to 50
    error: NOTIFIER_SMTP_URL: `tls` is none of required, opportunistic, none
      hint: write smtp://user:password@mail.contoso.com:587?tls=required
    error: NOTIFIER_SMTP_URL: has an unknown option
      hint: options are tls, auth, scope, helo and patience
    error: NOTIFIER_ACS_KEY: still reads `@Microsoft.KeyVault(…)`: Azure could not resolve the reference, most often because the app's identity may not read the vault's secrets
      hint: give the value in NOTIFIER_ACS_KEY, or in the file that NOTIFIER_ACS_KEY_FILE names
    error: NOTIFIER_SMTP_URL, NOTIFIER_GRAPH_SENDER: more than one service is set, and mail goes through one
      hint: keep one of them
    error: NOTIFIER_MAIL_FROM: is not set, and mail needs a sender
      hint: NOTIFIER_MAIL_FROM="Maintenance <maintenance@contoso.com>"
    error: NOTIFIER_MAIL_REPLY_TO: `nobody` is no mail address: it has no @
      hint: write an address, or Maintenance <maintenance@contoso.com>
    error: NOTIFIER_MAIL_LIMIT: `30 a minute` is no limit: write a number, a slash and `s`, `min`, `h` or `d`, several with commas: 30/min,100/h
      hint: for example NOTIFIER_MAIL_LIMIT=30/min,100/h
    error: NOTIFIER_PUBLIC_URL: is no web address
      hint: write a whole address, such as https://example.com
    error: NOTIFIER_LINK_KEYS: key 1 is no name of up to 16 letters, a colon and at least 32 bytes in base64
      hint: write NAME:KEY; `openssl rand -base64 32` makes a key
    error: NOTIFIER_ALLOW_PRIVATE_WEBHOOKS: `maybe` is neither on nor off
      hint: write NOTIFIER_ALLOW_PRIVATE_WEBHOOKS=1 or leave it unset
    error: NOTIFIER_OPERATORS: `duty` is no mail address: it has no @
      hint: write addresses with commas: platform@contoso.com,duty@contoso.com
    error: PLAN_SCHEDULE: `* * * * *` is not understood: it needs 6 fields (second minute hour day month weekday), and has 5
      hint: six fields (second minute hour day month weekday), such as `30 * * * * *`
    "#);
}

#[test]
fn what_people_paste_by_mistake_is_not_shown() {
    let connection = "endpoint=https://contoso.communication.azure.com/;accesskey=hunter2";
    let signed = "http://contoso.blob.core.windows.net/config/notifier.toml?sig=hunter2";
    for (name, value) in [
        ("NOTIFIER_ACS_ENDPOINT", connection),
        ("NOTIFIER_CONFIG", signed),
        ("NOTIFIER_PUBLIC_URL", signed),
        ("NOTIFIER_STORE", "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=hunter2"),
        ("NOTIFIER_STORE", "tables:AccountKey=hunter2"),
        ("NOTIFIER_ARM_ENDPOINT", "https://user:hunter2@management.azure.com"),
        ("NOTIFIER_SMTP_URL", "smtp://user:25?hunter2@mail.contoso.com"),
    ] {
        let problems = read(&[(name, value)]).unwrap_err();
        assert!(problems.contains(name) && !problems.contains("hunter2"), "{problems}");
    }
    let settings = read(&[("NOTIFIER_CONFIG", &signed.replace("http:", "https:"))]).unwrap();
    assert_eq!(settings.config.name(), "https://contoso.blob.core.windows.net/config/notifier.toml");
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn the_table_names_exactly_what_is_read() {
    let code = concat!(
        include_str!("../read.rs"),
        include_str!("azure.rs"),
        include_str!("mail.rs"),
        include_str!("../telemetry.rs")
    );
    for setting in SETTINGS {
        assert!(
            code.contains(&format!("\"{}\"", setting.name)),
            "{} is documented but not read",
            setting.name
        );
    }
    let quoted = code.split('"').skip(1).step_by(2);
    let names = quoted.filter(|text| {
        let shouted = text.len() > 8 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        shouted || text.starts_with("AzureWebJobsStorage")
    });
    for name in names.filter(|name| !name.contains(' ')) {
        assert!(SETTINGS.iter().any(|setting| setting.name == name), "{name} is read but not documented");
    }
}

#[test]
fn every_secret_of_the_table_is_read_as_one() {
    // What is wrong with those of telemetry is a warning; their own tests show it.
    let of_telemetry = |name: &str| name.starts_with("OTEL_");
    for setting in SETTINGS.iter().filter(|setting| setting.secret && !of_telemetry(setting.name)) {
        let file = format!("{}_FILE", setting.name);
        let problems = read(&[(&file, "/nowhere/secret")]).unwrap_err();
        assert!(problems.contains("the file `/nowhere/secret` with the secret cannot be read"), "{problems}");
        // The way of mail may come later, and waits.
        if setting.name == "NOTIFIER_SMTP_URL" {
            continue;
        }
        let reference = "@Microsoft.KeyVault(SecretUri=https://vault.vault.azure.net/secrets/x)";
        let problems = read(&[(setting.name, reference)]).unwrap_err();
        assert!(problems.contains("still reads `@Microsoft.KeyVault(…)`"), "{problems}");
    }
}

#[test]
fn a_misspelt_setting_is_noticed() {
    let environment =
        Environment::from_pairs([("NOTIFIER_STROE", "x"), ("NOTIFIER_LINK_KEYS_FILE", "y"), ("HOME", "z")]);
    let found: Vec<_> = crate::config::settings_table::unknown(&environment)
        .iter()
        .map(|finding| finding.render(None))
        .collect();
    insta::assert_snapshot!(found.join("\n"), @"
    warning: NOTIFIER_STROE: is no setting and has no effect
      hint: did you mean `NOTIFIER_STORE`?
    ");
}

#[test]
fn a_mail_secret_that_is_not_in_the_vault_yet_stops_nothing() {
    let reference = "@Microsoft.KeyVault(SecretUri=https://vault.vault.azure.net/secrets/notifier-smtp-url/)";
    let from = ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com");
    let smtp = read(&[("NOTIFIER_SMTP_URL", reference), from]).unwrap();
    assert!(matches!(smtp.mail_service, Some(MailService::Unresolved { setting: "NOTIFIER_SMTP_URL" })));
    let endpoint = ("NOTIFIER_ACS_ENDPOINT", "https://contoso.communication.azure.com");
    let services = read(&[("NOTIFIER_ACS_KEY", reference), endpoint, from]).unwrap();
    assert!(matches!(services.mail_service, Some(MailService::Unresolved { setting: "NOTIFIER_ACS_KEY" })));
    // A secret without which links cannot be trusted is another matter.
    assert!(read(&[("NOTIFIER_LINK_KEYS", reference)]).unwrap_err().contains("NOTIFIER_LINK_KEYS"));
    // So is one that is wrong.
    assert!(
        read(&[("NOTIFIER_SMTP_URL", "mail.contoso.com"), from]).unwrap_err().contains("NOTIFIER_SMTP_URL")
    );
}
