//! `preview`: renders what would be sent now, and sends nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use serde::Serialize;

use super::args::{Format, PreviewOptions};
use super::{CommandOutcome, output, rendered};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Environment, Settings};
use crate::domain::recipient_name::RecipientName;
use crate::services::App;
use crate::services::planning_input::{TenantState, read_tenant};
use crate::services::replay::next_message;
use crate::startup;

/// One message that would be sent.
#[derive(Debug, Serialize)]
struct Preview {
    recipient: String,
    endpoint: String,
    kind: &'static str,
    machines: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// Plans for everyone, or for one recipient, as if nothing had to wait.
pub(super) async fn run(
    options: &PreviewOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let clock: SharedClock = Arc::new(SystemClock);
    let app = startup::read_only_app(environment, clock).await?;
    let tenant = read_tenant(&app, app.clock.now()).await?;
    let mut names: BTreeSet<RecipientName> = BTreeSet::new();
    let windows = super::listing::stored_windows(&app.repository).await?;
    let nothing_known = windows.is_empty();
    for row in windows {
        names.extend(row.holders.into_iter().map(|holder| holder.recipient));
    }
    let policy = app.policy();
    names.extend(policy.fallback.iter().cloned());
    let watchers = policy.recipients.values().filter(|recipient| recipient.summary.is_some());
    names.extend(watchers.map(|recipient| recipient.name.clone()));
    if let Some(wanted) = &options.recipient {
        names.retain(|name| name.as_str().eq_ignore_ascii_case(wanted));
        if names.is_empty() {
            output::note(&format!("error: nobody called `{wanted}` is told of anything"));
            output::note("hint: `maintenance-notifier windows` lists who is told of what");
            return Ok(CommandOutcome::Failed);
        }
    }
    if let Some(out) = &options.out {
        std::fs::create_dir_all(out)
            .with_context(|| format!("the folder {} cannot be made", out.display()))?;
    }
    let mut previews = Vec::new();
    for name in &names {
        previews.extend(of_recipient(&app, name, &tenant, options.out.as_deref()).await?);
    }
    match options.output.format {
        Format::Json => output::json(&previews)?,
        Format::Text if previews.is_empty() && nothing_known => {
            output::note("Nothing is to be sent: no maintenance is known.");
            super::windows::note_store(&Settings::from_environment(environment)?.store);
        }
        Format::Text if previews.is_empty() => output::note("Nothing is to be sent: everyone was told."),
        Format::Text => {
            for preview in &previews {
                output::data(&text(preview))?;
            }
        }
    }
    Ok(CommandOutcome::Done)
}

fn text(preview: &Preview) -> String {
    let head = format!("{} · {} · {} machines", preview.endpoint, preview.kind, preview.machines);
    match (&preview.file, &preview.subject, &preview.text) {
        (Some(file), _, _) => format!("{head}\n  {file}"),
        (None, Some(subject), Some(text)) => format!("=== {head}\nSubject: {subject}\n\n{text}"),
        _ => format!("=== {head}\n(a Teams card; give --out to write it)"),
    }
}

async fn of_recipient(
    app: &App,
    name: &RecipientName,
    tenant: &TenantState,
    out: Option<&Path>,
) -> anyhow::Result<Vec<Preview>> {
    let Some((message, content)) = next_message(app, name, tenant).await? else { return Ok(Vec::new()) };
    let mut previews = Vec::new();
    for endpoint in &message.endpoints {
        let rendered = rendered::of(&content, endpoint, app)?;
        let mut preview = Preview {
            recipient: name.to_string(),
            endpoint: endpoint.key(),
            kind: message.kind.as_str(),
            machines: content.items.len(),
            subject: rendered.subject,
            text: rendered.text,
            file: None,
        };
        if let Some(out) = out {
            let path = out.join(format!("{}.{}", rendered.name, rendered.extension));
            crate::private_file::write(&path, &rendered.bytes)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            preview.file = Some(path.display().to_string());
            preview.text = None;
        }
        previews.push(preview);
    }
    Ok(previews)
}
