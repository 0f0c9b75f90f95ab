//! `export` and `import`: the state as one JSON document, between stores and for rehearsal.

use std::io::{self, BufWriter};
use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use super::args::{ExportOptions, Format, ImportOptions};
use super::words::counted;
use super::{CommandOutcome, output};
use crate::clock::{Clock, SystemClock};
use crate::config::{Environment, Settings};
use crate::private_file;
use crate::startup;
use crate::store::document::{Document, DocumentError, Extent, export};
use crate::store::repository::take_over;

/// Writes the state to stdout, or into a file.
pub(super) async fn run(
    options: &ExportOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let store = startup::open_store(&settings).await?.store();
    let exported = match &options.out {
        None => export(&*store, &mut BufWriter::new(io::stdout())).await,
        Some(path) => {
            let cannot = || format!("{} cannot be written", path.display());
            let mut file = BufWriter::new(private_file::create(path).with_context(cannot)?);
            let exported = export(&*store, &mut file).await;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all().with_context(cannot)?;
            exported
        }
    };
    match exported {
        // A reader that has seen enough closes the pipe; that is no failure.
        Err(DocumentError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(CommandOutcome::Done)
        }
        exported => {
            output::note(&format!(
                "Exported {}. It holds addresses, what was said, and the links of messages: keep it like the store.",
                rows(exported?)
            ));
            Ok(CommandOutcome::Done)
        }
    }
}

/// What was imported.
#[derive(Serialize)]
struct Imported {
    imported: Extent,
}

/// Fills an empty store.
pub(super) async fn import(
    options: &ImportOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let document = take_over(read(&options.file)?, SystemClock.now())?;
    let store = startup::open_store(&settings).await?.store();
    let imported = document.import(&*store).await?;
    match options.output.format {
        Format::Json => output::json(&Imported { imported })?,
        Format::Text => output::data(&format!("Imported {}.", rows(imported)))?,
    }
    Ok(CommandOutcome::Done)
}

/// Reads and checks an exported state.
pub(super) fn read(path: &Path) -> anyhow::Result<Document> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Document::parse(&text).with_context(|| path.display().to_string())
}

fn rows(extent: Extent) -> String {
    format!("{} in {}", counted(extent.rows, "row"), counted(extent.partitions, "partition"))
}
