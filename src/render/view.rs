//! What a mail shows, as plain strings: the one model from which both the text and the HTML template are filled.

use chrono::{DateTime, Utc};

use super::deployment::DeploymentInfo;
use super::group_view::{Showing, group_view, why_line};
use super::groups::{MachineGroup, Outlook};
use super::mail_budget::MailBudget;
use super::mail_view::{
    ButtonView, FooterView, GoLiveView, LabelsView, MailView, OperatorAlertView, StartCommand,
};
use super::words::content::{main_group, only_notes, only_operator_alerts, only_summary, reader};
use super::words::{self, loss, operator_alert, subject};
use super::{links, status_summary, times};
use crate::domain::coverage::CoverageReport;
use crate::domain::message::MessageKind;
use crate::domain::message_content::{ContentItem, GoLiveReport, MessageContent};
use crate::domain::message_size::MessageSize;
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::words::{self as catalogue, Language};

/// With more machines than these, the page of the message links them to Azure's portal, and the mail does not.
const LINKED: usize = 8;

/// Builds the view of a message.
pub(super) fn mail(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    groups: &[MachineGroup<'_>],
    budget: MailBudget,
) -> MailView {
    let reader = reader(content);
    let language = reader.language;
    let summarise = content.items.len() > budget.whole;
    let shown = if summarise { budget.groups.min(groups.len()) } else { groups.len() };
    let showing = Showing {
        reader,
        deployment,
        pages: content.link.as_ref().is_some_and(|link| link.starts),
        is_only: groups.len() == 1 && content.wave.is_none(),
        links: content.link.is_none() || content.items.len() <= LINKED,
        summary: summarise.then_some(budget),
    };
    let main = main_group(groups).filter(|_| content.wave.is_none()).map(std::ptr::from_ref);
    let is_main = |group: &MachineGroup<'_>| main.is_some_and(|main| std::ptr::eq(main, group));
    let (button, explained) = button(content, deployment, groups);
    let alerts = operator_alert::blocks(&content.operator_alerts, reader);
    let for_operators = content.operator_alerts.iter().any(|operator_alert| !operator_alert.is_note());
    let left_out = (summarise || !budget.has_files())
        .then(|| left_out(content, groups.get(shown..).unwrap_or_default(), budget, language));
    MailView {
        language: language.tag(),
        kind: words::kind(content.kind, language),
        subject: subject::subject(content, groups),
        headline: subject::headline(content, groups),
        tone: message_tone(content, groups),
        lead: subject::lead(content, groups),
        button,
        diverted: content.diverted.then(|| words::diverted(content)),
        missed: words::missed(content),
        overlaps: overlaps(content).take(budget.overlaps).collect(),
        groups: groups.iter().take(shown).map(|group| group_view(group, is_main(group), showing)).collect(),
        why: why_line(&content.items, reader),
        status_summary: status_summary::view(content),
        details: left_out
            .into_iter()
            .chain(content.introduce.then(|| words::introduction(content)))
            .chain(explained)
            .chain(words::unchanged(content).filter(|_| !groups.is_empty()))
            .collect(),
        commands: commands(groups, language),
        alerts_heading: (!alerts.is_empty() && (!groups.is_empty() || !for_operators)).then(|| {
            if for_operators {
                catalogue::heading_operator(language)
            } else {
                catalogue::heading_mutes(language)
            }
        }),
        more_operator_alerts: beyond(alerts.len(), "troubles.csv", budget, language),
        operator_alerts: alerts
            .into_iter()
            .take(budget.listed)
            .map(|block| OperatorAlertView { title: block.title, detail: block.detail })
            .collect(),
        go_live: content
            .coverage
            .as_ref()
            .map(|report| coverage_view(report, budget, language))
            .or(content.go_live.as_ref().map(|report| go_live_view(report, budget, language))),
        footer: footer(content, deployment),
        labels: LabelsView {
            machine: catalogue::heading_machine(language),
            group: catalogue::heading_group(language),
            know: catalogue::heading_know(language),
            not_both: catalogue::not_both(language),
            unowned: catalogue::unowned_heading(language),
        },
    }
}

/// The one button, and what it does as a sentence. Without a page of ours it leads to the one machine in the portal.
fn button(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    groups: &[MachineGroup<'_>],
) -> (Option<ButtonView>, Option<String>) {
    let view = |label: String, url: String| ButtonView { width: 48 + 10 * label.chars().count(), label, url };
    if let Some(link) = &content.link {
        let (label, what) = words::button(content, link, groups);
        return (Some(view(label, link.url.clone())), Some(what));
    }
    match (groups, content.items.as_slice()) {
        ([group], [item]) if group.is_open() => {
            let label = catalogue::button_portal(reader(content).language);
            (Some(view(label, links::portal(deployment, item.window.place()))), None)
        }
        _ => (None, None),
    }
}

fn footer(content: &MessageContent, deployment: &DeploymentInfo) -> FooterView {
    let reader = reader(content);
    let language = reader.language;
    let mute = content.link.as_ref().filter(|_| !content.items.is_empty());
    let mute = mute.map(|link| (catalogue::mute(language), format!("{}#silence", link.url), String::new()));
    let digests = content
        .unsubscribe
        .clone()
        .map(|url| (catalogue::digests_off(language), url, catalogue::digests_off_what(language)));
    let feed = content.feed.clone().map(|url| (catalogue::feed_add(language), url, String::new()));
    let sender = one_line(deployment.from.name.as_deref().unwrap_or(deployment.from.address.as_str()), 80);
    let replies = deployment
        .reply_to
        .as_ref()
        .map(|mailbox| catalogue::footer_replies(language, mailbox.address.as_str()));
    let sent = [catalogue::footer_sent(language, &sender)];
    let sent = sent.into_iter().chain(replies).chain([catalogue::footer_safe(language)]);
    FooterView {
        calendar: (!content.calendar.is_empty()).then(|| catalogue::calendar_note(language)),
        links: mute.into_iter().chain(digests).chain(feed).collect(),
        lines: vec![
            catalogue::footer_as_of(language, &as_of(content), reader.zone.name()),
            sent.collect::<Vec<_>>().join(" "),
        ],
        genuine: links::genuine(deployment).map(|url| (catalogue::footer_genuine(language), url)),
    }
}

/// The warnings that the message gives of machines that could be down together: its own, and those of a summary.
pub(super) fn overlaps(content: &MessageContent) -> impl Iterator<Item = String> {
    let of_summary = content.summary.iter().flat_map(|summary| &summary.overlaps);
    let own = &content.overlaps;
    let others = of_summary.filter(move |overlap| !own.contains(overlap));
    own.iter().chain(others).map(|overlap| words::overlap(overlap, reader(content)))
}

fn coverage_view(report: &CoverageReport, budget: MailBudget, language: Language) -> GoLiveView {
    let place = |id: &ResourceId| format!("{} · {}", words::name(id), one_line(id.resource_group(), 90));
    let number = |number| catalogue::number(language, number);
    GoLiveView {
        numbers: vec![
            (catalogue::number_machines(language), number(report.machines())),
            (catalogue::number_owned(language), number(report.machines() - report.without_owner())),
            (catalogue::number_unowned(language), number(report.without_owner())),
        ],
        how: catalogue::coverage_how(language),
        unowned: report.unowned.iter().take(budget.listed).map(place).collect(),
        more: beyond_list(
            report.without_owner(),
            report.unowned.len(),
            "machines-without-owner.csv",
            budget,
            language,
        ),
    }
}

fn go_live_view(report: &GoLiveReport, budget: MailBudget, language: Language) -> GoLiveView {
    let number = |number| catalogue::number(language, number);
    GoLiveView {
        numbers: vec![
            (catalogue::number_subscriptions(language), number(report.subscriptions)),
            (catalogue::number_planned(language), number(report.machines)),
            (catalogue::number_owned(language), number(report.owned)),
            (catalogue::number_unowned(language), number(report.without_owner())),
            (catalogue::number_recipients(language), number(report.recipients)),
        ],
        how: catalogue::coverage_how(language),
        unowned: report.unowned.iter().take(budget.listed).map(|name| one_line(name, 160)).collect(),
        more: beyond_list(
            report.without_owner(),
            report.unowned.len(),
            "machines-without-owner.csv",
            budget,
            language,
        ),
    }
}

/// What the whole message is like: `act`, `calm`, `done`, `urgent` or `trouble`.
pub(super) fn message_tone(content: &MessageContent, groups: &[MachineGroup<'_>]) -> &'static str {
    match content.kind {
        MessageKind::GoLive | MessageKind::Coverage => "calm",
        _ if only_notes(content) => "calm",
        _ if content.wave.is_some() => "done",
        _ if only_summary(content).is_some() => "calm",
        _ if only_operator_alerts(content) => "trouble",
        _ if groups.iter().any(|group| tone(group) == "urgent") => "urgent",
        _ if groups.iter().any(MachineGroup::asks) => "act",
        _ => groups.first().map_or("calm", tone),
    }
}

fn tone(group: &MachineGroup<'_>) -> &'static str {
    match (group.stage, group.outlook) {
        (Stage::Imminent, _) => "urgent",
        (Stage::Unconfirmed, _) => "calm",
        (Stage::Completed, _) => "done",
        (_, Outlook::Over) => "calm",
        (Stage::Failed | Stage::Skipped, _) => "trouble",
        _ if loss::of_group(group, Language::default()).is_some() => "act",
        _ if group.asks() || group.asked_by.is_some() => "act",
        _ => "calm",
    }
}

fn commands(groups: &[MachineGroup<'_>], language: Language) -> Vec<StartCommand> {
    let startable: Vec<&ContentItem> = groups
        .iter()
        .filter(|group| group.asks() && matches!(group.outlook, Outlook::StartNow { .. }))
        .flat_map(|group| group.items.iter().copied())
        .collect();
    let mut commands: Vec<StartCommand> = Vec::new();
    let mut kinds = Vec::new();
    for item in &startable {
        let id = item.window.place();
        let Some(line) = links::start_command(id).filter(|_| !kinds.contains(&id.kind())) else {
            continue;
        };
        kinds.push(id.kind());
        commands.push(StartCommand { what: catalogue::detail_command(language, &words::name(id)), line });
    }
    commands
}

/// The moment that everything in it is true of: that of the last read where nothing in it is newer.
pub(super) fn as_of(content: &MessageContent) -> String {
    let old: Vec<DateTime<Utc>> = content.items.iter().filter_map(|item| item.last_read).collect();
    let only_old = old.len() == content.items.len() && (!old.is_empty() || content.unread_since.is_some());
    let read = old.into_iter().chain(content.unread_since).min().filter(|_| only_old);
    times::both(reader(content), read.unwrap_or(content.frozen_at))
}

/// What a shortened message leaves out, and where it stands.
fn left_out(
    content: &MessageContent,
    hidden: &[MachineGroup<'_>],
    budget: MailBudget,
    language: Language,
) -> String {
    let all = catalogue::machines(language, content.items.len());
    let file = || catalogue::all_in_file(language, "machines.csv", &all);
    let rest = match budget.size {
        MessageSize::Whole => vec![file()],
        MessageSize::Short => vec![catalogue::mail_short(language), file()],
        MessageSize::Bare => vec![catalogue::mail_bare(language)],
    };
    let machines = hidden.iter().map(|group| group.items.len()).sum();
    let hidden = (!hidden.is_empty())
        .then(|| catalogue::groups_hidden(language, hidden.len(), &catalogue::machines(language, machines)));
    hidden.into_iter().chain(rest).collect::<Vec<_>>().join(" ")
}

/// The command that lists every machine without an owner.
const UNOWNED: &str = "maintenance-notifier coverage --format csv";

/// The same, where the list itself is shorter than what it is of: no file has the rest.
fn beyond_list(
    count: usize,
    known: usize,
    file: &str,
    budget: MailBudget,
    language: Language,
) -> Option<String> {
    if known < count {
        let more = count.checked_sub(budget.listed.min(known)).filter(|more| *more > 0)?;
        return Some(catalogue::and_more_by_command(language, UNOWNED, more));
    }
    beyond(count, file, budget, language)
}

fn beyond(count: usize, file: &str, budget: MailBudget, language: Language) -> Option<String> {
    let more = count.checked_sub(budget.listed).filter(|more| *more > 0)?;
    Some(match budget.has_files() {
        true => catalogue::and_more_in_file(language, count, file, more),
        false => catalogue::and_more(language, more),
    })
}
