//! Lists as comma-separated values: the attachment that carries what a message only counts.

use super::deployment::DeploymentInfo;
use super::rendered_mail::Attachment;
use super::{links, words};
use crate::domain::message_content::{ContentItem, MessageContent};
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;

/// The whole list of machines in a message.
pub fn machines(content: &MessageContent, deployment: &DeploymentInfo) -> Attachment {
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
    let rows = content.items.iter().map(|item| machine(item, deployment));
    table("machines.csv", &heading, rows)
}

fn machine(item: &ContentItem, deployment: &DeploymentInfo) -> Vec<String> {
    let machine = &item.window.machine;
    let id = &item.window.id.resource;
    let schedule = item.window.facts.schedule;
    let date =
        |moment: chrono::DateTime<chrono::Utc>| moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let subscription = id.subscription();
    vec![
        id.display_name(),
        item.stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join("; "),
        id.resource_group().to_owned(),
        match &machine.tenant {
            Some(_) => words::subscription(machine),
            None => machine.subscription_name.clone().unwrap_or_default(),
        },
        subscription.as_str().to_owned(),
        machine.region.clone().unwrap_or_default(),
        machine.zones.join(" "),
        id.kind().as_str().to_owned(),
        item.window.impact.as_str().to_owned(),
        words::status(item),
        schedule.self_service.map(|i| date(i.start())).unwrap_or_default(),
        schedule.self_service.map(|i| date(i.end())).unwrap_or_default(),
        schedule.scheduled.map(|i| date(i.start())).unwrap_or_default(),
        schedule.scheduled.map(|i| date(i.end())).unwrap_or_default(),
        item.advice.iter().map(words::advice).collect::<Vec<_>>().join(" "),
        item.reasons.iter().map(words::reason).collect::<Vec<_>>().join(" "),
        item.others.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("; "),
        links::portal(deployment, id),
        id.as_str().to_owned(),
    ]
}

/// Machines that nobody owns.
pub fn unowned(ids: &[ResourceId]) -> Attachment {
    let heading = ["machine", "resource group", "subscription id", "resource id"];
    let rows = ids.iter().map(|id| {
        let (name, group) = (id.display_name(), id.resource_group().to_owned());
        vec![name, group, id.subscription().as_str().to_owned(), id.as_str().to_owned()]
    });
    table("machines-without-owner.csv", &heading, rows)
}

/// A table as RFC 4180 wants it, in UTF-8 with a byte order mark.
///
/// Without the mark Excel, where most recipients open it, reads the file in the machine's legacy code page; readers
/// in programs know `utf-8-sig`.
pub(super) fn table(name: &str, heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Attachment {
    let mut text = String::from('\u{FEFF}');
    let heading = heading.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(heading).chain(rows) {
        let cells: Vec<String> = row.iter().map(|value| cell(value)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    Attachment {
        name: name.to_owned(),
        content_type: "text/csv; charset=utf-8; header=present".to_owned(),
        bytes: text.into_bytes(),
    }
}

/// One cell. A text that a spreadsheet would run as a formula gets an apostrophe in front, which makes it text.
fn cell(value: &str) -> String {
    let line = one_line(value, 2000);
    let runs = line.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let text = if runs { format!("'{line}") } else { line };
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
    }
}
