//! What a link, or a form on its page, is for.

/// What a link, or a form on its page, is for. It is signed, so nothing that was given for one can be used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkPurpose {
    /// To respond for the items of a message: its page, and those of the rolling plans of its recipient.
    Respond,
    /// To turn digests off and on.
    Unsubscribe,
    /// To confirm the message of a fire drill.
    Drill,
    /// The forms on the page of a rolling plan. No link has it: the plan's page is opened with one to respond.
    Plan,
    /// The calendar feed of a recipient, which names no machine.
    Feed,
    /// The same with the names of machines, for who asked for them.
    FeedWithNames,
}

impl LinkPurpose {
    const ALL: [Self; 6] =
        [Self::Respond, Self::Unsubscribe, Self::Drill, Self::Plan, Self::Feed, Self::FeedWithNames];

    /// The byte that stands for it in what is signed. It never changes.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Respond => 1,
            Self::Unsubscribe => 2,
            Self::Drill => 3,
            Self::Plan => 4,
            Self::Feed => 5,
            Self::FeedWithNames => 6,
        }
    }

    /// The purpose for which `code` stands.
    pub(super) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// Whether a link that was signed before links had a purpose is accepted for it: the pages that there were then.
    pub(super) fn takes_links_of_before(self) -> bool {
        matches!(self, Self::Respond | Self::Unsubscribe | Self::Drill)
    }
}
