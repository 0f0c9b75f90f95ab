//! Limits such as `30/min,100/h`.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

/// How many of something may happen in any span of a given length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateAllowance {
    pub count: u32,
    /// The length of the span.
    pub window: TimeDelta,
}

/// Allowances that hold together: `30/min,100/h` is at most 30 in a minute and at most 100 in an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    allowances: Vec<RateAllowance>,
}

impl RateLimit {
    /// At most `count` in any span of `window`.
    pub fn single(count: u32, window: TimeDelta) -> Self {
        Self { allowances: vec![RateAllowance { count, window }] }
    }

    /// The allowances, the shortest span first. At least one.
    pub fn allowances(&self) -> &[RateAllowance] {
        &self.allowances
    }
}

/// A text that is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no limit: write a number, a slash and `s`, `min`, `h` or `d`, several with commas: 30/min,100/h"
)]
pub struct InvalidRateLimit(String);

const UNITS: [(&str, i64); 4] = [("s", 1), ("min", 60), ("h", 3_600), ("d", 86_400)];

impl FromStr for RateLimit {
    type Err = InvalidRateLimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidRateLimit(text.chars().take(120).collect());
        let allowance = |part: &str| {
            let (count, unit) = part.trim().split_once('/')?;
            let count = count.trim().parse().ok().filter(|count| *count > 0)?;
            let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
            let window = TimeDelta::seconds(*seconds);
            Some(RateAllowance { count, window })
        };
        let mut allowances =
            text.split(',').map(|part| allowance(part).ok_or_else(invalid)).collect::<Result<Vec<_>, _>>()?;
        allowances.sort_by_key(|allowance| allowance.window);
        Ok(Self { allowances })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, allowance) in self.allowances.iter().enumerate() {
            let seconds = allowance.window.num_seconds();
            let unit = UNITS.iter().find(|(_, length)| *length == seconds);
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}/{}", allowance.count, unit.map_or("?", |(name, _)| name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_back_with_the_shortest_span_first() {
        let limit: RateLimit = "100/h, 30/min".parse().unwrap();
        assert_eq!(limit.to_string(), "30/min,100/h");
        let spans: Vec<_> = limit.allowances().iter().map(|part| part.window).collect();
        assert_eq!(spans, [TimeDelta::minutes(1), TimeDelta::hours(1)]);
    }

    #[test]
    fn what_would_send_nothing_or_means_nothing_is_refused() {
        for text in ["", "30", "0/min", "-1/h", "30/fortnight", "30/min,", "30/min;100/h"] {
            assert!(text.parse::<RateLimit>().is_err(), "{text}");
        }
    }
}
