//! The plural rules of CLDR, as Rust. Only whole numbers are counted here, so that the digits after a point are none.

use super::Result;
use super::catalogue::Catalogue;

/// The categories but `other`, in the order in which their rules are asked.
const ASKED: [&str; 5] = ["zero", "one", "two", "few", "many"];

/// The body of a function that says the category of `n`.
pub(crate) fn body(language: &Catalogue) -> Result<String> {
    let mut body = String::new();
    for category in ASKED {
        if let Some(rule) = language.terms.get(&format!("plural-{category}")) {
            body.push_str(&format!("if {} {{ \"{category}\" }} else ", condition(rule)?));
        }
    }
    Ok(body + "{ \"other\" }")
}

/// A rule such as `n % 10 = 2..4 and n % 100 != 12..14`.
fn condition(rule: &str) -> Result<String> {
    let rule = rule.split('@').next().unwrap_or_default();
    let either: Result<Vec<String>> = rule.split(" or ").map(all).collect();
    Ok(either?.join(" || "))
}

fn all(rules: &str) -> Result<String> {
    let all: Result<Vec<String>> = rules.split(" and ").map(relation).collect();
    Ok(format!("({})", all?.join(" && ")))
}

fn relation(text: &str) -> Result<String> {
    let (left, right, not) = match text.split_once("!=") {
        Some((left, right)) => (left, right, "!"),
        None => {
            let (left, right) = text.split_once('=').ok_or_else(|| format!("no rule of plurals: {text}"))?;
            (left, right, "")
        }
    };
    let mut operand = left.split('%').map(str::trim);
    let value = match operand.next().unwrap_or_default() {
        "n" | "i" => "n",
        "v" | "w" | "f" | "t" | "c" | "e" => "0_usize",
        other => return Err(format!("no operand of plurals: {other}").into()),
    };
    let value = match operand.next() {
        Some(modulus) => format!("{value} % {}", modulus.parse::<usize>()?),
        None => value.to_owned(),
    };
    let ranges: Result<Vec<String>> = right.split(',').map(|range| pattern(range.trim())).collect();
    Ok(format!("{not}matches!({value}, {})", ranges?.join(" | ")))
}

fn pattern(range: &str) -> Result<String> {
    Ok(match range.split_once("..") {
        Some((first, last)) => format!("{}..={}", first.parse::<usize>()?, last.parse::<usize>()?),
        None => range.parse::<usize>()?.to_string(),
    })
}
