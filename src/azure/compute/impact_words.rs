//! What a sentence about an impact says: which impact it names, and which it rules out.

use crate::domain::window::Impact;

/// What denies an impact that is named after it.
const DENIALS: &[&str] = &[
    "no", "not", "without", "zero", "0", "never", "nor", "neither", "cannot", "wont", "dont", "doesnt",
    "isnt", "arent", "non", "avoid", "avoids", "avoiding",
];

/// What may stand between a denial and the impact. Any other word begins another thought: `no data loss on reboot`.
const BETWEEN: &[&str] = &[
    "a",
    "any",
    "an",
    "the",
    "be",
    "being",
    "been",
    "is",
    "are",
    "to",
    "in",
    "of",
    "or",
    "nor",
    "and",
    "vm",
    "vms",
    "your",
    "virtual",
    "machine",
    "machines",
    "host",
    "hosts",
    "guest",
    "os",
    "node",
    "service",
    "customer",
    "additional",
    "further",
    "unplanned",
    "planned",
    "expected",
    "require",
    "requires",
    "required",
    "need",
    "needs",
    "needed",
    "cause",
    "causes",
    "involve",
    "involves",
    "result",
    "results",
    "lead",
    "expect",
    "have",
    "has",
    "experience",
    "significant",
    "noticeable",
    "seconds",
    "minutes",
    "system",
    "full",
    "complete",
    "will",
    "forced",
    "impact",
];

/// What may stand between the impact and a denial after it: `reboot is not required`, `restart required: no`.
const LINKS: &[&str] = &["is", "are", "will", "be", "required", "needed", "expected", "planned", "seconds"];

/// What a denial after the impact goes on with, where it does not end the sentence.
const ENDINGS: &[&str] = &[
    "required",
    "needed",
    "expected",
    "planned",
    "necessary",
    "anticipated",
    "applicable",
    "be",
    "seconds",
    "minutes",
    "impact",
    "cause",
    "occur",
    "happen",
];

/// An impact in Azure's words, such as `Resource Unavailable`, `VM Freeze`, `Downtime Reboot`, `Live Migration`, or in a
/// sentence: `VM will be paused for up to 10 seconds; no reboot`.
pub(super) fn impact_of_word(text: &str) -> Impact {
    let text = spaced(text);
    if text.contains("informational") {
        return Impact::Unknown;
    }
    let mut said = Vec::new();
    for sentence in text.split([';', '.', '(', ')', '\n']).flat_map(|part| part.split(" but ")) {
        said.extend(named_in(sentence));
    }
    let says = |kind: Kind| said.contains(&kind);
    // Where a reboot may do, a redeployment is not certain.
    if says(Kind::Redeploy) && !says(Kind::Reboot) {
        Impact::Redeploy
    } else if says(Kind::Redeploy) || says(Kind::Reboot) || says(Kind::Down) {
        Impact::Reboot
    } else if says(Kind::Freeze) {
        Impact::Freeze
    } else {
        Impact::Unknown
    }
}

/// What happens to a machine, by one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Redeploy,
    Reboot,
    Down,
    Freeze,
}

/// The impacts that a sentence names and does not deny.
fn named_in(sentence: &str) -> Vec<Kind> {
    let words: Vec<&str> = sentence.split(' ').filter(|word| !word.is_empty()).collect();
    let mut said = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let denied = is_denied_before(&words, at) || is_denied_after(&words, at);
        match kind_of(word) {
            Some(kind) if !denied => said.push(kind),
            // `will not be available`
            None if word.starts_with("availab") && is_denied_before(&words, at) => said.push(Kind::Down),
            _ => {}
        }
    }
    said
}

fn kind_of(word: &str) -> Option<Kind> {
    let says = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    if word.ends_with("less") {
        None
    } else if says(&["redeploy"]) {
        Some(Kind::Redeploy)
    } else if says(&["reboot", "restart"]) {
        Some(Kind::Reboot)
    } else if says(&["freeze", "frozen", "pause", "livemigrat", "memorypreserving"]) {
        Some(Kind::Freeze)
    } else if says(&["unavailab", "downtime", "shutdown", "poweroff"]) {
        Some(Kind::Down)
    } else {
        None
    }
}

fn is_denied_before(words: &[&str], at: usize) -> bool {
    for (place, word) in words.iter().enumerate().take(at).rev() {
        if DENIALS.contains(word) {
            return true;
        }
        let goes_on = || words.iter().skip(place).any(|word| ["or", "nor"].contains(word));
        // `no downtime, reboot or pause` denies all three; `no pause, reboot` does not.
        let lists = *word == "," && goes_on();
        if !(lists || BETWEEN.contains(word) || kind_of(word).is_some()) {
            return false;
        }
    }
    false
}

fn is_denied_after(words: &[&str], at: usize) -> bool {
    let after = words.get(at + 1..).unwrap_or_default();
    let mut after = after.iter().skip_while(|word| LINKS.contains(word) || kind_of(word).is_some());
    let denial = |word: &&str| DENIALS.contains(word) || ["none", "false"].contains(word);
    after.next().is_some_and(denial) && after.next().is_none_or(|word| *word == "," || ENDINGS.contains(word))
}

/// The text in small letters, with one blank between words, however these are joined: `NoDowntime`, `memory-preserving`.
fn spaced(text: &str) -> String {
    let mut spaced = String::new();
    let mut was_small = false;
    for character in text.chars().take(2000) {
        if character.is_uppercase() && was_small {
            spaced.push(' ');
        }
        was_small = character.is_lowercase() || character.is_numeric();
        match character {
            '\'' | '\u{2019}' => {}
            ';' | '.' | '(' | ')' | '\n' => spaced.push(character),
            ',' => spaced.push_str(" , "),
            _ if character.is_alphanumeric() => spaced.extend(character.to_lowercase()),
            _ => spaced.push(' '),
        }
    }
    let spaced = spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    spaced
        .replace("live migrat", "livemigrat")
        .replace("memory preserving", "memorypreserving")
        .replace("downtime freeze", "freeze")
        .replace("downtimefreeze", "freeze")
        .replace("shut down", "shutdown")
        .replace("power off", "poweroff")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sentence_rules_out_is_not_announced() {
        for (text, impact) in [
            ("No downtime expected", Impact::Unknown),
            ("VM will be paused for up to 10 seconds; no reboot", Impact::Freeze),
            ("Virtual machines will not be rebooted", Impact::Unknown),
            ("Update without restart", Impact::Unknown),
            ("memory-preserving update", Impact::Freeze),
            ("Live-migration, no restart required", Impact::Freeze),
            ("NoReboot", Impact::Unknown),
            ("no_downtime", Impact::Unknown),
            ("Zero downtime", Impact::Unknown),
            ("Reboot: No", Impact::Unknown),
            ("Reboot is not required", Impact::Unknown),
            ("Restart required: false", Impact::Unknown),
            ("Your VMs won’t be redeployed or restarted.", Impact::Unknown),
            ("No downtime, reboot or redeploy is expected", Impact::Unknown),
            ("Does not require a reboot but pauses the VM", Impact::Freeze),
            ("Frozen for 5 seconds without any downtime", Impact::Freeze),
            ("Rebootless update", Impact::Unknown),
            ("No impact", Impact::Unknown),
        ] {
            assert_eq!(impact_of_word(text), impact, "{text}");
        }
    }

    #[test]
    fn a_denial_of_something_else_hides_no_impact() {
        for (text, impact) in [
            ("Reboot", Impact::Reboot),
            ("Resource unavailable (reboot or redeploy)", Impact::Reboot),
            ("The VM will not be available for 10 minutes", Impact::Reboot),
            ("No data loss; VMs will be rebooted", Impact::Reboot),
            ("No data is lost when VMs are rebooted", Impact::Reboot),
            ("VMs not migrated by Friday will be redeployed", Impact::Redeploy),
            ("Live migration is not possible, VMs will be redeployed", Impact::Redeploy),
            ("No pause, reboot", Impact::Reboot),
            ("Reboot no later than Friday", Impact::Reboot),
            ("Reboot without notice", Impact::Reboot),
            ("Not only paused but rebooted", Impact::Reboot),
            ("DowntimeReboot", Impact::Reboot),
            ("DowntimeFreeze", Impact::Freeze),
            ("VMFreeze", Impact::Freeze),
        ] {
            assert_eq!(impact_of_word(text), impact, "{text}");
        }
    }
}
