//! Mail addresses.

use super::as_text::as_text;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mail address: one `@`, a dotted domain, nothing that could end a header or begin a list. Folded to lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// A text that is no mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no mail address: {problem}")]
pub struct InvalidAddress {
    text: String,
    problem: &'static str,
}

impl EmailAddress {
    /// The address as text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }

    /// Whether the domain can be looked up. A name whose last part is a number is the address of a machine.
    pub fn has_domain_name(&self) -> bool {
        let last = self.domain().rsplit('.').next().unwrap_or_default();
        !last.chars().all(|c| c.is_ascii_digit())
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.trim();
        let invalid = |problem| InvalidAddress { text: address.chars().take(120).collect(), problem };
        let Some((local, domain)) = address.split_once('@') else {
            return Err(invalid("it has no @"));
        };
        let local_is_plain = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        if !local_is_plain {
            return Err(invalid("the part before the @ has characters that a mailbox name cannot have"));
        }
        // Mail servers know a domain such as `bücher.example` by its form in ASCII.
        let domain = match domain.is_ascii() {
            true => domain.to_owned(),
            false => idna::domain_to_ascii_strict(domain)
                .map_err(|_| invalid("the part after the @ is no domain name"))?,
        };
        let label_is_plain = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if domain.len() > 190
            || !domain.contains('.') && domain != "localhost"
            || !domain.split('.').all(label_is_plain)
        {
            return Err(invalid("the part after the @ is no domain name"));
        }
        Ok(Self(format!("{local}@{domain}").to_ascii_lowercase()))
    }
}

as_text!(EmailAddress, InvalidAddress);

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_break_a_header_are_refused() {
        for text in [
            "jane",
            "jane@",
            "@contoso.com",
            "a b@contoso.com",
            "a@b@c.com",
            "a@con\r\nBcc: x@y.z",
            "a,b@contoso.com",
            "<a@contoso.com>",
            "a@contoso..com",
            "\"a b\"@contoso.com",
        ] {
            assert!(text.parse::<EmailAddress>().is_err(), "{text}");
        }
        let address: EmailAddress = " Jane.Doe+azure@Contoso.com ".parse().unwrap();
        assert_eq!(address.as_str(), "jane.doe+azure@contoso.com");
        assert_eq!(address.domain(), "contoso.com");
    }
}
