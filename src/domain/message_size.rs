//! How much of a message is sent.

use serde::{Deserialize, Serialize};

/// How much of a message is sent, from all of it to the least that still says what matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageSize {
    #[default]
    Whole,
    /// Few machines, and the rest as numbers; attachments stay.
    Short,
    /// The same, and nothing is attached.
    Bare,
}

impl MessageSize {
    /// The next smaller size, if there is one.
    pub fn shorter(self) -> Option<Self> {
        match self {
            Self::Whole => Some(Self::Short),
            Self::Short => Some(Self::Bare),
            Self::Bare => None,
        }
    }

    /// The sizes that are tried before this one, from the largest.
    pub fn larger(self) -> &'static [Self] {
        match self {
            Self::Whole => &[],
            Self::Short => &[Self::Whole],
            Self::Bare => &[Self::Whole, Self::Short],
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_reached_from_all_larger_ones() {
        let mut before = Vec::new();
        let mut size = Some(MessageSize::Whole);
        while let Some(now) = size {
            assert_eq!(now.larger(), before);
            before.push(now);
            size = now.shorter();
        }
        assert_eq!(before.last(), Some(&MessageSize::Bare));
    }
}
