//! Lines of the log without addresses of people: a pseudonym stands in the place of each.
//!
//! Every line goes through here as it is written, whoever wrote it: what a mail server answered and what a library says
//! in its errors too.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use crate::domain::person::Pseudonyms;

/// Writes lines to what `inner` gives.
#[derive(Debug, Clone)]
pub struct LogLines<F> {
    inner: F,
    pseudonyms: Option<Pseudonyms>,
}

impl<F> LogLines<F> {
    /// Lines with these pseudonyms; without any, addresses stay.
    pub fn new(inner: F, pseudonyms: Option<Pseudonyms>) -> Self {
        Self { inner, pseudonyms }
    }

    /// A line as it is written.
    pub fn line(&self, text: &str) -> String {
        self.pseudonyms
            .as_ref()
            .map_or_else(|| text.to_owned(), |pseudonyms| without_addresses(text, pseudonyms))
    }
}

impl<'a, W: Write, F: Fn() -> W + 'a> MakeWriter<'a> for LogLines<F> {
    type Writer = LineWriter<W>;

    fn make_writer(&'a self) -> Self::Writer {
        LineWriter { inner: (self.inner)(), pseudonyms: self.pseudonyms.clone() }
    }
}

/// Writes one line.
#[derive(Debug)]
pub struct LineWriter<W> {
    inner: W,
    pseudonyms: Option<Pseudonyms>,
}

impl<W: Write> Write for LineWriter<W> {
    // An event is written in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &self.pseudonyms {
            Some(pseudonyms) => {
                let text = without_addresses(&String::from_utf8_lossy(line), pseudonyms);
                self.inner.write_all(text.as_bytes())?;
            }
            None => self.inner.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// `text` with a pseudonym in place of every address, also of one in a web address, where `@` is written `%40`.
fn without_addresses(text: &str, pseudonyms: &Pseudonyms) -> String {
    let (mut next, mut done) = (String::new(), 0);
    let mut places: Vec<(usize, usize)> = text.match_indices('@').map(|(at, _)| (at, 1)).collect();
    places.extend(text.match_indices("%40").map(|(at, _)| (at, 3)));
    places.sort_unstable();
    for (at, length) in places {
        let before = text.get(done.min(at)..at).unwrap_or_default();
        let local = before.len() - before.trim_end_matches(is_local).len();
        // What is written as an escape in JSON is no part of the address.
        let escape = usize::from(before.get(..before.len() - local).is_some_and(|it| it.ends_with('\\')));
        let after = text.get(at + length..).unwrap_or_default();
        let domain = after.len() - after.trim_start_matches(is_domain).len();
        let domain = after.get(..domain).unwrap_or_default().trim_end_matches(['.', '-', '@']);
        let start = at - local + escape.min(local);
        if at < done || start == at || domain.is_empty() {
            continue;
        }
        let address = format!("{}@{domain}", text.get(start..at).unwrap_or_default());
        next.push_str(text.get(done..start).unwrap_or_default());
        next.push_str(&pseudonyms.of(&address));
        done = at + length + domain.len();
    }
    next.push_str(text.get(done..).unwrap_or_default());
    next
}

fn is_local(character: char) -> bool {
    character.is_alphanumeric() || "!#$&'*+/?^_`{|}~.-".contains(character)
}

fn is_domain(character: char) -> bool {
    character.is_alphanumeric() || ".-@".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_in_a_line_has_its_pseudonym_and_nothing_else_changes() {
        let pseudonyms = Pseudonyms::new(b"key");
        let jane = pseudonyms.of("jane.doe@contoso.com");
        let line = |text: &str| without_addresses(text, &pseudonyms);
        for (text, expected) in [
            ("to=jane.doe@contoso.com.", format!("to={jane}.")),
            (r#"{"to":"Jane.Doe@contoso.com","x":1}"#, format!(r#"{{"to":"{jane}","x":1}}"#)),
            (
                r#"{"e":"a\njane.doe@contoso.com, <jane.doe@contoso.com>"}"#,
                format!(r#"{{"e":"a\n{jane}, <{jane}>"}}"#),
            ),
            (
                "GET /users/jane.doe%40contoso.com failed",
                format!("GET {} failed", pseudonyms.of("/users/jane.doe@contoso.com")),
            ),
            ("@here 1 @ 2 a@ @b %40", "@here 1 @ 2 a@ @b %40".to_owned()),
            ("nothing", "nothing".to_owned()),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
        for text in ["jürgen@bücher.example", "o'neil+tag@sub.contoso.co.uk", "a@b@c.example", "x@localhost"]
        {
            let line = line(&format!("said \"{text}\" once"));
            assert!(
                !line.contains('@') && line.starts_with("said \"person-") && line.ends_with("\" once"),
                "{line}"
            );
        }
    }
}
