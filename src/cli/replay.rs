//! `replay`: what would be sent from an exported state at a given time. The same document, time, settings and
//! configuration give the same bytes, on every machine.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::{Format, ReplayOptions};
use super::words::counted;
use super::{CommandOutcome, export, moment, output, rendered};
use crate::config::parse::Secrets;
use crate::config::{Configuration, Environment, Settings, load};
use crate::domain::brake::Hold;
use crate::domain::message::Item;
use crate::services::App;
use crate::services::replay::{ReplayedMessage, replay};
use crate::startup;
use crate::store::{Repository, SqliteStore};

/// What would be sent.
#[derive(Debug, Serialize)]
struct ReplayReport {
    at: DateTime<Utc>,
    /// The version of the configuration that decides.
    decided_by: String,
    messages: Vec<Message>,
    /// How many messages would still wait after that: for their turn, their next attempt or an operator.
    waiting: usize,
    held: Option<Hold>,
}

/// One message at one endpoint.
#[derive(Debug, Serialize)]
struct Message {
    recipient: String,
    endpoint: String,
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// Plans from the exported state and prints what would be sent.
pub(super) async fn run(
    options: &ReplayOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let at = match moment::parse(&options.at, crate::domain::time_zone::Tz::UTC) {
        Ok(at) => at,
        Err(problem) => bail!("--at: {problem}"),
    };
    let store = Arc::new(SqliteStore::in_memory()?);
    export::read(&options.state)?.import(&*store).await?;
    let repository = Repository::new(store);
    let configuration = configuration(options.config.as_deref(), &repository, at).await?;
    let app = startup::rehearsal(&settings, configuration, repository, at)?;
    let mut replayed = replay(&app).await?;
    replayed.sort_by_key(|replayed| {
        (replayed.row.recipient.clone(), replayed.row.sequence, replayed.row.endpoint.key())
    });
    if let Some(out) = &options.out {
        std::fs::create_dir_all(out)
            .with_context(|| format!("the folder {} cannot be made", out.display()))?;
    }
    let messages = replayed.iter().map(|replayed| message(&app, replayed, options.out.as_deref()));
    let report = ReplayReport {
        at,
        decided_by: app.policy().version.0.clone(),
        messages: messages.collect::<anyhow::Result<_>>()?,
        waiting: app.repository.unsettled_outbox().await?.rows.len(),
        held: app.repository.brake().await?.held,
    };
    match options.output.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::data(&text(&report))?,
    }
    Ok(CommandOutcome::Done)
}

/// The configuration in the file, or the one that the state says was in force. Addresses of flows are not needed.
async fn configuration(
    file: Option<&Path>,
    repository: &Repository,
    at: DateTime<Utc>,
) -> anyhow::Result<Configuration> {
    let (name, text) = match file {
        Some(path) => {
            let name = path.display().to_string();
            let text = load::read(path).map_err(|finding| anyhow::anyhow!(finding.render(Some(&name))))?;
            (name, text)
        }
        None => match repository.last_valid_configuration().await? {
            Some(row) => ("the configuration in the state".to_owned(), row.text),
            None => bail!("the state holds no configuration; name one with --config FILE"),
        },
    };
    Ok(load::from_text(&name, &text, Secrets::Leave, at)?)
}

fn message(app: &App, replayed: &ReplayedMessage, out: Option<&Path>) -> anyhow::Result<Message> {
    let ReplayedMessage { row, message, content } = replayed;
    let rendered = rendered::of(content, &row.endpoint, app)?;
    let file = match out {
        None => None,
        Some(out) => {
            let file = format!("{}-{}.{}", rendered.name, row.id, rendered.extension);
            let path = out.join(&file);
            crate::private_file::write(&path, &rendered.bytes)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            Some(file)
        }
    };
    Ok(Message {
        recipient: row.recipient.to_string(),
        endpoint: row.endpoint.key(),
        kind: message.kind.as_str(),
        message: row.message.to_string(),
        subject: rendered.subject,
        items: message.items.clone(),
        text: rendered.text.filter(|_| out.is_none()),
        file,
    })
}

fn text(report: &ReplayReport) -> String {
    let at = moment::in_zone(report.at, crate::domain::time_zone::Tz::UTC);
    let count = counted(report.messages.len(), "message");
    let mut parts = vec![format!("{at}, configuration {}: {count}", report.decided_by)];
    for message in &report.messages {
        let mut lines = vec![format!(
            "=== {} · {} · {} · {}",
            message.recipient,
            message.endpoint,
            message.kind,
            counted(message.items.len(), "item")
        )];
        lines.extend(message.subject.as_ref().map(|subject| format!("Subject: {subject}")));
        for item in &message.items {
            lines.push(format!(
                "  {}  {} (revision {})",
                item.window.resource.display_name(),
                item.stage,
                item.revision.0
            ));
        }
        lines.extend(message.file.as_ref().map(|file| format!("  {file}")));
        lines.extend(message.text.as_ref().map(|text| format!("\n{}", text.trim_end())));
        parts.push(lines.join("\n"));
    }
    if let Some(hold) = report.held {
        parts.push(format!("The brake would hold {}.", counted(hold.waiting, "message")));
    }
    if report.waiting > 0 {
        parts.push(format!("{} would go on waiting in the outbox.", counted(report.waiting, "message")));
    }
    parts.join("\n\n")
}
