//! What a server says in answer to EHLO that it can do. Keywords count in any case, and `AUTH=LOGIN` as `AUTH LOGIN`.

use super::smtp_reply::Reply;

/// What a server offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) starttls: bool,
    /// The ways to log in that it names, in capital letters.
    pub(super) login: Vec<String>,
    size: Option<u64>,
}

impl Capabilities {
    /// Reads the answer to EHLO. Its first line is the server's name.
    pub(super) fn read(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words =
                line.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty());
            match words.next() {
                Some("STARTTLS") => offers.starttls = true,
                Some("AUTH") => offers.login.extend(words.map(str::to_owned)),
                Some("SIZE") => offers.size = words.next().and_then(|size| size.parse().ok()),
                _ => {}
            }
        }
        offers
    }

    /// How many bytes a message may have, if the server says so. Zero stands for no bound.
    pub(super) fn largest_message(&self) -> Option<u64> {
        self.size.filter(|size| *size > 0)
    }

    /// Whether the server names this way to log in.
    pub(super) fn offers_login(&self, mechanism: &str) -> bool {
        self.login.iter().any(|offered| offered == mechanism)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::smtp_reply::ReplyReader;

    fn read(lines: &[&str]) -> Capabilities {
        let mut reader = ReplyReader::default();
        for line in lines {
            reader.take(line.as_bytes());
        }
        Capabilities::read(&reader.finish().unwrap())
    }

    #[test]
    fn keywords_are_understood_in_every_dialect() {
        for (line, login) in [
            ("250 AUTH LOGIN PLAIN", &["LOGIN", "PLAIN"][..]),
            ("250 auth login", &["LOGIN"]),
            ("250 AUTH=LOGIN PLAIN", &["LOGIN", "PLAIN"]),
            ("250 Auth = plain", &["PLAIN"]),
            ("250 AUTH", &[]),
        ] {
            assert_eq!(read(&["250-mail", line]).login, login, "{line}");
        }
        for line in ["250 STARTTLS", "250 starttls", "250 StartTLS ", "250 STARTTLS required"] {
            assert!(read(&["250-mail", line]).starttls, "{line}");
        }
        assert!(!read(&["250 starttls.contoso.com"]).starttls, "the first line is a name");
        assert_eq!(read(&["250-mail", "250 SIZE 35882577"]).largest_message(), Some(35_882_577));
        assert_eq!(read(&["250-mail", "250 SIZE 0"]).largest_message(), None);
        assert_eq!(read(&["250-mail", "250 SIZE"]).largest_message(), None);
    }
}
