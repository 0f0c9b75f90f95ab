//! The ticket for one attempt to deliver.

use std::fmt;
use std::str::FromStr;

use crate::domain::ids::OutboxId;

/// What a queue message to `DeliverMessage` says: which row, and which of its attempts. An old ticket does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub row: OutboxId,
    pub attempt: u32,
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.row, self.attempt)
    }
}

/// A text that is no ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no delivery ticket; one looks like ROW:ATTEMPT")]
pub struct InvalidTicket(String);

impl FromStr for Ticket {
    type Err = InvalidTicket;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidTicket(text.chars().take(120).collect());
        let (row, attempt) = text.rsplit_once(':').ok_or_else(invalid)?;
        Ok(Self {
            row: OutboxId::parse(row).ok_or_else(invalid)?,
            attempt: attempt.parse().map_err(|_| invalid())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_reads_back() {
        let ticket = Ticket { row: OutboxId::parse("0af1-07").unwrap(), attempt: 3 };
        assert_eq!(ticket.to_string().parse::<Ticket>().unwrap(), ticket);
        for text in ["abc", "abc:x", "a b:1", ":1"] {
            assert!(text.parse::<Ticket>().is_err(), "{text}");
        }
    }
}
