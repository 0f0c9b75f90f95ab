//! Whether one matcher matches everything that another one does.

use crate::config::file::MatchEntry;
use crate::domain::matcher::Glob;

/// Whether everything that `narrow` matches is matched by `wide` too. When in doubt it says no.
pub(super) fn covers(wide: &MatchEntry, narrow: &MatchEntry) -> bool {
    let texts = [
        (&wide.subscription, &narrow.subscription),
        (&wide.resource_group, &narrow.resource_group),
        (&wide.name, &narrow.name),
        (&wide.region, &narrow.region),
    ];
    let words = [(&wide.kind, &narrow.kind), (&wide.impact, &narrow.impact)];
    let text_covers = |wide: Option<&String>, narrow: Option<&String>| match (wide, narrow) {
        (None, _) => true,
        (Some(wide), None) => is_everything(wide),
        (Some(wide), Some(narrow)) => glob_covers(wide.trim(), narrow.trim()),
    };
    texts.iter().all(|(wide, narrow)| text_covers(wide.as_ref(), narrow.as_ref()))
        && words.iter().all(|(wide, narrow)| wide.is_none() || wide == narrow)
        && wide.tags.iter().all(|(tag, wide)| {
            // A tag that has to be there is more than one that may be missing, whatever its value.
            let narrow = narrow.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag));
            narrow.is_some_and(|(_, narrow)| glob_covers(wide.trim(), narrow.trim()))
        })
}

fn is_everything(glob: &str) -> bool {
    !glob.trim().is_empty() && glob.trim().chars().all(|c| c == '*')
}

/// Two samples of `narrow` stand for all its texts: its stars as nothing, and its stars as more than `wide` could
/// match letter by letter. The letter used stands in no name, so only a wildcard of `wide` can match it.
fn glob_covers(wide: &str, narrow: &str) -> bool {
    const STRANGE: &str = "\u{1}";
    if wide.eq_ignore_ascii_case(narrow) {
        return true;
    }
    let glob = Glob::new(wide);
    let sample = |star: &str| narrow.replace('?', STRANGE).replace('*', star);
    glob.matches(&sample("")) && glob.matches(&sample(&STRANGE.repeat(wide.chars().count() + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_pattern_covers_and_a_narrower_one_does_not() {
        for (wide, narrow) in [
            ("*", "prod-*"),
            ("prod-*", "PROD-a"),
            ("prod-*", "prod-a*"),
            ("p*d-*", "prod-*"),
            ("vm?", "vm1"),
            ("vm?", "vm?"),
            ("*a*", "b*a"),
        ] {
            assert!(glob_covers(wide, narrow), "{wide} covers {narrow}");
        }
        for (wide, narrow) in [
            ("prod-*", "*"),
            ("prod-a*", "prod-*"),
            ("vm?", "vm*"),
            ("vm?*", "vm*"),
            ("vm1", "vm?"),
            ("*a", "a*"),
        ] {
            assert!(!glob_covers(wide, narrow), "{wide} does not cover {narrow}");
        }
    }

    #[test]
    fn every_key_of_the_wider_one_has_to_be_covered() {
        let entry = |text: &str| toml::from_str::<MatchEntry>(text).unwrap();
        let everything = MatchEntry::default();
        assert!(covers(&everything, &entry("region = 'westeurope'")));
        assert!(!covers(&entry("region = 'westeurope'"), &everything));
        assert!(covers(&entry("name = '*'"), &everything));
        assert!(covers(&entry("kind = 'vm'"), &entry("kind = 'vm'\nname = 'sap*'")));
        assert!(!covers(&entry("kind = 'vm'"), &entry("name = 'sap*'")));
        assert!(covers(&entry("tags = { app = '*' }"), &entry("tags = { App = 'sap' }")));
        assert!(!covers(&entry("tags = { app = '*' }"), &everything));
    }
}
