//! Words that go with numbers, and their forms.

use crate::domain::resource::ResourceKind;
use crate::words::{self, Language};

/// A kind of resource, counted.
pub(crate) fn counted(count: usize, kinds: impl Iterator<Item = ResourceKind>) -> String {
    let mut kinds = kinds.peekable();
    let hosts = kinds.peek().is_some() && kinds.all(|kind| kind == ResourceKind::DedicatedHost);
    match hosts {
        true => words::hosts(Language::default(), count),
        false => machines(count),
    }
}

/// `1 machine`, `3 machines`.
pub(crate) fn machines(count: usize) -> String {
    words::machines(Language::default(), count)
}

/// A number with the form of the word that goes with it.
pub(crate) fn plural(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// One of two words, by number.
pub(crate) fn choose<'a>(count: usize, one: &'a str, several: &'a str) -> &'a str {
    if count == 1 { one } else { several }
}

/// `text` with its first letter as a capital.
pub(super) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
