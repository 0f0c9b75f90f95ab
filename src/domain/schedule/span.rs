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
        let meant = match trimmed.parse::<u64>() {
            Ok(count) => format!("; say the unit: {count}m, {count}h or {count}d"),
            Err(_) => meant(trimmed).map(|meant| format!("; write {meant}")).unwrap_or_default(),
        };
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
const UNITS: [(&str, u64, char); 36] = [
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
    ("sekunde", 1, 's'),
    ("wk", 7, 'd'),
    ("semana", 7, 'd'),
    ("semaine", 7, 'd'),
    ("settimana", 7, 'd'),
    ("tydzień", 7, 'd'),
    ("jour", 1, 'd'),
    ("día", 1, 'd'),
    ("dia", 1, 'd'),
    ("giorno", 1, 'd'),
    ("giorni", 1, 'd'),
    ("dag", 1, 'd'),
    ("dni", 1, 'd'),
    ("std", 1, 'h'),
    ("heure", 1, 'h'),
    ("hora", 1, 'h'),
    ("ora", 1, 'h'),
    ("ore", 1, 'h'),
    ("uur", 1, 'h'),
    ("godz", 1, 'h'),
];

/// The unit that follows where the last number has none, as in `1h30`.
fn next_smaller(unit: char) -> Option<char> {
    match unit {
        'd' => Some('h'),
        'h' => Some('m'),
        'm' => Some('s'),
        _ => None,
    }
}

/// A number that may have a fraction, in units of `unit`, as sums of whole units.
fn sum_of(number: &str, factor: u64, unit: char) -> Option<String> {
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let count: u64 = whole.parse().ok().filter(|count| *count <= 100_000)?;
    let mut text = match count * factor {
        0 if !fraction.is_empty() => String::new(),
        count => format!("{count}{unit}"),
    };
    if !fraction.is_empty() {
        let smaller = next_smaller(unit).filter(|_| factor == 1 && fraction.len() <= 2)?;
        let parts: u64 = fraction.parse().ok()?;
        let of = if unit == 'd' { 24 } else { 60 };
        let parts = parts * of / 10_u64.pow(u32::try_from(fraction.len()).ok()?);
        text.push_str(&format!("{parts}{smaller}"));
    }
    Some(text)
}

/// What `1w`, `PT5M`, `5 minutes` or `1 day, 12 hours` would be here.
fn meant(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let iso =
        lower.strip_prefix('p').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == 't'));
    if iso.is_some_and(|rest| rest.split('t').next().is_some_and(|days| days.contains(['m', 'y']))) {
        return None;
    }
    // A clock's way of writing hours and minutes.
    if let Some((hours, minutes)) = lower.split_once(':')
        && let (Ok(hours), Ok(minutes)) = (hours.parse::<u64>(), minutes.parse::<u64>())
        && hours <= 1_000
        && minutes < 60
    {
        return Some(format!("{hours}h{minutes}m"));
    }
    let mut rest = iso.unwrap_or(&lower);
    let mut meant = String::new();
    let mut last = None;
    loop {
        rest = rest.trim_start_matches([' ', ',', 't', '+', '\u{a0}']);
        if rest.is_empty() {
            break;
        }
        let digits =
            rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || ".,".contains(c)).len();
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        if after.is_empty() {
            meant.push_str(&sum_of(number, 1, last.and_then(next_smaller)?)?);
            break;
        }
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
        meant.push_str(&sum_of(number, *factor, *unit)?);
        last = Some(*unit);
        rest = after.trim_start_matches('.');
    }
    (!meant.is_empty() && meant != text).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_of_many_countries_write_is_offered_in_our_way() {
        for (text, meant) in [
            ("1h30", "1h30m"),
            ("1h 30", "1h30m"),
            ("2d12", "2d12h"),
            ("1:30", "1h30m"),
            ("1.5h", "1h30m"),
            ("1,5 Stunden", "1h30m"),
            ("0.5d", "12h"),
            ("2 Std.", "2h"),
            ("2 Tage", "2d"),
            ("3 jours", "3d"),
            ("2 heures", "2h"),
            ("2 horas", "2h"),
            ("3 dagen", "3d"),
            ("1 semana", "7d"),
            ("PT5M", "5m"),
            ("1 day, 12 hours", "1d12h"),
        ] {
            let problem = parse_span(text).unwrap_err().to_string();
            assert!(problem.ends_with(&format!("; write {meant}")), "{problem}");
            assert!(parse_span(meant).is_ok(), "{meant}");
        }
        let problem = parse_span("90").unwrap_err().to_string();
        assert!(problem.ends_with("; say the unit: 90m, 90h or 90d"), "{problem}");
        for nonsense in ["h30", "1x30", "99999999999999999999", "1.2.3h", "1m30s5", "soon", "1h30h", "."] {
            assert!(!parse_span(nonsense).is_ok_and(|_| nonsense != "1h30h"), "{nonsense}");
        }
    }
}
