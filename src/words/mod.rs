//! The catalogue of words: every sentence that a person reads, one Fluent file a language beside this file.
//!
//! `build/` makes a function of each message, with its arguments as parameters. A message that is missing does not
//! compile, one that nobody uses is dead code, and a language that lacks a message or an argument fails the build.
//! Adding a language is adding its file; `CONTRIBUTING.md` says how.

mod language;
mod locale;
#[cfg(test)]
mod tests;

pub use language::{LANGUAGES, Language};
pub use locale::Locale;

#[deny(dead_code)]
#[allow(clippy::all, clippy::pedantic, missing_docs)]
mod catalogue {
    use super::{Language, number};

    include!(concat!(env!("OUT_DIR"), "/words.rs"));
}

pub(crate) use catalogue::*;

/// A number as the language writes it: `1,200` in English, `1.200` in German. Years and the like are no numbers.
pub fn number(language: Language, number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push_str(language.group());
        }
        grouped.push(digit);
    }
    grouped
}

/// The first `shown` of `all`, and how many more there are: `a, b and 3 more`.
pub(crate) fn list(language: Language, all: &[String], shown: usize) -> String {
    let names = &all[..shown.min(all.len())];
    let listed = names.join(", ");
    match (names, all.len() - names.len()) {
        ([before @ .., last], 0) if !before.is_empty() => list_and(language, &before.join(", "), last),
        (_, 0) => listed,
        (_, more) => list_more(language, more, &listed),
    }
}
