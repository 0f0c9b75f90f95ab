//! `check --live`: reaches every service that the settings name, and sends nothing. One line for each thing.

use std::sync::Arc;

use serde::Serialize;

use super::super::args::{CheckOptions, Format};
use super::super::{CommandOutcome, output};
use super::conclusion::conclusion;
use crate::clock::{SharedClock, SystemClock};
use crate::config::parse::Secrets;
use crate::config::{Configuration, Environment, Settings, load};
use crate::deliver::{Webhook, WebhookPolicy};
use crate::domain::directory::DirectoryQuery;
use crate::startup::connectivity::{self, CheckState, LiveCheck, bounded};
use crate::startup::{self, ConfigSource, Vaults};

#[derive(Serialize)]
struct LiveReport<'checked> {
    ok: bool,
    checks: &'checked [LiveCheck],
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
        async {
            connectivity::store(startup::open_store(settings).await.map_err(|error| error.to_string())).await
        },
        connectivity::mail(settings, configuration.as_ref().is_none_or(has_address), &clock),
        directory(settings, configuration.as_ref(), &clock),
        webhooks(settings, configuration.as_ref()),
    );
    lines.extend(azure);
    lines.extend([store, mail]);
    lines.extend(directory);
    lines.extend(webhooks);

    print(options.output.format, &lines)
}

/// Prints what was tried, and says whether all of it went well.
pub(super) fn print(format: Format, lines: &[LiveCheck]) -> anyhow::Result<CommandOutcome> {
    let ok = lines.iter().all(|line| line.state != CheckState::Failed);
    match format {
        Format::Json => output::json(&LiveReport { ok, checks: lines })?,
        Format::Text => output::data(&lines.iter().map(LiveCheck::render).collect::<Vec<_>>().join("\n"))?,
    }
    Ok(if ok { CommandOutcome::Done } else { CommandOutcome::Failed })
}

async fn azure(settings: &Settings, clock: &SharedClock) -> Vec<LiveCheck> {
    let arm = startup::arm_client(settings, settings.identity.clone(), clock);
    let arm = arm.map_err(|error| error.to_string());
    connectivity::azure(arm, &settings.arm.audience, &startup::scope(settings)).await
}

/// A recipient with an address, or no recipients that are known, needs a mail service.
fn has_address(configuration: &Configuration) -> bool {
    configuration.policy.recipients.values().any(|recipient| !recipient.emails.is_empty())
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
