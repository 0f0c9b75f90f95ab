//! `check --against FILE`: who would gain and lose which machines and messages under another configuration.
//!
//! The state is copied into memory once for each configuration, and the code that routes, assigns and plans for real
//! does so on each copy. What differs is printed; nothing is written or sent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::super::args::{CheckOptions, Format};
use super::super::tables::{table, text as table_text};
use super::super::words::counted;
use super::super::{CommandOutcome, output};
use crate::clock::{Clock, SystemClock};
use crate::config::configuration::Mode;
use crate::config::parse::Secrets;
use crate::config::{Environment, Settings, load};
use crate::domain::reason::Reason;
use crate::domain::recipient_name::RecipientName;
use crate::domain::window::WindowId;
use crate::render::reason_sentence;
use crate::services::App;
use crate::services::all_recipients::all_recipients;
use crate::services::planning_input::read_tenant;
use crate::services::replay::{next_message, prepare};
use crate::startup::{self, ConfigSource};
use crate::store::document::{Document, export};
use crate::store::repository::RecipientNamesRow;
use crate::store::{Repository, SharedStore, SqliteStore};

/// What `check --against --format json` prints.
#[derive(Debug, Serialize)]
struct ComparisonReport {
    /// The configuration that is compared with.
    now: Version,
    then: Version,
    windows: usize,
    recipients: Vec<Difference>,
}

/// One of the two configurations.
#[derive(Debug, Clone, Serialize)]
struct Version {
    file: String,
    version: String,
    /// `live`, `pilot` or `dry-run`.
    mode: &'static str,
}

/// What differs for one recipient.
#[derive(Debug, Serialize)]
struct Difference {
    recipient: String,
    gained: Vec<ComparedMachine>,
    lost: Vec<ComparedMachine>,
    /// What they would be sent first.
    message_now: Option<Message>,
    message_then: Option<Message>,
}

/// One machine, with why it is or was theirs.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ComparedMachine {
    name: String,
    window: WindowId,
    reasons: Vec<Reason>,
}

/// The first message, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Message {
    kind: &'static str,
    machines: usize,
    /// During a pilot: that it goes to whoever watches it.
    diverted: bool,
    endpoints: Vec<String>,
}

/// What holds under one configuration.
struct Side {
    version: Version,
    /// Under which names recipients are kept by it.
    names: RecipientNamesRow,
    windows: BTreeSet<WindowId>,
    machines: BTreeMap<RecipientName, BTreeMap<WindowId, Vec<Reason>>>,
    messages: BTreeMap<RecipientName, Message>,
}

/// Compares and prints.
pub(super) async fn run(
    options: &CheckOptions,
    against: &Path,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let place = match &options.file {
        Some(file) => ConfigSource::file(file),
        None => ConfigSource::new(&settings)?,
    };
    let mut state = Vec::new();
    export(&*startup::open_store(&settings).await?.store(), &mut state).await?;
    let state = String::from_utf8(state)?;
    let now = side(&settings, &place, &state).await?;
    let then = side(&settings, &ConfigSource::file(against), &state).await?;
    let now = under_names_of(now, &then);
    let report = compare(&now, &then);
    match options.output.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::data(&text(&report))?,
    }
    Ok(CommandOutcome::Done)
}

async fn side(settings: &Settings, place: &ConfigSource, state: &str) -> anyhow::Result<Side> {
    let at = SystemClock.now();
    let text = place.text().await.map_err(|finding| place.invalid(finding))?;
    // Addresses of flows do not decide who is notified.
    let configuration = load::from_text(place.name(), &text, Secrets::Leave, at)?;
    let mode = match configuration.safety.mode {
        Mode::Live => "live",
        Mode::DryRun => "dry-run",
        Mode::Pilot { .. } => "pilot",
    };
    let store: SharedStore = Arc::new(SqliteStore::in_memory()?);
    Document::parse(state)?.import(&*store).await?;
    let app = startup::rehearsal(settings, configuration, Repository::new(store), at)?;
    prepare(&app).await?;
    let version = Version { file: place.name().to_owned(), version: app.policy().version.0.clone(), mode };
    held(&app, version).await
}

/// Who holds which machines, and what they would be sent first.
async fn held(app: &App, version: Version) -> anyhow::Result<Side> {
    let tenant = read_tenant(app, app.clock.now()).await?;
    let (names, _) = app.repository.recipient_names().await?;
    let mut side = Side {
        version,
        names,
        windows: BTreeSet::new(),
        machines: BTreeMap::new(),
        messages: BTreeMap::new(),
    };
    for name in all_recipients(app).await? {
        let state = app.repository.state(&name).await?;
        let theirs = state.assignments.into_iter();
        let theirs = theirs.filter(|theirs| theirs.withdrawn.is_none() && theirs.window.is_open());
        let machines: BTreeMap<_, _> =
            theirs.map(|theirs| (theirs.window.id.clone(), theirs.reasons.clone())).collect();
        side.windows.extend(machines.keys().cloned());
        if let Some((message, content)) = next_message(app, &name, &tenant).await? {
            let message = Message {
                kind: message.kind.as_str(),
                machines: content.items.len(),
                diverted: message.diverted,
                endpoints: message.endpoints.iter().map(|endpoint| endpoint.key()).collect(),
            };
            side.messages.insert(name.clone(), message);
        }
        side.machines.insert(name, machines);
    }
    Ok(side)
}

/// What holds now under the names that recipients would have then: a name alone is no difference.
fn under_names_of(now: Side, then: &Side) -> Side {
    let present = |name: RecipientName| then.names.present(&name).clone();
    let mut side = Side { machines: BTreeMap::new(), messages: BTreeMap::new(), ..now };
    for (name, machines) in now.machines {
        side.machines.entry(present(name)).or_default().extend(machines);
    }
    side.messages = now.messages.into_iter().map(|(name, message)| (present(name), message)).collect();
    side
}

fn compare(now: &Side, then: &Side) -> ComparisonReport {
    let none = BTreeMap::new();
    let names: BTreeSet<&RecipientName> = now.machines.keys().chain(then.machines.keys()).collect();
    let differences = names.into_iter().filter_map(|name| {
        let [now_held, then_held] = [now, then].map(|side| side.machines.get(name).unwrap_or(&none));
        let difference = Difference {
            recipient: name.to_string(),
            gained: only_in(then_held, now_held),
            lost: only_in(now_held, then_held),
            message_now: now.messages.get(name).cloned(),
            message_then: then.messages.get(name).cloned(),
        };
        let same = difference.gained.is_empty()
            && difference.lost.is_empty()
            && difference.message_now == difference.message_then;
        (!same).then_some(difference)
    });
    ComparisonReport {
        now: now.version.clone(),
        then: then.version.clone(),
        windows: now.windows.union(&then.windows).count(),
        recipients: differences.collect(),
    }
}

fn only_in(
    these: &BTreeMap<WindowId, Vec<Reason>>,
    those: &BTreeMap<WindowId, Vec<Reason>>,
) -> Vec<ComparedMachine> {
    let only = these.iter().filter(|(id, _)| !those.contains_key(id));
    let machine = |(id, reasons): (&WindowId, &Vec<Reason>)| ComparedMachine {
        name: id.resource.display_name(),
        window: id.clone(),
        reasons: reasons.clone(),
    };
    only.map(machine).collect()
}

fn text(report: &ComparisonReport) -> String {
    let side = |side: &Version| format!("{}, {}, version {}", side.file, side.mode, side.version);
    let mut parts = vec![
        format!("Now   {}", side(&report.now)),
        format!("Then  {}", side(&report.then)),
        format!("Of    {}", counted(report.windows, "open window")),
    ];
    for side in [&report.now, &report.then].into_iter().filter(|side| side.mode == "dry-run") {
        parts.push(format!("Under {} nothing leaves: messages stay in the outbox.", side.file));
    }
    if report.recipients.is_empty() {
        parts.push("\nNobody gains or loses anything.".to_owned());
        return parts.join("\n");
    }
    let mut rows = table(&["Recipient", "Gains", "Loses", "First message now", "First message then"]);
    for difference in &report.recipients {
        rows.add_row([
            difference.recipient.clone(),
            difference.gained.len().to_string(),
            difference.lost.len().to_string(),
            message(difference.message_now.as_ref()),
            message(difference.message_then.as_ref()),
        ]);
    }
    parts.push(format!("\n{}", table_text(&rows)));
    for difference in &report.recipients {
        for (verb, machines) in [("gains", &difference.gained), ("loses", &difference.lost)] {
            if !machines.is_empty() {
                parts.push(format!("\n{} {verb}", difference.recipient));
                parts.extend(machines.iter().map(line));
            }
        }
    }
    parts.join("\n")
}

fn message(message: Option<&Message>) -> String {
    match message {
        None => "–".to_owned(),
        Some(message) => {
            let diverted = if message.diverted { ", diverted" } else { "" };
            format!("{}, {}{diverted}", message.kind, counted(message.machines, "machine"))
        }
    }
}

fn line(machine: &ComparedMachine) -> String {
    let reasons: Vec<String> = machine.reasons.iter().map(reason_sentence).collect();
    format!("  {}: {}", machine.name, reasons.join(" "))
}
