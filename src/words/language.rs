//! The languages that messages are written in.

include!(concat!(env!("OUT_DIR"), "/languages.rs"));

impl Language {
    /// The language of a BCP 47 tag, as far as messages are written in it: `de-CH` is German.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        #[cfg(debug_assertions)]
        if primary(tag) == Self::Pseudo.tag() {
            return Some(Self::Pseudo);
        }
        let exactly = LANGUAGES.iter().find(|language| language.tag().eq_ignore_ascii_case(tag));
        let nearly = || LANGUAGES.iter().find(|language| primary(language.tag()) == primary(tag));
        exactly.or_else(nearly).copied()
    }
}
