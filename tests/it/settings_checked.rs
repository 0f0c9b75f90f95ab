//! What `check` takes runs, and what runs `check` takes, for every kind of setting.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use maintenance_notifier::clock::{ManualClock, SharedClock};
use maintenance_notifier::config::load::examine;
use maintenance_notifier::config::parse::Secrets;
use maintenance_notifier::config::{Environment, Settings};
use maintenance_notifier::startup;

const VALID: &str = "[defaults]\nfallback = ['platform']\n[[recipients]]\nname = 'platform'\nemail = ['platform@contoso.com']\n";

fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// For each kind of setting: what `check` says of it, and what becomes of a process that begins with it.
#[tokio::test]
async fn what_check_takes_runs_and_what_runs_check_takes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notifier.toml");
    let clock: SharedClock = Arc::new(ManualClock::new(start()));
    let key = "AccountName=contoso;AccountKey=a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U=";
    let with_key = |rest: &str| format!("{key};{rest}");
    let storage = [
        with_key("DefaultEndpointsProtocol=https;EndpointSuffix=core.windows.net"),
        with_key("TableEndpoint=no address"),
        "AccountName=contoso".to_owned(),
        "UseDevelopmentStorage=true".to_owned(),
        "key".to_owned(),
        String::new(),
    ];
    let mut tried: Vec<(&str, String, bool)> = Vec::new();
    for text in storage {
        tried.push(("AzureWebJobsStorage", text, true));
    }
    for text in [
        "smtp://mail.contoso.com",
        "smtps://user:p%40ss@mail.contoso.com:465?tls=required",
        "smtp://mail.contoso.com:99999",
        "smtp://mail.contoso.com:0",
        "smtp://user@mail.contoso.com",
        "smtp://:password@mail.contoso.com",
        "smtp://mail contoso.com",
        "smtp://mail.contoso.com?tls=none",
        "smtp://user:x@mail.contoso.com?tls=none",
        "smtp://mail.contoso.com?auth=xoauth2",
        "smtp://a%40contoso.com@mail.contoso.com?auth=xoauth2",
        "smtp://a%40contoso.com@mail.contoso.com?auth=xoauth2&scope=x",
        "smtp://mail.contoso.com?helo=mail.contoso.com&patience=5m",
        "smtp://mail.contoso.com?helo=a b",
        "smtp://mail.contoso.com?patience=0m",
        "smtp://mail.contoso.com?patience=1w",
        "smtp://mail.contoso.com?patience=PT5M",
        "smtp://[::1]:25",
        "smtp://2130706433",
        "smtp://mail.contoso.com./",
    ] {
        tried.push(("NOTIFIER_SMTP_URL", text.to_owned(), true));
    }
    for name in [
        "NOTIFIER_ACS_ENDPOINT",
        "NOTIFIER_GRAPH_ENDPOINT",
        "NOTIFIER_ARM_ENDPOINT",
        "NOTIFIER_ARM_AUDIENCE",
        "NOTIFIER_AUDIT_CONTAINER",
        "NOTIFIER_KEY_VAULT",
        "NOTIFIER_PUBLIC_URL",
        "IDENTITY_ENDPOINT",
    ] {
        for text in [
            "https://contoso.com",
            "https://contoso.com./",
            "https://contoso.com/a b",
            "https://contoso .com",
            "https://user@contoso.com",
            "https://contoso.com/\t/",
            "https://[::ffff:10.0.0.1]/",
            "https://2130706433/",
            "http://contoso.com",
            "http://127.0.0.1:1",
            "contoso.com",
            "https://contoso.com/path?query#fragment",
            "https://contoso.com:99999",
            "ftp://contoso.com",
            "https://contoso.vault.azure.net",
            "https://contoso.blob.core.windows.net/audit-head",
            "data:text/plain,x",
        ] {
            tried.push((name, text.to_owned(), false));
        }
    }
    for (name, text) in [
        ("NOTIFIER_MAIL_LIMIT", "0/min"),
        ("NOTIFIER_MAIL_LIMIT", "30/min,100/h"),
        ("NOTIFIER_SMTP_CONNECTIONS", "0"),
        ("NOTIFIER_OPERATORS", "platform@contoso.com, ,duty@contoso.com"),
        ("NOTIFIER_OPERATORS", "Doe, Jane <jane@contoso.com>"),
        ("NOTIFIER_MAIL_FROM", "jane@bücher.example"),
        ("NOTIFIER_MAIL_FROM", "Doe, Jane <jane@contoso.com>"),
        ("NOTIFIER_MAIL_FROM", "jane@contoso.com."),
        ("NOTIFIER_SUBSCRIPTIONS", "mg:contoso root"),
        ("NOTIFIER_LOG", "info,"),
        ("COLLECT_SCHEDULE", "0 */15 * * *"),
        ("NOTIFIER_STORE", "tables:9"),
    ] {
        tried.push((name, text.to_owned(), false));
    }
    let (mut taken, mut refused) = (0, 0);
    for (name, text, tables) in tried {
        std::fs::write(&file, format!("{VALID}[owners]\ndirectory = true\n")).unwrap();
        let store = match (name, tables) {
            ("AzureWebJobsStorage", _) => "tables:notifier".to_owned(),
            _ => format!("sqlite:{}", folder.path().join("state.db").display()),
        };
        let mut pairs = vec![
            ("NOTIFIER_CONFIG", file.display().to_string()),
            ("NOTIFIER_STORE", store),
            ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com".to_owned()),
            ("IDENTITY_HEADER", "x".to_owned()),
        ];
        pairs.retain(|(known, _)| *known != name);
        pairs.push((name, text.clone()));
        if name == "NOTIFIER_GRAPH_ENDPOINT" {
            pairs.push(("NOTIFIER_GRAPH_SENDER", "maintenance@contoso.com".to_owned()));
        }
        let environment = Environment::from_pairs(pairs);
        let checked = match Settings::from_environment(&environment) {
            Ok(settings) => {
                let text = std::fs::read_to_string(&file).unwrap();
                let examined = examine(&text, Secrets::Leave, start());
                startup::unusable_parts(&settings, examined.configuration.as_ref(), &clock).is_empty()
            }
            Err(_) => false,
        };
        let begun = match startup::load(&environment, &clock).await {
            Ok(loaded) => startup::app(loaded, clock.clone()).await.map(drop),
            Err(error) => Err(error),
        };
        assert_eq!(checked, begun.is_ok(), "{name}={text:?}: {begun:?}");
        *(if checked { &mut taken } else { &mut refused }) += 1;
    }
    assert!(taken > 30 && refused > 60, "{taken} {refused}");
}
