//! The folder of messages, newest first.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::message::{Envelope, Shown};
use super::query::InboxQuery;

/// How many messages a page lists. Older ones stay in the folder.
const LISTED: usize = 60;
/// How many files are looked at for those to one recipient.
const LOOKED_AT: usize = 5_000;
/// The longest message that is shown.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What there is.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    /// How many messages there are in all.
    pub(super) all: usize,
    pub(super) listed: Vec<Envelope>,
    /// Those to whom there is something, in order.
    pub(super) recipients: Vec<(String, usize)>,
    /// The one that is open.
    pub(super) open: Option<Shown>,
}

impl Mailbox {
    /// Reads what `query` asks for.
    pub(super) fn read(folder: &Path, query: &InboxQuery) -> Self {
        let names = names(folder);
        let mut mailbox = Self { all: names.len(), ..Self::default() };
        let mut recipients = std::collections::BTreeMap::new();
        for name in names.iter().take(LOOKED_AT) {
            let to = recipient(name);
            *recipients.entry(to.to_owned()).or_insert(0) += 1;
            let is_asked = query.to.as_deref().is_none_or(|asked| asked == to);
            if is_asked && mailbox.listed.len() < LISTED {
                mailbox.listed.extend(read(folder, name).map(|message| message.envelope()));
            }
        }
        mailbox.recipients = recipients.into_iter().collect();
        mailbox.open = query.open.as_deref().and_then(|open| Self::message(folder, open));
        mailbox
    }

    /// One message, if the folder has a file of this name.
    pub(super) fn message(folder: &Path, name: &str) -> Option<Shown> {
        // Only a name that the folder itself gives is ever opened.
        let name = names(folder).into_iter().find(|known| known == name)?;
        read(folder, &name)
    }
}

/// The names of the messages, the newest first: they begin with the time.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && (name.ends_with(".eml") || name.ends_with(".json")))
        .collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    names
}

/// To whom a file is: what stands between the time and the message's id.
fn recipient(name: &str) -> &str {
    let rest = name.split_once('-').map_or(name, |(_, rest)| rest);
    rest.rsplit_once('-').map_or(rest, |(to, _)| to)
}

fn read(folder: &Path, name: &str) -> Option<Shown> {
    let file = fs::File::open(folder.join(name)).ok()?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(Shown::new(name.to_owned(), recipient(name).to_owned(), bytes))
}
