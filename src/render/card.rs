//! Renders a message as a Teams message: the envelope that Workflows wants around one Adaptive Card 1.4.
//!
//! A channel mirrors what people are notified of: counts and the changes that matter. Everything stands in text runs,
//! which know no markdown, so that foreign text cannot become a link, and angle brackets are replaced, so that it
//! cannot become a mention.

use super::adaptive::{
    Action, AdaptiveCard, CardAttachment, CardEnvelope, Element, Fact, TextRun, Width, block, bold, fact,
    paragraph, plain, run,
};
use super::deployment::DeploymentInfo;
use super::error::RenderError;
use super::groups::{self, MachineGroup, Outlook};
use super::rendered_card::RenderedCard;
use super::words::{self, loss, operator_alert, prior_notifications, responses, story, subject, why};
use super::{links, times, view};
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::message_size::MessageSize;
use crate::domain::sanitize::one_line;
use crate::domain::summary::Summary;
use crate::domain::window::Interval;

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
    for room in STEPS.into_iter().skip(first) {
        json = serde_json::to_string(&envelope(content, deployment, &groups, room))?;
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
    room: CardBudget,
) -> CardEnvelope {
    let mut body = vec![headline(content, groups)];
    if content.diverted {
        body.push(paragraph(&words::diverted(content)));
    }
    body.extend(words::missed(content).map(|missed| paragraph(&missed)));
    if content.introduce {
        body.push(paragraph(
            "This channel is told about planned Azure maintenance from now on; this is the first message.",
        ));
    }
    if let Some(report) = &content.go_live {
        body.push(Element::FactSet {
            facts: vec![
                fact("Subscriptions", report.subscriptions.to_string()),
                fact("Machines", report.machines.to_string()),
                fact("With an owner", report.owned.to_string()),
                fact("Without an owner", report.unowned.len().to_string()),
            ],
        });
    }
    body.extend(
        view::overlaps(content)
            .take(room.operator_alerts)
            .map(|warning| block(vec![bold("Not both at once:"), run(&format!(" {warning}"))], true)),
    );
    if let Some(report) = &content.coverage {
        body.push(Element::FactSet {
            facts: vec![
                fact("Machines", report.machines().to_string()),
                fact("Without an owner", report.without_owner().to_string()),
            ],
        });
    }
    for group in groups.iter().take(room.groups) {
        body.extend(group_elements(group, content, deployment, room.machines));
    }
    if groups.len() > room.groups {
        let machines = groups.iter().skip(room.groups).map(|group| group.items.len()).sum();
        body.push(paragraph(&format!(
            "{} with {} are not shown here.",
            words::plural(groups.len() - room.groups, "more group", "more groups"),
            words::machines(machines)
        )));
    }
    if let Some(summary) = &content.summary {
        body.extend(status_summary(summary, content, room));
    }
    let alerts = operator_alert::blocks(&content.operator_alerts, content.timezone);
    for one in alerts.iter().take(room.operator_alerts) {
        let (title, detail) = (format!("{}.", one.title), format!(" {}", one.detail));
        body.push(block(vec![bold(&title), run(&detail)], true));
    }
    if alerts.len() > room.operator_alerts {
        body.push(paragraph(&format!("And {} more to look at.", alerts.len() - room.operator_alerts)));
    }
    // A sign of life has said it already.
    let unchanged = view::unchanged(content).filter(|_| content.kind != MessageKind::Heartbeat);
    if let Some(unchanged) = unchanged {
        body.push(paragraph(&unchanged));
    }
    body.push(block(
        vec![TextRun {
            is_subtle: true,
            size: Some("Small"),
            ..run(&format!("As of {}.", view::as_of(content)))
        }],
        true,
    ));
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
                actions: actions(content, groups, deployment),
                msteams: Width { width: "Full" },
            },
        }],
    }
}

/// How things stand: the numbers, and who has not answered.
fn status_summary(summary: &Summary, content: &MessageContent, room: CardBudget) -> Vec<Element> {
    let total = &summary.total;
    let mut elements = vec![Element::FactSet {
        facts: vec![
            fact("Without an answer", total.unanswered.to_string()),
            fact("Known", total.acknowledged.to_string()),
            fact("Planned", total.planned.to_string()),
            fact("Left to Azure", total.left_to_azure.to_string()),
            fact("Done", total.done.to_string()),
        ],
    }];
    let silent: Vec<_> = summary.teams.iter().filter(|line| line.counts.unanswered > 0).collect();
    elements.extend(silent.iter().take(room.groups).map(|line| {
        let team = words::summary::team(line.team.as_ref());
        block(vec![bold(&team), run(&format!(": {}", words::summary::silent(line, content.timezone)))], false)
    }));
    if silent.len() > room.groups {
        elements.push(paragraph(&format!("and {} more who have not answered", silent.len() - room.groups)));
    }
    elements
}

fn headline(content: &MessageContent, groups: &[MachineGroup<'_>]) -> Element {
    let style = match view::message_tone(content, groups) {
        "act" => "warning",
        "calm" => "accent",
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
    content: &MessageContent,
    deployment: &DeploymentInfo,
    shown: usize,
) -> Vec<Element> {
    let zone = content.timezone;
    let mut elements = vec![
        block(
            vec![
                bold(&story::heading(group, zone).text),
                run(&format!(" · {} · {}", words::story::label(group), words::machines(group.items.len()))),
            ],
            true,
        ),
        paragraph(&story::news(
            group,
            words::choose(group.items.len(), "this machine", "these machines"),
            content.timezone,
        )),
    ];
    elements.extend(loss::of_group(group).map(|loss| block(vec![bold(&loss)], false)));
    let facts = facts(group, content);
    if !facts.is_empty() {
        elements.push(Element::FactSet { facts });
    }
    elements.extend(group.items.iter().take(shown).map(|item| {
        let id = item.window.place();
        let machine = &item.window.machine;
        let name = TextRun {
            select_action: Some(Action::OpenUrl {
                title: "Open in Azure’s portal".to_owned(),
                url: links::portal(deployment, id),
            }),
            ..bold(&words::name(id))
        };
        let mut facts = vec![one_line(id.resource_group(), 60), words::subscription(machine)];
        facts.extend(words::place(machine));
        facts.extend(why::still_concerns(item).then(|| words::status(item, group.now)));
        facts.extend(item.last_read.map(|read| words::last_read(read, zone)));
        facts.extend(responses::of_item(item, zone).into_iter().take(2));
        facts.extend(prior_notifications::of_item(item, zone).into_iter().take(1));
        facts.extend(item.not_by_itself.clone().filter(|_| why::still_concerns(item)));
        facts.extend(why::against(item).into_iter().take(1));
        let rest = TextRun { is_subtle: true, ..run(&format!(" {}", facts.join(" · "))) };
        Element::RichTextBlock { inlines: vec![name, rest], spacing: Some("Small"), separator: false }
    }));
    let hidden = group.items.len().saturating_sub(shown);
    if hidden > 0 && shown > 0 {
        elements.push(paragraph(&format!("and {hidden} more")));
    }
    elements
}

/// The dates, and those before them where they moved. What is over needs none in a channel.
fn facts(group: &MachineGroup<'_>, content: &MessageContent) -> Vec<Fact> {
    let mut facts = Vec::new();
    if group.outlook == Outlook::Over {
        return facts;
    }
    if let Some(event) = group.event {
        facts.extend(event.not_before.map(|at| fact("Not before", times::both(content.timezone, at))));
        facts.push(fact("What", words::impact(event.impact)));
        facts.extend(
            event.seconds.map(|seconds| fact("Expected to take", times::length(content.timezone, seconds))),
        );
    }
    let span = |interval: Interval| times::span(content.timezone, interval);
    let now = group.schedule;
    let before = group.previous.unwrap_or_default();
    let windows = [
        ("Self-service", now.self_service, "Self-service before", before.self_service),
        ("Azure’s window", now.scheduled, "Azure’s before", before.scheduled),
    ];
    for (title, interval, title_before, interval_before) in windows {
        if let Some(span) = interval.map(span) {
            facts.push(fact(title, span.local));
            facts.extend(span.utc.map(|utc| fact("", utc)));
        }
        let moved = interval_before.filter(|_| interval != interval_before);
        facts.extend(moved.map(|old| fact(title_before, span(old).local)));
    }
    facts
}

fn actions(
    content: &MessageContent,
    groups: &[MachineGroup<'_>],
    deployment: &DeploymentInfo,
) -> Vec<Action> {
    let mut actions = Vec::new();
    if let Some(link) = &content.link {
        actions.push(Action::OpenUrl {
            title: words::respond(content.kind, link).to_owned(),
            url: link.url.clone(),
        });
    }
    let only = match groups {
        [group] if group.items.len() == 1 => group.items.first(),
        _ => None,
    };
    if let Some(item) = only {
        actions.push(Action::OpenUrl {
            title: "Open in Azure’s portal".to_owned(),
            url: links::portal(deployment, item.window.place()),
        });
    }
    if let Some(url) = links::genuine(deployment) {
        actions.push(Action::OpenUrl { title: "Is this genuine?".to_owned(), url });
    }
    actions
}
