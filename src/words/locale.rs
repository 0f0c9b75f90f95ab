//! How a reader wants to read: in which language, and in which time zone.

use super::language::Language;
use crate::domain::time_zone::Tz;

/// A reader's language and time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale {
    pub language: Language,
    pub zone: Tz,
}

impl Locale {
    /// The locale of a language's tag. What nobody has written messages in is read in English.
    pub fn new(tag: &str, zone: Tz) -> Self {
        Self { language: Language::of(tag).unwrap_or_default(), zone }
    }
}

/// What has no language of its own speaks English.
impl From<Tz> for Locale {
    fn from(zone: Tz) -> Self {
        Self { language: Language::default(), zone }
    }
}
