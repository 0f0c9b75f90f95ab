//! `links`: which links in messages were withdrawn, and withdrawing them.

use super::args::{Format, LinksAction, LinksOptions, RevokeOptions};
use super::tables::{table, text};
use super::words::{minute, plain};
use super::{CommandOutcome, account, moment, output};
use crate::clock::{Clock, SystemClock};
use crate::config::{Environment, Settings};
use crate::domain::action::Actor;
use crate::domain::recipient_name::RecipientName;
use crate::services::revoke_links::{RevokedLinks, revoke_links};
use crate::startup::open_store;
use crate::store::repository::{Repository, Revoked};

/// Lists what is withdrawn, or withdraws links. Nothing has to be restarted: the pages look with every visit.
pub(super) async fn run(options: &LinksOptions, environment: &Environment) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let repository = open_store(&settings).await?;
    match &options.action {
        None => list(&repository, options.output.format).await,
        Some(LinksAction::Revoke(options)) => {
            let now = SystemClock.now();
            let before = options
                .before
                .as_deref()
                .map(|text| moment::parse_since(text, crate::domain::time_zone::Tz::UTC));
            let before = match before.transpose() {
                Ok(before) => before.unwrap_or(now),
                Err(problem) => {
                    output::note(&format!("error: --before: {problem}"));
                    return Ok(CommandOutcome::Invalid);
                }
            };
            if now < before {
                output::note("error: --before: lies ahead; links can be withdrawn once they are signed");
                return Ok(CommandOutcome::Invalid);
            }
            let Some(whose) = whose(&repository, options).await? else { return Ok(CommandOutcome::Failed) };
            let person = format!("command line: {}", account::name(&settings, environment).await);
            let by = Actor { principal: Some(person), ..Actor::default() };
            let revoked = revoke_links(&repository, &whose, before, by, now).await?;
            match options.output.format {
                Format::Json => output::json(&revoked)?,
                Format::Text => output::data(&format!(
                    "Withdrawn: {}. Whoever opens one reads so from now on; each next message brings a fresh one.",
                    revoked.links
                ))?,
            }
            Ok(CommandOutcome::Done)
        }
    }
}

async fn list(repository: &Repository, format: Format) -> anyhow::Result<CommandOutcome> {
    let revocations = repository.revocations().await?;
    let list: Vec<&Revoked> = revocations.list();
    match format {
        Format::Json => output::json(&list)?,
        Format::Text if list.is_empty() => output::note("No links are withdrawn."),
        Format::Text => {
            let mut table = table(&["Withdrawn (UTC)", "Which"]);
            for revoked in list {
                table.add_row([minute(revoked.at), plain(&revoked.links)]);
            }
            output::data(&text(&table))?;
        }
    }
    Ok(CommandOutcome::Done)
}

/// Whose links are meant; nothing, after saying why, when that cannot be said.
async fn whose(repository: &Repository, options: &RevokeOptions) -> anyhow::Result<Option<RevokedLinks>> {
    if let Some(name) = &options.recipient {
        return Ok(match name.parse::<RecipientName>() {
            Ok(name) if repository.state(&name).await?.head.is_some() => Some(RevokedLinks::Recipient(name)),
            Ok(name) => {
                output::note(&format!("error: no message to `{}` is kept", plain(name.as_str())));
                output::note(
                    "hint: `maintenance-notifier explain RESOURCE` names recipients as they are known",
                );
                None
            }
            Err(error) => {
                output::note(&format!("error: --recipient: {error}"));
                None
            }
        });
    }
    let Some(id) = &options.message else { return Ok(Some(RevokedLinks::Everybody)) };
    // `outbox` shows the message's part before the endpoint's.
    let beginning = id.trim().split('-').next().unwrap_or_default();
    let mut found = repository.outbox_beginning(beginning, "").await?;
    found.dedup_by(|a, b| a.value.message == b.value.message);
    Ok(match (found.pop(), found.is_empty()) {
        (Some(row), true) => {
            let row = row.value;
            Some(RevokedLinks::Message { recipient: row.recipient, sequence: row.sequence, id: row.message })
        }
        (None, _) => {
            output::note(&format!("error: no message has an id that begins with `{}`", plain(id)));
            output::note(
                "hint: the log names each message with its `message_id`, and `outbox` what is unsent",
            );
            None
        }
        (Some(_), false) => {
            output::note(&format!("error: several messages have ids that begin with `{}`", plain(id)));
            output::note("hint: write more of it");
            None
        }
    })
}
