//! Spans of time as people write them.

use chrono::TimeDelta;

use super::invalid::{InvalidSchedule, invalid};

/// The longest span that is taken: ten years.
const LONGEST: i64 = 3_660 * 86_400;

/// A length of time such as `7d`, `36h`, `90m`, `30s` or a sum such as `1d12h`. `0m` and its like are no time at all:
/// whether that makes sense is for the key to say.
///
/// # Errors
/// When the text is not a sum of numbers with a unit, or the sum is beyond ten years. What other programs would have read
/// is offered in our way of writing.
pub fn parse_span(text: &str) -> Result<TimeDelta, InvalidSchedule> {
    let trimmed = text.trim();
    if trimmed == "0" {
        return Ok(TimeDelta::zero());
    }
    let problem = || {
        let meant = meant(trimmed).map(|meant| format!("; write {meant}")).unwrap_or_default();
        invalid(text, format!("a length of time looks like 7d, 36h, 90m or 1d12h{meant}"))
    };
    let mut seconds: i64 = 0;
    let mut number = String::new();
    for character in trimmed.chars() {
        let unit = match character {
            '0'..='9' => {
                number.push(character);
                continue;
            }
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return Err(problem()),
        };
        let count: i64 = number.parse().map_err(|_| problem())?;
        seconds = count.checked_mul(unit).and_then(|part| seconds.checked_add(part)).ok_or_else(problem)?;
        number.clear();
    }
    if trimmed.is_empty() || !number.is_empty() || seconds > LONGEST {
        return Err(problem());
    }
    Ok(TimeDelta::seconds(seconds))
}

/// The units that people and other programs write, with ours. A lone `M` is minutes in ISO 8601 behind a `T` only, and
/// then minutes here; months have no length.
const UNITS: [(&str, u64, char); 16] = [
    ("w", 7, 'd'),
    ("week", 7, 'd'),
    ("woche", 7, 'd'),
    ("d", 1, 'd'),
    ("day", 1, 'd'),
    ("tag", 1, 'd'),
    ("h", 1, 'h'),
    ("hr", 1, 'h'),
    ("hour", 1, 'h'),
    ("stunde", 1, 'h'),
    ("m", 1, 'm'),
    ("min", 1, 'm'),
    ("minute", 1, 'm'),
    ("s", 1, 's'),
    ("sec", 1, 's'),
    ("second", 1, 's'),
];

/// What `1w`, `PT5M`, `5 minutes` or `1 day, 12 hours` would be here.
fn meant(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let iso =
        lower.strip_prefix('p').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == 't'));
    if iso.is_some_and(|rest| rest.split('t').next().is_some_and(|days| days.contains(['m', 'y']))) {
        return None;
    }
    let mut rest = iso.unwrap_or(&lower);
    let mut meant = String::new();
    loop {
        rest = rest.trim_start_matches([' ', ',', 't', '+', '\u{a0}']);
        if rest.is_empty() {
            break;
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let count: u64 = number.parse().ok().filter(|count| *count <= 100_000)?;
        let after = after.trim_start();
        // ISO 8601 writes its units as one letter, without anything between them.
        let letters = match iso {
            Some(_) => after.chars().next().map_or(0, char::len_utf8),
            None => after.len() - after.trim_start_matches(char::is_alphabetic).len(),
        };
        let (word, after) = after.split_at(letters);
        let one = word
            .strip_suffix("en")
            .or_else(|| word.strip_suffix(['s', 'n', 'e']).filter(|it| it.len() > 1))
            .unwrap_or(word);
        let known = |word: &str| UNITS.iter().find(|(unit, ..)| *unit == word);
        let (_, factor, unit) = known(word).or_else(|| known(one)).or_else(|| known(&format!("{one}e")))?;
        meant.push_str(&format!("{}{unit}", count * factor));
        rest = after;
    }
    (!meant.is_empty() && meant != text).then_some(meant)
}
