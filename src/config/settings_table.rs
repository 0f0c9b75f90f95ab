//! Every setting: its name, meaning and default. The documentation is made from it.

use super::environment::Environment;
use super::finding::Finding;
use super::suggest;

/// What the documentation says of one setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingDoc {
    pub name: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// What holds when it is not set.
    pub default: SettingDefault,
    /// Whether it is a secret, which may also be given as `NAME_FILE`.
    pub secret: bool,
}

/// What holds when a setting is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingDefault {
    Value(&'static str),
    /// What this sentence says.
    Rule(&'static str),
}

const fn setting(name: &'static str, meaning: &'static str, default: SettingDefault) -> SettingDoc {
    SettingDoc { name, meaning, default, secret: false }
}

const fn secret(name: &'static str, meaning: &'static str, default: SettingDefault) -> SettingDoc {
    SettingDoc { name, meaning, default, secret: true }
}

use SettingDefault::{Rule, Value};

/// Every setting that the program reads, in the order of the documentation.
pub const SETTINGS: &[SettingDoc] = &[
    setting(
        "NOTIFIER_CONFIG",
        "The configuration file: a path, or the https address of a blob that the app's identity may read. Read anew \
         when it changes.",
        Value("notifier.toml"),
    ),
    setting(
        "NOTIFIER_KEY_VAULT",
        "The address of the Key Vault that `kv:SECRET` in the configuration file reads, such as \
         `https://kv-notifier.vault.azure.net`.",
        Rule("none"),
    ),
    setting(
        "NOTIFIER_STORE",
        "Where the state is kept: `sqlite:PATH` or `tables:PREFIX`, which uses `AzureWebJobsStorage`.",
        Rule("`tables:notifier` when `AzureWebJobsStorage` is set, else `sqlite:.notifier/state.db`"),
    ),
    setting(
        "NOTIFIER_SUBSCRIPTIONS",
        "What is watched: subscription ids with commas, or `mg:NAME` for those of a management group.",
        Rule("all that the identity can read"),
    ),
    setting(
        "NOTIFIER_ARM_ENDPOINT",
        "The address of Azure Resource Manager; other clouds have others.",
        Value("https://management.azure.com"),
    ),
    setting(
        "NOTIFIER_ARM_AUDIENCE",
        "Whom the tokens for Azure Resource Manager are for.",
        Value("https://management.azure.com"),
    ),
    setting(
        "NOTIFIER_CLIENT_ID",
        "The client id of the user-assigned identity that reads.",
        Rule("the system-assigned identity"),
    ),
    setting(
        "NOTIFIER_START_CLIENT_ID",
        "The client id of a second identity, which may only start maintenance.",
        Rule("the identity that reads"),
    ),
    setting("AZURE_TENANT_ID", "The tenant of the application below.", Rule("none")),
    setting(
        "AZURE_CLIENT_ID",
        "An application to sign in as, where there is no managed identity and no `az login`.",
        Rule("none"),
    ),
    secret("AZURE_CLIENT_SECRET", "The application's secret.", Rule("none")),
    secret(
        "NOTIFIER_SMTP_URL",
        "The mail server: `smtp://` (STARTTLS) or `smtps://`, then `user:password@host:port`. Options: \
         `?tls=required`, `opportunistic` or `none`; `auth=xoauth2` signs in with the identity's token in place of a \
         password, and `scope=` names another cloud's; `helo=` is the name in the greeting, the sender's domain if not set; \
         `patience=` the longest wait for one reply, `5m` if not set, and twice that for the end of a message.",
        Rule("none"),
    ),
    setting("NOTIFIER_SMTP_CONNECTIONS", "Connections of one process to the mail server.", Value("3")),
    setting(
        "NOTIFIER_GRAPH_SENDER",
        "The mailbox to send from with Microsoft Graph and the app's identity.",
        Rule("none"),
    ),
    setting(
        "NOTIFIER_GRAPH_ENDPOINT",
        "The address of Microsoft Graph, for mail and for the directory, where it is not the public one.",
        Rule("the public one"),
    ),
    setting(
        "NOTIFIER_ACS_ENDPOINT",
        "The address of an Azure Communication Services resource that sends the mail.",
        Rule("none"),
    ),
    secret("NOTIFIER_ACS_KEY", "The key of that resource.", Rule("the app's identity is used")),
    setting(
        "NOTIFIER_OUTBOX",
        "A folder that takes mails as `.eml` and cards as `.json`; nothing leaves the machine.",
        Rule("none; `demo` sets it"),
    ),
    setting(
        "NOTIFIER_MAIL_FROM",
        "Sender and organizer, such as `Maintenance <maintenance@contoso.com>`.",
        Rule("none; required when mail is sent"),
    ),
    setting("NOTIFIER_MAIL_REPLY_TO", "Where replies go.", Rule("the sender")),
    setting(
        "NOTIFIER_MAIL_LIMIT",
        "What the mail service takes, such as `30/min,100/h`; held across all processes.",
        Rule("none; for Communication Services its published default"),
    ),
    setting(
        "NOTIFIER_PUBLIC_URL",
        "The base of every link in a message.",
        Rule("`https://$WEBSITE_HOSTNAME`"),
    ),
    secret(
        "NOTIFIER_LINK_KEYS",
        "Keys that sign links: `name:base64key`, several with commas. The first one signs, all verify.",
        Rule("none; required when links are sent"),
    ),
    setting(
        "NOTIFIER_AUDIT_CONTAINER",
        "The https address of a blob container to which the end of the audit trail is added whenever it moved.",
        Rule("none; it is only logged"),
    ),
    setting(
        "NOTIFIER_ALLOW_PRIVATE_WEBHOOKS",
        "`1` lets webhook addresses be http or private, for tests.",
        Rule("off"),
    ),
    setting(
        "NOTIFIER_OPERATORS",
        "The addresses of the operators, with commas. They are the fallback of the built-in configuration, a dry run, \
         which the app has until there is a file at `NOTIFIER_CONFIG`.",
        Rule("none; without a configuration nothing runs"),
    ),
    setting(
        "NOTIFIER_LOG",
        "What is logged: a level, and levels of parts of the program: `info,maintenance_notifier=debug`. What alerts search \
         for is logged by the app in any case. Commands log from `warn` on without it.",
        Value("info"),
    ),
    setting(
        "NOTIFIER_LOG_ADDRESSES",
        "`1` writes addresses of people into the log of the app, in place of pseudonyms; `person export` says which \
         pseudonym is whose.",
        Rule("off"),
    ),
    setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "Where an OpenTelemetry collector takes OTLP over HTTP, such as `https://otel.contoso.com:4318`; metrics go to \
         `/v1/metrics` below it.",
        Rule("none; no metrics are sent"),
    ),
    setting(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "The whole address for metrics, where it is another one.",
        Rule("none"),
    ),
    secret(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "What the collector wants with each request: `name=value`, several with commas.",
        Rule("none"),
    ),
    setting("OTEL_EXPORTER_OTLP_PROTOCOL", "Only `http/protobuf` is spoken.", Value("http/protobuf")),
    setting(
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "What sums count from: `delta` (the last export), or `cumulative` (the start of the process) for collectors that \
         take nothing else.",
        Value("delta"),
    ),
    setting("OTEL_SERVICE_NAME", "The service's name in the metrics.", Value("maintenance-notifier")),
    setting(
        "OTEL_RESOURCE_ATTRIBUTES",
        "Further attributes of the service: `name=value`, several with commas.",
        Rule("none"),
    ),
    setting(
        "COLLECT_SCHEDULE",
        "When Azure is asked what is planned, as NCRONTAB in UTC.",
        Value("0 */15 * * * *"),
    ),
    setting("SWEEP_SCHEDULE", "When the next slice of all machines is looked at.", Value("0 7 * * * *")),
    setting("PLAN_SCHEDULE", "When messages are planned and sent.", Value("30 * * * * *")),
    setting("FOLLOW_SCHEDULE", "When started maintenance is followed.", Value("0 * * * * *")),
    secret(
        "AzureWebJobsStorage",
        "The storage account's connection string; `UseDevelopmentStorage=true` for the emulator.",
        Rule("set by Azure"),
    ),
    setting(
        "AzureWebJobsStorage__accountName",
        "The storage account's name, when the app's identity is used.",
        Rule("set by Azure"),
    ),
    setting(
        "AzureWebJobsStorage__tableServiceUri",
        "The address of its tables, when the app's identity is used.",
        Rule("set by Azure"),
    ),
    setting(
        "AzureWebJobsStorage__clientId",
        "The client id of the user-assigned identity for that account.",
        Rule("`NOTIFIER_CLIENT_ID`"),
    ),
    setting("IDENTITY_ENDPOINT", "Where the managed identity's tokens come from.", Rule("set by Azure")),
    secret("IDENTITY_HEADER", "What has to be sent there.", Rule("set by Azure")),
    setting(
        "WEBSITE_AUTH_ENABLED",
        "Whether Easy Auth guards the app. Headers that name a person are believed only when it does.",
        Rule("set by Azure"),
    ),
    setting("WEBSITE_HOSTNAME", "The app's host name.", Rule("set by Azure")),
    setting(
        "FUNCTIONS_CUSTOMHANDLER_PORT",
        "The port on which the Functions host expects the program.",
        Rule("set by Azure"),
    ),
];

/// The default value of `name`; empty when it has none.
pub fn default_of(name: &str) -> &'static str {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    match setting.map(|setting| setting.default) {
        Some(Value(value)) => value,
        Some(Rule(_)) | None => "",
    }
}

/// Warnings about names that begin with `NOTIFIER_` and are none of [`SETTINGS`].
pub fn unknown(environment: &Environment) -> Vec<Finding> {
    let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    let is_known = |name: &str| {
        SETTINGS.iter().any(|setting| {
            setting.name == name || setting.secret && name.strip_suffix("_FILE") == Some(setting.name)
        })
    };
    environment
        .names()
        .filter(|name| name.starts_with("NOTIFIER_") && !is_known(name))
        .map(|name| {
            let finding = Finding::warning(name, "is no setting and has no effect");
            match suggest::nearest(name, known.iter().copied()) {
                Some(near) => finding.hint(format!("did you mean `{near}`?")),
                None => finding,
            }
        })
        .collect()
}
