//! Spans of time as people write them.

use chrono::TimeDelta;

use super::invalid::{InvalidSchedule, invalid};

/// A length of time such as `7d`, `36h`, `90m`, `30s` or a sum such as `1d12h`.
///
/// # Errors
/// When the text is not a sum of numbers with a unit, or the sum is not positive or beyond ten years.
pub fn parse_span(text: &str) -> Result<TimeDelta, InvalidSchedule> {
    let problem = || invalid(text, "a length of time looks like 7d, 36h, 90m or 1d12h");
    let mut seconds: i64 = 0;
    let mut number = String::new();
    for character in text.trim().chars() {
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
    if !number.is_empty() || seconds <= 0 || seconds > 3_660 * 86_400 {
        return Err(problem());
    }
    Ok(TimeDelta::seconds(seconds))
}
