//! `check --live`: reaches every service that the settings name, and sends nothing. One line for each thing.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use super::super::args::{CheckOptions, Format};
use super::super::{CommandOutcome, output};
use super::conclusion::conclusion;
use crate::azure::ArmClient;
use crate::azure::compute::{MachineRead, read_machine, some_machine};
use crate::azure::observe::{WatchScope, find_candidates};
use crate::azure::subscriptions::list_subscriptions;
use crate::clock::{SharedClock, SystemClock};
use crate::config::parse::Secrets;
use crate::config::{Configuration, Environment, Settings, load};
use crate::deliver::{Webhook, WebhookPolicy};
use crate::domain::directory::DirectoryQuery;
use crate::domain::resource::SubscriptionId;
use crate::startup::{self, ConfigSource, Vaults};

/// No service is waited for longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// In so many subscriptions a machine is looked for.
const SUBSCRIPTIONS: usize = 5;

/// What is said when something fails that depends on a role.
const ROLES: &str = "a role that was given lately can take hours to show, because tokens are kept";

/// How one thing went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum CheckState {
    Ok,
    Failed,
    NotTried,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct LiveCheck {
    what: String,
    state: CheckState,
    found: String,
}

#[derive(Serialize)]
struct LiveReport<'checked> {
    ok: bool,
    checks: &'checked [LiveCheck],
}

impl LiveCheck {
    fn not_tried(what: &str, why: &str) -> Self {
        Self { what: what.to_owned(), state: CheckState::NotTried, found: why.to_owned() }
    }

    /// What came of trying, in one line whatever others said.
    fn of(what: impl Into<String>, tried: Result<String, String>) -> Self {
        let (state, found) = match tried {
            Ok(found) => (CheckState::Ok, found),
            Err(problem) => (CheckState::Failed, problem),
        };
        let found = found.lines().map(str::trim).collect::<Vec<_>>().join("; ");
        Self { what: what.into(), state, found: found.replace(char::is_control, " ") }
    }

    fn render(&self) -> String {
        let state = match self.state {
            CheckState::Ok => "ok",
            CheckState::Failed => "failed",
            CheckState::NotTried => "not tried",
        };
        format!("{state:<9}  {}: {}", self.what, self.found)
    }
}

/// Tries everything and prints it.
pub(super) async fn run(
    options: &CheckOptions,
    environment: &Environment,
    settings: &Settings,
) -> anyhow::Result<CommandOutcome> {
    let clock: SharedClock = Arc::new(SystemClock);
    let place = match &options.file {
        Some(file) => ConfigSource::file(file),
        None => ConfigSource::new(settings)?,
    };
    let (mut lines, configuration) = configuration(&place, environment, settings, &clock).await;
    let (azure, store, mail, directory, webhooks) = tokio::join!(
        azure(settings, &clock),
        store(settings),
        mail(settings, configuration.as_ref(), &clock),
        directory(settings, configuration.as_ref(), &clock),
        webhooks(settings, configuration.as_ref()),
    );
    lines.extend(azure);
    lines.extend([store, mail]);
    lines.extend(directory);
    lines.extend(webhooks);

    let ok = lines.iter().all(|line| line.state != CheckState::Failed);
    match options.output.format {
        Format::Json => output::json(&LiveReport { ok, checks: &lines })?,
        Format::Text => output::data(&lines.iter().map(LiveCheck::render).collect::<Vec<_>>().join("\n"))?,
    }
    Ok(if ok { CommandOutcome::Done } else { CommandOutcome::Failed })
}

/// Waits for an answer, but not for ever.
async fn bounded<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(PATIENCE, answer)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} seconds", PATIENCE.as_secs())))
}

/// The configuration, and each secret of a Key Vault that it names. One that cannot be read keeps nobody from trying
/// the rest.
async fn configuration(
    place: &ConfigSource,
    environment: &Environment,
    settings: &Settings,
    clock: &SharedClock,
) -> (Vec<LiveCheck>, Option<Configuration>) {
    let name = place.name();
    let what = "configuration";
    let text = match place.text().await {
        Ok(text) => text,
        Err(finding) => return (vec![LiveCheck::of(what, Err(finding.render(Some(name))))], None),
    };
    let vault = Vaults::new(settings).secrets(&text, clock.now()).await;
    let read = vault.answers.iter().map(|(secret, answer)| {
        let tried = answer.as_ref().map(|_| "it was read".to_owned());
        LiveCheck::of(
            format!("Key Vault, {secret}"),
            tried.map_err(|problem| format!("{}; {}", problem.problem, problem.hint)),
        )
    });
    let read: Vec<LiveCheck> = read.collect();
    let vault = vault.without_failures();
    let allow_private = settings.allow_private_webhooks;
    let secrets = Secrets::Resolve { environment, vault: &vault, allow_private };
    let examined = load::examine(&text, secrets, clock.now());
    let (errors, warnings) = load::count(&examined.findings);
    let said = conclusion(name, examined.configuration.as_ref(), errors, warnings);
    let tried = match &examined.configuration {
        Some(_) => Ok(said),
        None => Err(format!("{name} has {said}; hint: `maintenance-notifier check` says what is wrong")),
    };
    let mut lines = vec![LiveCheck::of(what, tried)];
    lines.extend(read);
    (lines, examined.configuration)
}

/// A token, the subscriptions, Resource Graph, a machine: each needs the one before.
async fn azure(settings: &Settings, clock: &SharedClock) -> Vec<LiveCheck> {
    const STEPS: [&str; 4] = ["sign-in to Azure", "subscriptions", "Resource Graph", "a machine"];
    let scope = startup::scope(settings);
    let mut lines = Vec::new();
    let tried = async {
        let arm = startup::arm_client(settings, settings.identity.clone(), clock)
            .map_err(|error| error.to_string());
        let token =
            bounded(async { arm.clone()?.try_token().await.map_err(|error| error.to_string()) }).await;
        lines.push(LiveCheck::of(
            STEPS[0],
            token.clone().map(|()| format!("a token for {}", settings.arm.audience)),
        ));
        let (Ok(arm), Ok(())) = (arm, token) else { return };

        let seen = bounded(async { list_subscriptions(&arm).await.map_err(|error| error.to_string()) }).await;
        let found = bounded(async { find_candidates(&arm, &scope).await.map_err(|error| error.to_string()) });
        let found = match seen {
            Err(problem) => {
                lines.push(LiveCheck::of(STEPS[1], Err(format!("{problem}; {ROLES}"))));
                return;
            }
            Ok(_) => found.await,
        };
        let watched = match &found {
            Ok(found) => {
                lines.push(LiveCheck::of(STEPS[1], visible(&scope, found)));
                if found.subscriptions.is_empty() {
                    // Nobody was asked about nothing.
                    return;
                }
                lines.push(LiveCheck::of(
                    STEPS[2],
                    Ok(format!("it answered, with {} rows of maintenance", found.rows)),
                ));
                found.subscriptions.iter().map(|subscription| subscription.id.clone()).collect()
            }
            Err(problem) => {
                lines.push(LiveCheck::of(STEPS[1], Ok("the list can be read".to_owned())));
                lines.push(LiveCheck::of(STEPS[2], Err(format!("{problem}; {ROLES}"))));
                Vec::new()
            }
        };
        lines.push(a_machine(&arm, &watched).await);
    };
    tried.await;
    let missing = STEPS.iter().skip(lines.len());
    let missing: Vec<LiveCheck> =
        missing.map(|step| LiveCheck::not_tried(step, "what comes before it failed")).collect();
    lines.extend(missing);
    lines
}

/// How many subscriptions are watched. One that is named and cannot be seen is an error.
fn visible(scope: &WatchScope, found: &crate::azure::observe::CandidateList) -> Result<String, String> {
    let count = found.subscriptions.len();
    if found.unseen.is_empty() {
        return Ok(format!("{count} can be read"));
    }
    let unseen: Vec<String> =
        found.unseen.iter().map(|unseen| format!("{}: {}", unseen.scope, unseen.reason)).collect();
    let named = if *scope == WatchScope::All { "" } else { " of those that NOTIFIER_SUBSCRIPTIONS names" };
    Err(format!("{count}{named} can be read; {}; {ROLES}", unseen.join("; ")))
}

/// The first machine that is met is read with its instance view.
async fn a_machine(arm: &ArmClient, watched: &[SubscriptionId]) -> LiveCheck {
    const WHAT: &str = "a machine";
    for subscription in watched.iter().take(SUBSCRIPTIONS) {
        let id =
            match bounded(async { some_machine(arm, subscription).await.map_err(|error| error.to_string()) })
                .await
            {
                Ok(Some(id)) => id,
                Ok(None) => continue,
                Err(problem) => {
                    return LiveCheck::of(
                        WHAT,
                        Err(format!("machines of {subscription}: {problem}; {ROLES}")),
                    );
                }
            };
        let name = id.display_name();
        let read = bounded(async {
            match read_machine(arm, &id).await {
                MachineRead::Machine(_) => Ok(format!("the instance view of {name} can be read")),
                MachineRead::Gone => Ok(format!("{name} was there and is gone")),
                MachineRead::Unseen(problem) => {
                    Err(format!("the instance view of {name}: {problem}; {ROLES}"))
                }
                MachineRead::Unreadable(record) => {
                    Err(format!("the instance view of {name} is not understood: {}", record.problem))
                }
            }
        });
        return LiveCheck::of(WHAT, read.await);
    }
    let looked = watched.len().min(SUBSCRIPTIONS);
    LiveCheck::not_tried(WHAT, &format!("none in the {looked} subscriptions that were looked at"))
}

async fn store(settings: &Settings) -> LiveCheck {
    let tried = bounded(async {
        let repository = startup::open_store(settings).await.map_err(|error| error.to_string())?;
        match repository.try_using().await {
            Ok(()) => Ok("a row was written, read and deleted".to_owned()),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                Err(format!("{error}{}", cause.unwrap_or_default()))
            }
        }
    });
    LiveCheck::of("store", tried.await)
}

/// A recipient with an address, or no recipients that are known, needs a mail service.
async fn mail(settings: &Settings, configuration: Option<&Configuration>, clock: &SharedClock) -> LiveCheck {
    let what = "mail";
    let has_address = |configuration: &Configuration| {
        configuration.policy.recipients.values().any(|recipient| !recipient.emails.is_empty())
    };
    let is_named = settings.mail_service.is_some() || settings.outbox.is_some();
    if !is_named && !configuration.is_none_or(has_address) {
        return LiveCheck::not_tried(what, "no mail service is set, and no recipient has an address");
    }
    let tried = match startup::mail_transport(settings, clock) {
        Ok(transport) => bounded(transport.try_reaching()).await,
        Err(error) => Err(error.to_string()),
    };
    LiveCheck::of(what, tried)
}

/// The directory, where names are looked up in it: by asking for one that nobody has.
async fn directory(
    settings: &Settings,
    configuration: Option<&Configuration>,
    clock: &SharedClock,
) -> Option<LiveCheck> {
    configuration.filter(|configuration| configuration.policy.owners.directory)?;
    let tried = bounded(async {
        let client = startup::directory_client(settings, clock).map_err(|error| error.to_string())?;
        let nobody = DirectoryQuery::Name { name: "maintenance-notifier check".to_owned() };
        client.ask(&nobody).await.map_err(|error| error.to_string())?;
        Ok("people and groups can be looked up".to_owned())
    });
    Some(LiveCheck::of("directory", tried.await))
}

/// Each recipient's flow, one after the other: they are few, and nobody is hurried.
async fn webhooks(settings: &Settings, configuration: Option<&Configuration>) -> Vec<LiveCheck> {
    let Some(configuration) = configuration else {
        return vec![LiveCheck::not_tried("Teams", "the configuration is of no use")];
    };
    let policy =
        if settings.allow_private_webhooks { WebhookPolicy::AllowPrivate } else { WebhookPolicy::PublicOnly };
    let named = configuration.webhooks.iter().map(|(name, address)| (name.to_string(), address));
    let person = configuration.person_webhook.iter().map(|address| ("persons".to_owned(), address));
    let mut lines = Vec::new();
    for (name, address) in named.chain(person) {
        let what = format!("Teams flow of {name}");
        if settings.outbox.is_some() {
            lines.push(LiveCheck::not_tried(&what, "NOTIFIER_OUTBOX is set, so cards go into the folder"));
            continue;
        }
        let tried = bounded(async {
            let webhook = Webhook::parse(address, policy).map_err(|error| error.to_string())?;
            webhook.try_reaching().await
        });
        lines.push(LiveCheck::of(what, tried.await));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_others_say() {
        let line = LiveCheck::of("store", Err("no\n  hint: try\r\n\u{1b}[31magain".to_owned()));
        insta::assert_snapshot!(line.render(), @"failed     store: no; hint: try;  [31magain");
    }
}
