//! `audit`: who did what, when, and what became of it; and whether the record is as it was written.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::args::{AuditCommand, AuditOptions, Format};
use super::tables::{table, text};
use super::words::{minute, plain};
use super::{CommandOutcome, moment, output};
use crate::config::{Environment, Settings};
use crate::domain::action::audit::{AuditAction, AuditChain, AuditEntry, AuditHead, ChainBreak, anchored};
use crate::domain::resource::ResourceId;
use crate::startup::{audit_container, link_keys, open_store};
use crate::store::StoreError;
use crate::store::repository::Repository;

/// How many entries are read at a time: memory does not grow with the trail.
const PAGE: usize = 500;

/// Result of checking the trail, for programs.
#[derive(Debug, serde::Serialize)]
struct AuditReport {
    entries: u64,
    /// How many ends were anchored elsewhere, and compared.
    anchors: Option<usize>,
    last: AuditHead,
    /// The end of the trail as the store has it.
    head: AuditHead,
    broken: Option<String>,
}

/// Prints the trail, or checks it.
pub(super) async fn run(options: &AuditOptions, environment: &Environment) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let since = options
        .since
        .as_deref()
        .map(|text| moment::parse_since(text, crate::domain::time_zone::Tz::UTC))
        .transpose();
    let since = match since {
        Ok(since) => since,
        Err(problem) => {
            output::note(&format!("error: --since: {problem}"));
            return Ok(CommandOutcome::Invalid);
        }
    };
    let repository = open_store(&settings).await?;
    match &options.action {
        Some(AuditCommand::Verify { output }) => verify(&settings, &repository, output.format).await,
        None => print(&repository, since, options.output.format).await,
    }
}

async fn print(
    repository: &Repository,
    since: Option<DateTime<Utc>>,
    format: Format,
) -> anyhow::Result<CommandOutcome> {
    let (mut outcome, mut printed) = (CommandOutcome::Done, false);
    let mut first = 1;
    loop {
        let page = repository.audit_page(first, PAGE).await?;
        if !page.unreadable.is_empty() {
            outcome = CommandOutcome::Failed;
            unreadable(&page.unreadable);
        }
        let Some(last) = page.values().last() else { break };
        first = last.sequence + 1;
        let wanted = |entry: &&AuditEntry| since.is_none_or(|since| entry.event.at >= since);
        let entries: Vec<&AuditEntry> = page.values().filter(wanted).collect();
        if entries.is_empty() {
            continue;
        }
        match format {
            Format::Json => {
                for entry in entries {
                    output::json_line(entry)?;
                }
            }
            Format::Text => output::data(&as_table(&entries))?,
        }
        printed = true;
    }
    if !printed && format == Format::Text {
        output::note("Nothing was recorded.");
    }
    Ok(outcome)
}

fn unreadable(errors: &[StoreError]) {
    for error in errors {
        output::note(&format!("error: an entry cannot be read: {error}"));
    }
}

fn as_table(entries: &[&AuditEntry]) -> String {
    let mut table = table(&["No.", "When (UTC)", "Who", "Machine", "What"]);
    for entry in entries {
        let event = &entry.event;
        let machine = event.window.as_ref().map(|window| window.resource.display_name());
        table.add_row([
            entry.sequence.to_string(),
            event.at.format("%Y-%m-%d %H:%M:%S").to_string(),
            plain(event.actor.name()),
            machine.unwrap_or_else(|| "–".to_owned()),
            plain(&match &entry.replaced {
                Some(note) => format!(
                    "{} (rewritten {} to forget {})",
                    words(&event.action),
                    minute(note.at),
                    note.person
                ),
                None => words(&event.action),
            }),
        ]);
    }
    text(&table)
}

/// An action in words. The start's number leads from one entry to the next.
fn words(action: &AuditAction) -> String {
    match action {
        AuditAction::Responded { response, detail: Some(detail) } => format!("said {response}: {detail}"),
        AuditAction::Responded { response, detail: None } => format!("said {response}"),
        AuditAction::Decided { start, begins } => {
            format!("decided start {} for {}", short(start.as_str()), minute(*begins))
        }
        AuditAction::Declined { reason } => format!("was refused: {reason}"),
        AuditAction::CalledOff { start } => format!("called off start {}", short(start.as_str())),
        AuditAction::Claimed { start } => format!("start {} goes to Azure", short(start.as_str())),
        AuditAction::Accepted { start, correlation } => {
            let number = correlation.as_deref().map(|number| format!(" as {number}")).unwrap_or_default();
            format!("Azure accepted start {}{number}", short(start.as_str()))
        }
        AuditAction::Settled { start, outcome } => {
            let outcome = serde_json::to_value(outcome).unwrap_or_default();
            let was = outcome.get("was").and_then(|was| was.as_str()).unwrap_or("?").replace('-', " ");
            let said = ["code", "message"].iter().filter_map(|part| outcome.get(part)?.as_str());
            let said: String = said.map(|part| format!(": {part}")).collect();
            format!("start {} ended: {was}{said}", short(start.as_str()))
        }
        AuditAction::Revoked { links } => format!("withdrew {links}"),
        AuditAction::NamedHours { scope, hours } => format!("named the hours {hours} for {}", what(scope)),
        AuditAction::RemovedHours { scope, hours } => {
            format!("removed the hours {hours} for {}", what(scope))
        }
        AuditAction::Muted { scope, until, reason } => {
            format!("silenced {} until {}: {reason}", what(scope), minute(*until))
        }
        AuditAction::MuteEnded { scope } => format!("ended the silence about {}", what(scope)),
        AuditAction::Digests { wanted: true } => "wants digests again".to_owned(),
        AuditAction::Digests { wanted: false } => "wants no digests any more".to_owned(),
        AuditAction::Plan { plan, turn, detail } => {
            let detail = detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            format!("rolling plan {} was {turn}{detail}", short(plan.as_str()))
        }
        AuditAction::Forgotten { person, entries } => {
            let numbers: Vec<String> = entries.iter().map(|entry| entry.sequence.to_string()).collect();
            format!("forgot a person, now {person}, in the entries {}", numbers.join(", "))
        }
        AuditAction::Checkpoint { through, .. } => {
            format!("entries up to {through} were removed, as retention says")
        }
    }
}

/// What something reaches: a machine by its name, as people know it.
fn what(scope: &str) -> String {
    scope.parse::<ResourceId>().map_or_else(|_| scope.to_owned(), |id| id.display_name())
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// The ends that were anchored, in order; `None` where they cannot be had. Of one number there is one, unless somebody
/// wrote the trail anew and had that anchored, too.
async fn anchors(settings: &Settings) -> anyhow::Result<Option<BTreeSet<(u64, String)>>> {
    let Some(container) = audit_container(settings)? else { return Ok(None) };
    match container.names().await {
        Ok(names) => {
            let heads = names.iter().filter_map(|name| anchored(name));
            Ok(Some(heads.map(|head| (head.sequence, head.hash)).collect()))
        }
        Err(error) => {
            output::note(&format!("warning: what was anchored could not be listed: {error}"));
            Ok(None)
        }
    }
}

async fn verify(
    settings: &Settings,
    repository: &Repository,
    format: Format,
) -> anyhow::Result<CommandOutcome> {
    // What was anchored first, then the head: what is appended meanwhile lies behind it.
    let anchors = anchors(settings).await?;
    let agrees = |sequence: u64, hash: &str| {
        let of_entry = (sequence, String::new())..(sequence + 1, String::new());
        let mut known = anchors.iter().flat_map(|anchors| anchors.range(of_entry.clone()));
        known.all(|(_, known)| known == hash)
    };
    // A checkpoint speaks for the entries that are gone: what was anchored of them tells whether it is right.
    let is_anchored = |entry: &AuditEntry| {
        let removed = match &entry.event.action {
            AuditAction::Checkpoint { through, hash } => agrees(*through, hash),
            _ => true,
        };
        removed && agrees(entry.sequence, &entry.hash)
    };
    let head = repository.audit_head().await?;
    let mut chain = AuditChain::default().checking(&link_keys(settings));
    let (mut entries, mut problem) = (0, None);
    while problem.is_none() && chain.last().sequence < head.sequence {
        let page = repository.audit_page(chain.last().sequence + 1, PAGE).await?;
        if page.rows.is_empty() {
            unreadable(&page.unreadable);
            break;
        }
        for entry in page.values().take_while(|entry| entry.sequence <= head.sequence) {
            let followed = match is_anchored(entry) {
                true => chain.follow(entry),
                false => Err(ChainBreak::Rewritten(entry.sequence)),
            };
            if let Err(broken) = followed {
                unreadable(&page.unreadable);
                problem = Some(broken);
                break;
            }
            entries += 1;
        }
    }
    let last = chain.last().clone();
    let problem: Option<ChainBreak> = problem.or_else(|| chain.end(&head).err()).or_else(|| {
        let expected = anchors.as_ref()?.last()?.0;
        (expected > last.sequence).then_some(ChainBreak::Cut { found: last.sequence, expected })
    });
    let anchors = anchors.map(|anchors| anchors.len());
    let report =
        AuditReport { entries, anchors, last, head, broken: problem.as_ref().map(ToString::to_string) };
    match (format, &report.broken) {
        (Format::Json, _) => output::json(&report)?,
        (Format::Text, None) if report.entries == 0 => output::data("Nothing was recorded.")?,
        (Format::Text, None) => output::data(&format!(
            "The trail is whole: {}, the last one is {} with the hash {}.",
            counted(report.entries),
            report.head.sequence,
            report.head.hash
        ))?,
        (Format::Text, Some(_)) => {}
    }
    match (format, report.anchors) {
        (Format::Json, _) => {}
        (Format::Text, Some(count)) => {
            output::note(&format!("Compared with what was anchored in the container, {count} times."))
        }
        (Format::Text, None) => output::note(
            "Not compared with what was anchored: whoever may write to the store could have written all of it anew.",
        ),
    }
    if let Some(broken) = &report.broken {
        output::note(&format!("error: the trail is broken: {broken}"));
        output::note(&format!(
            "Good up to entry {} with the hash {}.",
            report.last.sequence, report.last.hash
        ));
        return Ok(CommandOutcome::Failed);
    }
    Ok(CommandOutcome::Done)
}

fn counted(entries: u64) -> String {
    if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") }
}
