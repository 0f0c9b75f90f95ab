//! `person`: what is kept of somebody, and its erasure.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};

use anyhow::Context;
use serde::Serialize;

use super::args::{ForgetOptions, Format, PersonAction, PersonExportOptions, PersonOptions};
use super::tables::{table, text};
use super::words::plain;
use super::{CommandOutcome, account, output};
use crate::clock::{Clock, SharedClock, SystemClock};
use crate::config::{Environment, Settings};
use crate::domain::action::Actor;
use crate::domain::person::{Person, Pseudonyms};
use crate::domain::recipient_name::RecipientName;
use crate::private_file;
use crate::services::person::{ForgetReport, KeptOfPerson, add_former_names, forget, kept_of, person_of};
use crate::startup::{link_keys, load, open_store};
use crate::store::repository::Repository;

/// What is kept of a person, for programs.
#[derive(Serialize)]
struct Kept<'a> {
    names: Vec<&'a str>,
    /// What stands for them in logs, where a key is set.
    pseudonym: Option<String>,
    kept: &'a [KeptOfPerson],
}

/// Exports or forgets.
pub(super) async fn run(
    options: &PersonOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    match &options.action {
        PersonAction::Export(options) => export(options, environment).await,
        PersonAction::Forget(options) => forget_person(options, environment).await,
    }
}

async fn export(options: &PersonExportOptions, environment: &Environment) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let keys = link_keys(&settings);
    let pseudonyms = keys.pseudonyms().unwrap_or_else(|| Pseudonyms::new(&[]));
    let repository = open_store(&settings).await?;
    let person = whom(&options.person, &pseudonyms, environment, &repository).await?;
    let kept = kept_of(&repository, &person).await?;
    let pseudonym = (!keys.is_empty()).then(|| pseudonyms.of(options.person.trim()));
    let whole = Kept { names: person.names().collect(), pseudonym, kept: &kept };
    match (&options.out, options.output.format) {
        (Some(path), _) => {
            let cannot = || format!("{} cannot be written", path.display());
            let mut file = private_file::create(path).with_context(cannot)?;
            writeln!(file, "{}", serde_json::to_string_pretty(&whole)?).with_context(cannot)?;
            file.sync_all().with_context(cannot)?;
        }
        (None, Format::Json) => output::json(&whole)?,
        (None, Format::Text) => print(&kept)?,
    }
    if kept.is_empty() {
        output::note(&format!("Nothing is kept of {}.", plain(&options.person)));
        return Ok(CommandOutcome::Done);
    }
    output::note(&format!(
        "{} rows name them. Parts that name others as well are shown only where they name this person.",
        kept.len()
    ));
    output::note(
        "Not kept here: mails and cards that were sent, logs (look for the pseudonym), and what stands in Azure’s tags.",
    );
    Ok(CommandOutcome::Done)
}

fn print(kept: &[KeptOfPerson]) -> anyhow::Result<()> {
    if kept.is_empty() {
        return Ok(());
    }
    let mut rows = table(&["Kind", "Row", "Where", "What"]);
    for row in kept {
        let place = plain(&row.row);
        match &row.document {
            Some(document) => {
                let whole: String = document.to_string().chars().take(300).collect();
                rows.add_row([row.kind.to_owned(), place, "all of it".to_owned(), plain(&whole)]);
            }
            None => {
                for mention in &row.mentions {
                    rows.add_row([
                        row.kind.to_owned(),
                        place.clone(),
                        plain(&mention.at),
                        plain(&mention.text),
                    ]);
                }
            }
        }
    }
    output::data(&text(&rows))
}

async fn forget_person(options: &ForgetOptions, environment: &Environment) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let keys = link_keys(&settings);
    let Some(pseudonyms) = keys.pseudonyms() else {
        output::note(
            "error: NOTIFIER_LINK_KEYS: a pseudonym that nobody can guess needs a key, and none is set",
        );
        return Ok(CommandOutcome::Invalid);
    };
    let repository = open_store(&settings).await?;
    let person = whom(&options.person, &pseudonyms, environment, &repository).await?;
    let now = SystemClock.now();
    let by = Actor {
        principal: Some(format!("command line: {}", account::name(&settings, environment).await)),
        ..Actor::default()
    };
    let report = forget(&repository, &person, &keys, by.clone(), true, now).await?;
    if !options.dry_run {
        output::note(&format!("It concerns {}.", person.names().map(plain).collect::<Vec<_>>().join(", ")));
        output::note(&words(&report, true));
        let given = options.person.trim();
        if !options.yes && !confirmed(given).await? {
            output::note("Nothing was changed; `--yes` does not ask.");
            return Ok(CommandOutcome::Failed);
        }
    }
    let report = match options.dry_run {
        true => report,
        false => forget(&repository, &person, &keys, by, false, now).await?,
    };
    match options.output.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::data(&words(&report, options.dry_run))?,
    }
    if report.cancelled > 0 {
        let cancelled = if options.dry_run { "would be cancelled" } else { "were cancelled" };
        output::note(&format!("{} unsent messages to them {cancelled}.", report.cancelled));
    }
    if report.under_way > 0 {
        output::note(&format!(
            "{} messages to them are being sent and cannot be called back.",
            report.under_way
        ));
    }
    if report.configured {
        output::note(
            "warning: the configuration names them; take them out of the file, or they are written to again",
        );
    }
    output::note(
        "Tags that still name them make a new person of them. Run it again should the app have been at work meanwhile.",
    );
    Ok(CommandOutcome::Done)
}

fn words(report: &ForgetReport, ahead: bool) -> String {
    let list = |rows: &BTreeMap<&'static str, usize>| {
        let kinds: Vec<String> = rows.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") }
    };
    let (deleted, replaced, audit) = (list(&report.deleted), list(&report.replaced), report.audit_entries);
    let pseudonym = &report.pseudonym;
    if ahead {
        format!(
            "Would delete: {deleted}. Would put {pseudonym} in their place in: {replaced}. Entries of the audit trail \
             that would be rewritten: {audit}."
        )
    } else {
        format!(
            "Deleted: {deleted}. {pseudonym} stands in their place in: {replaced}. Entries of the audit trail that were \
             rewritten, each with a sealed note: {audit}."
        )
    }
}

/// The person, with what the configuration says of them where it can be read.
async fn whom(
    given: &str,
    pseudonyms: &Pseudonyms,
    environment: &Environment,
    repository: &Repository,
) -> anyhow::Result<Person> {
    let clock: SharedClock = std::sync::Arc::new(SystemClock);
    let mut known: BTreeMap<RecipientName, Vec<String>> = match load(environment, &clock).await {
        Ok(loaded) => {
            let recipients = loaded.configuration.policy.recipients.into_values();
            recipients.map(|one| (one.name, one.emails.iter().map(ToString::to_string).collect())).collect()
        }
        Err(_) => {
            output::note("warning: the configuration cannot be read; only what was given is looked for");
            BTreeMap::new()
        }
    };
    add_former_names(repository, &mut known).await?;
    Ok(person_of(given, &known, pseudonyms))
}

async fn confirmed(name: &str) -> anyhow::Result<bool> {
    output::note(&format!("Type {} to go on:", plain(name)));
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    Ok(line.await??.trim().eq_ignore_ascii_case(name))
}
