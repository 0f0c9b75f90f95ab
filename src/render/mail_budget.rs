//! How much a mail shows, so that it stays within what mail programs show and mail services take.

use crate::domain::message_size::MessageSize;

/// How many bytes of HTML a mail has: beyond 102 KB Gmail cuts it off.
pub(super) const LARGEST_HTML: usize = 100_000;

/// How many bytes a whole mail may have in MIME: Microsoft Graph takes a request of 2 MB, in Base64.
const LARGEST_MAIL: usize = 1_440_000;

/// So few machines stand in a shorter mail as they are: a list beside it would take more room than it saves.
const FEW: usize = 5;

/// What headers and boundaries take.
const FRAME: usize = 8_000;

/// How much a mail has room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct MailBudget {
    /// With more machines than these it is summarised, and the whole list goes with it as a file.
    pub(super) whole: usize,
    /// How many groups a summary shows, and how many machines of each it names.
    pub(super) groups: usize,
    pub(super) named: usize,
    /// How many operator alerts or machines without an owner stand in the message itself.
    pub(super) listed: usize,
    pub(super) overlaps: usize,
    pub(super) size: MessageSize,
}

/// From the most to the least. The last one holds whatever the content is.
const STEPS: [MailBudget; 6] = [
    budget(50, 12, 5, 20, 10),
    budget(0, 25, 1, 20, 10),
    budget(0, 12, 3, 20, 10),
    budget(0, 8, 1, 10, 5),
    budget(0, 4, 0, 5, 3),
    budget(0, 1, 0, 2, 1),
];

const fn budget(whole: usize, groups: usize, named: usize, listed: usize, overlaps: usize) -> MailBudget {
    MailBudget { whole, groups, named, listed, overlaps, size: MessageSize::Whole }
}

impl MailBudget {
    /// What a mail of this size may try, from the most to the least.
    pub(super) fn steps(size: MessageSize) -> impl Iterator<Item = Self> {
        let first = match size {
            MessageSize::Whole => 0,
            MessageSize::Short => 3,
            MessageSize::Bare => 4,
        };
        STEPS.into_iter().enumerate().skip(first).map(move |(step, budget)| {
            let whole = if size != MessageSize::Whole && step == first { FEW } else { budget.whole };
            Self { whole, size, ..budget }
        })
    }

    /// Whether files go with the mail.
    pub(super) fn has_files(&self) -> bool {
        self.size != MessageSize::Bare
    }
}

/// How many bytes of files fit beside these texts.
pub(super) fn budget_for_files<'a>(texts: impl IntoIterator<Item = &'a str>) -> usize {
    let texts: usize = texts.into_iter().map(in_mime).sum();
    // Base64 makes four bytes of three, and ends its lines.
    LARGEST_MAIL.saturating_sub(texts + FRAME) / 142 * 100
}

/// About how many bytes a text has in MIME: most of it as it is, and what is not ASCII as three each.
fn in_mime(text: &str) -> usize {
    let foreign = text.bytes().filter(|byte| !byte.is_ascii() || *byte == b'=').count();
    text.len() + text.len() / 20 + foreign * 2
}
