//! Renders a message as a Teams message: the envelope that Workflows wants around one Adaptive Card 1.4.
//!
//! A channel mirrors what people are notified of: counts and the changes that matter. Everything stands in text runs,
//! which know no markdown, so that foreign text cannot become a link, and angle brackets are replaced, so that it
//! cannot become a mention.

use super::adaptive::{
    Action, AdaptiveCard, CardAttachment, CardEnvelope, Element, TextRun, Width, block, bold, fact,
    paragraph, plain, run,
};
use super::deployment::DeploymentInfo;
use super::error::RenderError;
use super::group_view::{Showing, group_view};
use super::groups::{self, MachineGroup, Outlook};
use super::rendered_card::RenderedCard;
use super::words::content::{main_group, reader};
use super::words::rows::{self, Row};
use super::words::{self, operator_alert, subject};
use super::{links, view};
use crate::domain::message_content::MessageContent;
use crate::domain::message_size::MessageSize;
use crate::domain::summary::Summary;
use crate::words::{self as catalogue, Language};

/// How many things are said of a machine, and of all machines of a group.
const NOTES: usize = 5;

/// What Teams takes is about 28 KB. A flow hands the card on as a JSON string, in which every character beyond ASCII is six;
/// below this there is room for what it adds.
const LARGEST: usize = 19_500;

/// How much a card shows, from the most to the least. The last step holds whatever the content is.
const STEPS: [CardBudget; 7] = [
    CardBudget { groups: 10, machines: 5, operator_alerts: 8 },
    CardBudget { groups: 8, machines: 3, operator_alerts: 6 },
    CardBudget { groups: 6, machines: 1, operator_alerts: 4 },
    CardBudget { groups: 4, machines: 0, operator_alerts: 2 },
    CardBudget { groups: 2, machines: 0, operator_alerts: 1 },
    CardBudget { groups: 1, machines: 0, operator_alerts: 1 },
    CardBudget { groups: 0, machines: 0, operator_alerts: 0 },
];

/// How many things a card has room for.
#[derive(Debug, Clone, Copy)]
struct CardBudget {
    groups: usize,
    machines: usize,
    operator_alerts: usize,
}

/// The Teams message that reports `content`. It is shortened until it fits, and never refused for its size.
///
/// # Errors
/// When the card cannot be written as JSON, which no content can cause.
pub fn card(content: &MessageContent, deployment: &DeploymentInfo) -> Result<RenderedCard, RenderError> {
    card_of(content, deployment, MessageSize::Whole)
}

/// The same in this size.
///
/// # Errors
/// As [`card`].
pub fn card_of(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    size: MessageSize,
) -> Result<RenderedCard, RenderError> {
    let groups = groups::groups(content);
    let mut json = String::new();
    let first = match size {
        MessageSize::Whole => 0,
        MessageSize::Short => 3,
        MessageSize::Bare => STEPS.len() - 1,
    };
    for budget in STEPS.into_iter().skip(first) {
        json = serde_json::to_string(&envelope(content, deployment, &groups, budget))?;
        if escaped_length(&json) < LARGEST {
            break;
        }
    }
    Ok(RenderedCard { json })
}

/// How many bytes `json` has within a JSON string of ASCII alone.
fn escaped_length(json: &str) -> usize {
    let escaped = |c: char| match c {
        '"' | '\\' => 2,
        c if c.is_ascii() && !c.is_ascii_control() => 1,
        c => 6 * c.len_utf16(),
    };
    json.chars().map(escaped).sum()
}

fn envelope(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    groups: &[MachineGroup<'_>],
    budget: CardBudget,
) -> CardEnvelope {
    let reader = reader(content);
    let language = reader.language;
    let mut body = vec![headline(content, groups)];
    let actions = actions(content, groups, deployment);
    if !actions.is_empty() {
        body.push(Element::ActionSet { actions });
    }
    if content.diverted {
        body.push(paragraph(&words::diverted(content)));
    }
    body.extend(words::missed(content).map(|missed| paragraph(&missed)));
    if content.introduce {
        body.push(paragraph(&catalogue::introduction_channel(language)));
    }
    body.extend(numbers(content, language));
    body.extend(
        view::overlaps(content).take(budget.operator_alerts).map(|warning| {
            block(vec![bold(&catalogue::not_both(language)), run(&format!(" {warning}"))], true)
        }),
    );
    let showing = Showing {
        reader,
        deployment,
        pages: content.link.as_ref().is_some_and(|link| link.starts),
        is_only: groups.len() == 1,
        links: false,
        summary: None,
    };
    let main = main_group(groups);
    for group in groups.iter().take(budget.groups) {
        let is_main = main.is_some_and(|main| std::ptr::eq(main, group));
        body.extend(group_elements(group, is_main, showing, budget.machines));
    }
    if groups.len() > budget.groups {
        let machines = groups.iter().skip(budget.groups).map(|group| group.items.len()).sum();
        let machines = catalogue::machines(language, machines);
        body.push(paragraph(&catalogue::groups_hidden(language, groups.len() - budget.groups, &machines)));
    }
    if let Some(summary) = &content.summary {
        body.extend(status_summary(summary, content, budget));
    }
    let alerts = operator_alert::blocks(&content.operator_alerts, reader);
    for one in alerts.iter().take(budget.operator_alerts) {
        let title = catalogue::alert_line(language, &one.title);
        body.push(block(vec![bold(&title), run(&format!(" {}", one.detail))], true));
    }
    if alerts.len() > budget.operator_alerts {
        let more = alerts.len() - budget.operator_alerts;
        body.push(paragraph(&catalogue::and_more_alerts(language, more)));
    }
    // A message without news of machines has said it already.
    let unchanged = words::unchanged(content).filter(|_| !groups.is_empty());
    if let Some(unchanged) = unchanged {
        body.push(paragraph(&unchanged));
    }
    let as_of = catalogue::footer_as_of(language, &view::as_of(content), reader.zone.name());
    let small = TextRun { is_subtle: true, size: Some("Small"), ..run(&as_of) };
    body.push(block(vec![small], true));
    CardEnvelope {
        kind: "message",
        attachments: [CardAttachment {
            content_type: "application/vnd.microsoft.card.adaptive",
            content_url: None,
            content: AdaptiveCard {
                schema: "http://adaptivecards.io/schemas/adaptive-card.json",
                kind: "AdaptiveCard",
                version: "1.4",
                fallback_text: plain(&subject::subject(content, groups)),
                body,
                msteams: Width { width: "Full" },
            },
        }],
    }
}

/// The numbers of a first look or a weekly report.
fn numbers(content: &MessageContent, language: Language) -> Option<Element> {
    let number = |number| catalogue::number(language, number);
    let facts = match (&content.go_live, &content.coverage) {
        (Some(report), _) => vec![
            fact(catalogue::number_subscriptions(language), number(report.subscriptions)),
            fact(catalogue::number_planned(language), number(report.machines)),
            fact(catalogue::number_owned(language), number(report.owned)),
            fact(catalogue::number_unowned(language), number(report.without_owner())),
        ],
        (None, Some(report)) => vec![
            fact(catalogue::number_machines(language), number(report.machines())),
            fact(catalogue::number_unowned(language), number(report.without_owner())),
        ],
        (None, None) => return None,
    };
    Some(Element::FactSet { facts })
}

/// How things stand: the numbers, and who has not answered.
fn status_summary(summary: &Summary, content: &MessageContent, budget: CardBudget) -> Vec<Element> {
    let (total, reader) = (&summary.total, reader(content));
    let language = reader.language;
    let count = |column: &str, count: usize| {
        fact(catalogue::summary_column(language, column), catalogue::number(language, count))
    };
    let mut elements = vec![Element::FactSet {
        facts: vec![
            count("unanswered", total.unanswered),
            count("acknowledged", total.acknowledged),
            count("planned", total.planned),
            count("left", total.left_to_azure),
            count("done", total.done),
        ],
    }];
    let silent: Vec<_> = summary.teams.iter().filter(|line| line.counts.unanswered > 0).collect();
    elements.extend(silent.iter().take(budget.groups).map(|line| {
        let team = words::summary::team(line.team.as_ref(), language);
        block(vec![bold(&team), run(&format!(": {}", words::summary::silent(line, reader)))], false)
    }));
    if silent.len() > budget.groups {
        elements.push(paragraph(&catalogue::summary_more_silent(language, silent.len() - budget.groups)));
    }
    elements
}

fn headline(content: &MessageContent, groups: &[MachineGroup<'_>]) -> Element {
    let style = match view::message_tone(content, groups) {
        "act" => "warning",
        "calm" => "accent",
        "done" => "good",
        _ => "attention",
    };
    let title =
        TextRun { size: Some("Large"), weight: Some("Bolder"), ..run(&subject::subject(content, groups)) };
    Element::Container {
        style: Some(style),
        bleed: true,
        items: vec![block(vec![title], false), paragraph(&subject::lead(content, groups))],
    }
}

fn group_elements(
    group: &MachineGroup<'_>,
    is_main: bool,
    showing: Showing<'_>,
    shown: usize,
) -> Vec<Element> {
    let view = group_view(group, is_main, showing);
    let language = showing.reader.language;
    let mut elements = vec![block(vec![bold(&rows::heading(group, language))], true)];
    elements.extend(view.lead.map(|lead| paragraph(&lead)));
    // What is over needs no dates in a channel.
    if group.outlook != Outlook::Over {
        elements.extend(view.rows.into_iter().map(line));
    }
    let hidden = view.machines.len().saturating_sub(shown);
    elements.extend(view.machines.into_iter().take(shown).map(|machine| {
        let facts: Vec<String> = [machine.place].into_iter().chain(machine.notes).take(NOTES).collect();
        let rest = TextRun { is_subtle: true, ..run(&format!(" {}", facts.join(" · "))) };
        Element::RichTextBlock {
            inlines: vec![bold(&machine.name), rest],
            spacing: Some("Small"),
            separator: false,
        }
    }));
    if hidden > 0 && shown > 0 {
        elements.push(paragraph(&catalogue::more_machines(language, hidden)));
    }
    let notes = view.notes.into_iter().take(NOTES);
    elements.extend(notes.map(|note| block(vec![TextRun { is_subtle: true, ..run(&note) }], false)));
    elements
}

/// A row as text runs, since what Azure calls an impact is foreign: local time with UTC beside it, once.
fn line(row: Row) -> Element {
    let subtle = |text: String| TextRun { is_subtle: true, ..run(&text) };
    let utc = row.utc.map(|utc| subtle(format!(" ({utc})")));
    let before = row.before.map(|before| subtle(format!(" · {before}")));
    let inlines = [subtle(format!("{}: ", row.label)), bold(&row.value)].into_iter().chain(utc).chain(before);
    Element::RichTextBlock { inlines: inlines.collect(), spacing: Some("Small"), separator: false }
}

/// The buttons, what is to be done first. They are links: a card from a flow can do nothing else.
fn actions(
    content: &MessageContent,
    groups: &[MachineGroup<'_>],
    deployment: &DeploymentInfo,
) -> Vec<Action> {
    let language = reader(content).language;
    let mut actions = Vec::new();
    if let Some(link) = &content.link {
        let (title, _) = words::button(content, link, groups);
        actions.push(Action::OpenUrl { title, url: link.url.clone() });
    }
    if let ([_], [item]) = (groups, content.items.as_slice()) {
        actions.push(Action::OpenUrl {
            title: catalogue::button_portal(language),
            url: links::portal(deployment, item.window.place()),
        });
    }
    if let Some(url) = links::genuine(deployment) {
        actions.push(Action::OpenUrl { title: catalogue::button_genuine(language), url });
    }
    actions
}
