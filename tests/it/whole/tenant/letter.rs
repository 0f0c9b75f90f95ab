//! One mail that was handed over.

/// One mail that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) message_id: String,
    pub(crate) bytes: Vec<u8>,
}

impl Letter {
    pub(super) fn new(to: String, bytes: Vec<u8>) -> Self {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:"));
        let message_id = line.expect("a mail has a Message-ID").split_once(':').unwrap().1.trim().to_owned();
        Self { to, message_id, bytes }
    }

    /// The part of the Message-ID that the ledger knows.
    pub(super) fn id(&self) -> &str {
        self.message_id.trim_start_matches('<').split('@').next().unwrap()
    }
}
