//! `NOTIFIER_LOG`, read strictly: a slip in it would silence the log, and whatever alerts look for there.

use tracing_subscriber::filter::{ParseError, Targets};

use super::environment::Environment;
use super::finding::Finding;

/// What is logged: a level, and levels of parts of the program, with commas.
///
/// # Errors
/// Says which part is neither. `inf` alone would be the name of a part of the program that nobody has.
pub fn parse(text: &str) -> Result<Targets, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    for part in &parts {
        let (target, level) =
            part.split_once('=').map_or((None, *part), |(target, level)| (Some(target), level));
        if !is_level(level) {
            return Err(format!("`{part}` has no level: off, error, warn, info, debug or trace"));
        }
        if target.is_some_and(|target| !is_target(target)) {
            return Err(format!("`{part}` names no part of the program"));
        }
    }
    parts.join(",").parse().map_err(|error: ParseError| error.to_string())
}

/// What `check` says of the setting.
pub fn finding(environment: &Environment) -> Option<Finding> {
    const NAME: &str = "NOTIFIER_LOG";
    let text = environment.get(NAME)?;
    let problem = parse(text).err()?;
    let hint = "write a level or several parts: info,maintenance_notifier=debug";
    Some(Finding::error(NAME, format!("`{text}` is no filter, and `info` is logged: {problem}")).hint(hint))
}

fn is_level(text: &str) -> bool {
    ["off", "error", "warn", "info", "debug", "trace"].iter().any(|level| level.eq_ignore_ascii_case(text))
}

fn is_target(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_:-".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_no_filter() {
        for slip in [
            "inf",
            "inf o",
            "=,,",
            "",
            "info,",
            "=info",
            "maintenance_notifier",
            "a b=info",
            "info=",
            "info;warn",
        ] {
            assert!(parse(slip).is_err(), "{slip}");
        }
    }

    #[test]
    fn levels_and_parts_are_one() {
        for good in [
            "info",
            "WARN",
            "off",
            "info, maintenance_notifier=debug",
            "error,maintenance_notifier::store=trace",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
    }
}
