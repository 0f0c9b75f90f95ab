//! The fields of a cron expression: which of them is wrong, and what people write beside the notation.

use super::day_names;

/// The notation in which an expression is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Five fields, as cron has them. A range may run over the end: `FRI-MON`.
    Digest,
    /// Six fields of NCRONTAB, which the Functions host reads: it turns a range that runs backwards round, has one
    /// number for Sunday, and knows nothing beyond lists, ranges and steps.
    Timer,
}

/// What may stand in one field.
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    /// What may stand for the numbers, from `first` on.
    names: &'static [&'static str],
}

const SECOND: Field = Field { name: "second", first: 0, last: 59, names: &[] };
const FIELDS: [Field; 5] = [
    Field { name: "minute", first: 0, last: 59, names: &[] },
    Field { name: "hour", first: 0, last: 23, names: &[] },
    Field { name: "day", first: 1, last: 31, names: &[] },
    Field {
        name: "month",
        first: 1,
        last: 12,
        names: &[
            "JANUARY",
            "FEBRUARY",
            "MARCH",
            "APRIL",
            "MAY",
            "JUNE",
            "JULY",
            "AUGUST",
            "SEPTEMBER",
            "OCTOBER",
            "NOVEMBER",
            "DECEMBER",
        ],
    },
    Field {
        name: "weekday",
        first: 0,
        last: 6,
        names: &["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"],
    },
];

/// The expression in `text` in numbers, lists, ranges and steps.
///
/// # Errors
/// Which field is wrong, and what it may be.
pub(super) fn in_numbers(text: &str, dialect: Dialect) -> Result<String, String> {
    let fields: Vec<&Field> = match dialect {
        Dialect::Digest => FIELDS.iter().collect(),
        Dialect::Timer => std::iter::once(&SECOND).chain(&FIELDS).collect(),
    };
    let given: Vec<&str> = text.split_whitespace().collect();
    if given.len() != fields.len() {
        let names: Vec<_> = fields.iter().map(|field| field.name).collect();
        return Err(format!(
            "it needs {} fields ({}), and has {}",
            names.len(),
            names.join(" "),
            given.len()
        ));
    }
    let read = given.into_iter().zip(fields).map(|(text, field)| field.in_numbers(text, dialect));
    Ok(read.collect::<Result<Vec<_>, _>>()?.join(" "))
}

impl Field {
    fn in_numbers(&self, text: &str, dialect: Dialect) -> Result<String, String> {
        // What an office program makes of a hyphen.
        let text =
            text.replace(['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}'], "-");
        let parts = text.split(',').map(|part| self.part(part, dialect));
        Ok(parts.collect::<Result<Vec<_>, _>>()?.join(","))
    }

    fn part(&self, text: &str, dialect: Dialect) -> Result<String, String> {
        if dialect == Dialect::Digest && self.is_beyond(text) {
            return Ok(text.to_ascii_uppercase());
        }
        let (range, step) = text.split_once('/').map_or((text, None), |(range, step)| (range, Some(step)));
        let step = step.map(|step| self.step(step)).transpose()?;
        let steps = step.map(|step| format!("/{step}")).unwrap_or_default();
        if range == "*" {
            return Ok(format!("*{steps}"));
        }
        let Some((from, to)) = range.split_once('-') else {
            return Ok(format!("{}{steps}", self.value(range, dialect)?));
        };
        let (from, to) = (self.value(from, dialect)?, self.value(to, dialect)?);
        if from <= to {
            return Ok(format!("{from}-{to}{steps}"));
        }
        let over_the_end: Vec<u32> = (from..=self.last).chain(self.first..=to).collect();
        if dialect == Dialect::Timer {
            return Err(format!(
                "the {} `{range}` runs backwards, and the Functions host reads it the other way round; write {}",
                self.name,
                list(&over_the_end)
            ));
        }
        let kept: Vec<u32> = over_the_end.into_iter().step_by(step.unwrap_or(1) as usize).collect();
        Ok(list(&kept))
    }

    /// Whether the part is of what cron has beyond ranges: the last day, the nearest working day, the second Friday.
    fn is_beyond(&self, text: &str) -> bool {
        match self.name {
            "day" => {
                text.eq_ignore_ascii_case("L") || text == "?" || text.to_ascii_uppercase().ends_with('W')
            }
            "weekday" => {
                text == "?"
                    || text.contains('#')
                    || text.to_ascii_uppercase().ends_with('L') && text.len() < 5
            }
            _ => false,
        }
    }

    fn step(&self, text: &str) -> Result<u32, String> {
        let step = text.parse().ok().filter(|step| (1..=self.last).contains(step));
        step.ok_or_else(|| {
            format!("the step `/{text}` of the {} is not between 1 and {}", self.name, self.last)
        })
    }

    fn value(&self, text: &str, dialect: Dialect) -> Result<u32, String> {
        let wrong = || {
            let (name, first, last) = (self.name, self.first, self.last);
            match self.names {
                [] => format!("the {name} `{text}` is not between {first} and {last}"),
                [one, .., other] => {
                    let (one, other) = (&one[..3], &other[..3]);
                    let hint = day_names::meant(text).filter(|_| name == "weekday");
                    let hint = hint.map(|day| format!("; write {day}")).unwrap_or_default();
                    format!("the {name} `{text}` is not one of {one} to {other}, or {first} to {last}{hint}")
                }
                [_] => format!("the {name} `{text}` is unknown"),
            }
        };
        if !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit()) {
            let number: u32 = text.parse().map_err(|_| wrong())?;
            let is_sunday = number == 7 && self.name == "weekday" && dialect == Dialect::Digest;
            let is_known = (self.first..=self.last).contains(&number) || is_sunday;
            return if is_known { Ok(if is_sunday { 0 } else { number }) } else { Err(wrong()) };
        }
        let upper = text.to_ascii_uppercase();
        let named = self
            .names
            .iter()
            .zip(self.first..)
            .find(|(name, _)| upper.len() >= 3 && name.starts_with(&upper));
        named.map(|(_, number)| number).ok_or_else(wrong)
    }
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
