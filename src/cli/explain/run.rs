//! The command: explains a message when an id of one is given, and a resource otherwise.

use std::sync::Arc;

use super::super::args::{ExplainOptions, Format};
use super::super::{CommandOutcome, listing, output};
use super::message;
use super::text::text;
use super::window::explain_all;
use crate::clock::{SharedClock, SystemClock};
use crate::config::Environment;
use crate::startup;
use crate::store::repository::WindowRow;

/// Explains the resource with the given id or name.
pub(crate) async fn run(
    options: &ExplainOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let clock: SharedClock = Arc::new(SystemClock);
    let app = startup::read_only_app(environment, clock).await?;
    let repository = &app.repository;
    let wanted = options.resource.trim_end_matches('/');
    if let Some(id) = message::id(wanted) {
        return message::run(repository, &id, options.output.format).await;
    }
    let is_wanted = |row: &WindowRow| listing::is_meant(row.window.place(), wanted);
    let explained = explain_all(&app, is_wanted).await?;
    if explained.is_empty() {
        let ids = message::beginning_with(repository, wanted).await?;
        if let (Some(id), true) = (ids.first(), ids.len() == 1) {
            return message::run(repository, id, options.output.format).await;
        }
        if let Some(first) = ids.first() {
            let longer = first.get(..(wanted.len() + 4).min(first.len())).unwrap_or(first);
            output::note(&format!("error: {} messages have an id that begins with `{wanted}`", ids.len()));
            output::note(&format!("hint: give more of it, such as `{longer}`"));
            return Ok(CommandOutcome::Failed);
        }
    }
    if options.output.format == Format::Json {
        output::json(&explained)?;
    } else if !explained.is_empty() {
        let parts: Vec<String> = explained.iter().map(|explained| text(explained, app.clock.now())).collect();
        output::data(parts.join("\n").trim_end())?;
    }
    if explained.is_empty() {
        output::note(&format!("error: no maintenance of `{wanted}` is known"));
        output::note(
            "hint: `maintenance-notifier windows` lists what is; a resource can be given by id or by name",
        );
        return Ok(CommandOutcome::Failed);
    }
    Ok(CommandOutcome::Done)
}
