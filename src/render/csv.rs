//! Lists as comma-separated values: the attachment that carries what a message only counts.

use chrono::{DateTime, Utc};

use super::deployment::DeploymentInfo;
use super::links;
use super::rendered_mail::Attachment;
use super::words::content::reader;
use super::words::{machine as machine_words, why};
use crate::domain::message_content::{ContentItem, MessageContent};
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;
use crate::words::Language;

/// The whole list of machines in a message.
pub fn machines(content: &MessageContent, deployment: &DeploymentInfo, budget: usize) -> Attachment {
    let heading = [
        "machine",
        "news",
        "resource group",
        "subscription",
        "subscription id",
        "region",
        "zones",
        "kind",
        "impact",
        "status",
        "self-service start (UTC)",
        "self-service end (UTC)",
        "Azure's own start (UTC)",
        "Azure's own end (UTC)",
        "what speaks against starting it",
        "why you are told",
        "who else is told",
        "portal",
        "resource id",
    ];
    let language = reader(content).language;
    let rows = content.items.iter().map(|item| machine(item, deployment, content.frozen_at, language));
    table("machines.csv", &heading, rows, budget, language)
}

fn machine(
    item: &ContentItem,
    deployment: &DeploymentInfo,
    now: DateTime<Utc>,
    language: Language,
) -> Vec<String> {
    let machine = &item.window.machine;
    let id = item.window.place();
    let schedule = item.window.facts.schedule;
    let date = |moment: DateTime<Utc>| moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let subscription = id.subscription();
    vec![
        id.display_name(),
        item.stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join("; "),
        id.resource_group().to_owned(),
        match &machine.tenant {
            Some(_) => machine_words::subscription(language, machine),
            None => machine.subscription_name.clone().unwrap_or_default(),
        },
        subscription.as_str().to_owned(),
        machine.region.clone().unwrap_or_default(),
        machine.zones.join(" "),
        id.kind().as_str().to_owned(),
        item.window.impact.as_str().to_owned(),
        item.window.word(now).to_owned(),
        schedule.self_service.and_then(|i| i.said_start()).map(date).unwrap_or_default(),
        schedule.self_service.and_then(|i| i.said_end()).map(date).unwrap_or_default(),
        schedule.scheduled.and_then(|i| i.said_start()).map(date).unwrap_or_default(),
        schedule.scheduled.and_then(|i| i.said_end()).map(date).unwrap_or_default(),
        item.cautions.iter().map(|one| why::start_caution(language, one)).collect::<Vec<_>>().join(" "),
        item.reasons.iter().map(|one| why::reason(language, one)).collect::<Vec<_>>().join(" "),
        item.others.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("; "),
        links::portal(deployment, id),
        id.as_str().to_owned(),
    ]
}

/// Machines that nobody owns.
pub fn unowned(ids: &[ResourceId], budget: usize, language: Language) -> Attachment {
    let heading = ["machine", "resource group", "subscription id", "resource id"];
    let rows = ids.iter().map(|id| {
        let (name, group) = (id.display_name(), id.resource_group().to_owned());
        vec![name, group, id.subscription().as_str().to_owned(), id.as_str().to_owned()]
    });
    table("machines-without-owner.csv", &heading, rows, budget, language)
}

/// What the line takes that says how much is left out.
const LAST_LINE: usize = 100;

/// A table as RFC 4180 wants it, in UTF-8 with a byte order mark.
///
/// Without the mark Excel, where most recipients open it, reads the file in the machine's legacy code page; readers
/// in programs know `utf-8-sig`. What does not fit into `budget` bytes is left out, and the last line says how much
/// that is.
pub(super) fn table(
    name: &str,
    heading: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    budget: usize,
    language: Language,
) -> Attachment {
    let mut text = String::from('\u{FEFF}');
    let heading = heading.iter().map(|cell| (*cell).to_owned()).collect();
    let mut left_out = 0;
    for row in std::iter::once(heading).chain(rows) {
        let cells: Vec<String> = row.iter().map(|value| cell(value)).collect();
        let line = cells.join(",");
        if left_out > 0 || text.len() + line.len() + LAST_LINE > budget && text.len() > '\u{FEFF}'.len_utf8()
        {
            left_out += 1;
            continue;
        }
        text.push_str(&line);
        text.push_str("\r\n");
    }
    if left_out > 0 {
        text.push_str(&cell(&crate::words::csv_more(language, left_out)));
        text.push_str("\r\n");
    }
    Attachment {
        name: name.to_owned(),
        content_type: "text/csv; charset=utf-8; header=present".to_owned(),
        bytes: text.into_bytes(),
    }
}

/// One cell. What a spreadsheet would run as a formula gets an apostrophe in front, which makes it text: at the
/// beginning, and behind each semicolon, for where lists are separated by semicolons a cell ends there, quoted or not.
fn cell(value: &str) -> String {
    let mut text = String::new();
    let mut begins = true;
    for character in one_line(value, 2000).chars() {
        if begins && matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            text.push('\'');
        }
        text.push(character);
        // Blanks and quotes before it do not keep a formula from being one.
        begins = character == ';' || begins && (character.is_whitespace() || matches!(character, '"' | '\''));
    }
    if text.contains([',', '"', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        assert_eq!(cell("web-01"), "web-01");
        assert_eq!(cell("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(cell("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
        assert_eq!(cell("\t@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell("a\r\nb"), "a b");
        assert_eq!(cell("10-20 @ 5 = x"), "10-20 @ 5 = x");
    }

    /// The cells that a spreadsheet makes of a line, where `separator` separates them.
    fn cells_of(line: &str, separator: char) -> Vec<String> {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
                '"' if quoted => quoted = false,
                '"' if cell.is_empty() => quoted = true,
                _ if character == separator && !quoted => cells.push(std::mem::take(&mut cell)),
                _ => cell.push(character),
            }
        }
        cells.push(cell);
        cells
    }

    #[test]
    fn s16_no_formula_runs_however_lists_are_separated() {
        let hostile = [
            "a;=HYPERLINK(\"http://x\")",
            "a; =1+1",
            "a;\"=1",
            "a;;=1",
            ";=1",
            "a,=1",
            "a;@x;-1;+1",
            "a;'=1",
            "a;\t=1",
            "a\",=1",
            "a\";=1",
            "\"=1",
            "a;\u{200b}=1",
            "a;＝1",
        ];
        let rows = hostile.iter().map(|text| vec!["vm".to_owned(), (*text).to_owned(), "=x".to_owned()]);
        let table = String::from_utf8(table("t.csv", &["a", "b", "c"], rows, usize::MAX, Language::En).bytes)
            .unwrap();
        for line in table.trim_start_matches('\u{feff}').lines() {
            for separator in [',', ';', '\t'] {
                for cell in cells_of(line, separator) {
                    let begin = cell.trim_start_matches([' ', '"']);
                    assert!(
                        !begin.starts_with(['=', '+', '-', '@', '＝']),
                        "{line} by {separator:?}: {cell}"
                    );
                }
            }
        }
    }
}
