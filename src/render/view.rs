//! What a mail shows, as plain strings: the one model from which both the text and the HTML template are filled.

use chrono::{DateTime, Utc};

use crate::domain::time_zone::Tz;

use super::deployment::DeploymentInfo;
use super::groups::{MachineGroup, Outlook};
use super::mail_room::MailRoom;
use super::mail_view::{
    DatesView, GoLiveView, GroupView, MachineView, MailView, OperatorAlertView, RespondView, StartCommand,
};
use super::words::{self, loss, operator_alert, prior_notifications, responses, story, subject, why};
use super::{links, status_summary, times};
use crate::domain::coverage::CoverageReport;
use crate::domain::message::MessageKind;
use crate::domain::message_content::{ContentItem, MessageContent};
use crate::domain::message_size::MessageSize;
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;

/// Builds the view of a message.
pub(super) fn mail(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    groups: &[MachineGroup<'_>],
    room: MailRoom,
) -> MailView {
    let zone = content.timezone;
    let summarise = content.items.len() > room.whole;
    let shown = if summarise { room.groups.min(groups.len()) } else { groups.len() };
    let views = groups.iter().take(shown);
    MailView {
        language: words::LANGUAGE,
        subject: subject::subject(content, groups),
        headline: subject::headline(content, groups),
        tone: message_tone(content, groups),
        callout: subject::callout(content, groups),
        lead: subject::lead(content, groups),
        respond: content.link.as_ref().map(|link| RespondView {
            label: words::respond(content.kind, link),
            what: words::what_to_respond(content.kind, link),
            url: link.url.clone(),
        }),
        diverted: content.diverted.then(|| words::diverted(content)),
        introduction: content.introduce.then(|| introduction(content)),
        missed: words::missed(content),
        overlaps: overlaps(content).take(room.overlaps).collect(),
        status_summary: status_summary::view(content),
        groups: views.map(|group| group_view(group, zone, deployment, summarise.then_some(room))).collect(),
        summarised: (summarise || !room.has_files())
            .then(|| summarised(content, groups.get(shown..).unwrap_or_default(), room)),
        commands: commands(groups),
        unchanged: unchanged(content),
        operator_alerts: operator_alert::blocks(&content.operator_alerts, zone)
            .into_iter()
            .take(room.listed)
            .map(|block| OperatorAlertView { title: block.title, detail: block.detail })
            .collect(),
        for_operators: content.operator_alerts.iter().any(|operator_alert| !operator_alert.is_note()),
        more_operator_alerts: beyond(content.operator_alerts.len(), "troubles.csv", room),
        go_live: content.coverage.as_ref().map(|report| coverage_view(report, room)).or(content
            .go_live
            .as_ref()
            .map(|report| GoLiveView {
                numbers: vec![
                    ("Subscriptions that can be read", report.subscriptions),
                    ("Machines with planned maintenance", report.machines),
                    ("Machines with an owner", report.owned),
                    ("Machines without an owner", report.unowned.len()),
                    ("People and channels who are told", report.recipients),
                ],
                unowned: report.unowned.iter().take(room.listed).map(|name| one_line(name, 160)).collect(),
                more: beyond(report.unowned.len(), "machines-without-owner.csv", room),
            })),
        genuine: links::genuine(deployment),
        calendar: calendar(content),
        unsubscribe: content.unsubscribe.clone(),
        sender: one_line(deployment.from.name.as_deref().unwrap_or(deployment.from.address.as_str()), 80),
        reply_to: deployment.reply_to.as_ref().map(|mailbox| mailbox.address.to_string()),
        zone: zone.name().to_owned(),
        as_of: as_of(content),
    }
}

/// The warnings that the message gives of machines that could be down together: its own, and those of a summary.
pub(super) fn overlaps(content: &MessageContent) -> impl Iterator<Item = String> {
    let of_summary = content.summary.iter().flat_map(|summary| &summary.overlaps);
    let own = &content.overlaps;
    let others = of_summary.filter(move |overlap| !own.contains(overlap));
    own.iter().chain(others).map(|overlap| words::overlap(overlap, content.timezone))
}

fn coverage_view(report: &CoverageReport, room: MailRoom) -> GoLiveView {
    let place = |id: &ResourceId| format!("{} · {}", words::name(id), one_line(id.resource_group(), 90));
    GoLiveView {
        numbers: vec![
            ("Machines", report.machines()),
            ("Machines with an owner", report.machines() - report.without_owner()),
            ("Machines without an owner", report.without_owner()),
        ],
        unowned: report.unowned.iter().take(room.listed).map(place).collect(),
        more: beyond(report.unowned.len(), "machines-without-owner.csv", room),
    }
}

fn introduction(content: &MessageContent) -> String {
    let channel = "This is the first message that you get from your organisation’s maintenance notifier. Azure tells \
                   subscription owners about planned maintenance; the notifier tells those who run the machines, in \
                   their own time zone and before the chance to choose the moment has passed.";
    if content.items.is_empty() {
        channel.to_owned()
    } else {
        format!(
            "{channel} Why it comes to you is said with the machines below. If that is wrong, correct the tag or \
                 answer this mail."
        )
    }
}

/// What the whole message is like: `act`, `calm`, `urgent` or `trouble`.
pub(super) fn message_tone(content: &MessageContent, groups: &[MachineGroup<'_>]) -> &'static str {
    match content.kind {
        MessageKind::GoLive | MessageKind::Coverage => "calm",
        _ if subject::only_notes(content) => "calm",
        _ if subject::only_summary(content).is_some() || content.wave.is_some() => "calm",
        _ if subject::only_operator_alerts(content) => "trouble",
        _ if groups.iter().any(|group| tone(group) == "urgent") => "urgent",
        _ if groups.iter().any(MachineGroup::asks) => "act",
        _ => groups.first().map_or("calm", tone),
    }
}

fn tone(group: &MachineGroup<'_>) -> &'static str {
    match (group.stage, group.outlook) {
        (Stage::Imminent, _) => "urgent",
        (Stage::Unconfirmed, _) => "calm",
        (_, Outlook::Over) => "calm",
        (Stage::Failed | Stage::Skipped, _) => "trouble",
        _ if loss::of_group(group).is_some() => "act",
        _ if group.asks() => "act",
        _ => "calm",
    }
}

fn group_view(
    group: &MachineGroup<'_>,
    zone: Tz,
    deployment: &DeploymentInfo,
    summary: Option<MailRoom>,
) -> GroupView {
    let shown = summary.map_or(group.items.len(), |room| room.named.min(group.items.len()));
    let first_why = group.items.first().map(|item| why_of(item)).unwrap_or_default();
    let shared_why = group.items.iter().all(|item| why_of(item) == first_why);
    let machines = group.items.iter().take(shown);
    let hidden = group.items.len() - shown;
    let heading = story::heading(group, zone);
    GroupView {
        label: words::story::label(group),
        tone: tone(group),
        heading: heading.text,
        heading_utc: heading.utc,
        count: words::counted(group.items.len(), group.items.iter().map(|item| item.window.place().kind())),
        news: story::news(group, words::choose(group.items.len(), "this machine", "these machines"), zone),
        dates: dates(group, zone),
        otherwise: story::otherwise(group, zone),
        how_to_start: story::how_to_start(group, zone),
        left_to_azure: story::left_to_azure(group),
        button: group.asks() && group.items.len() == 1,
        machines: machines.map(|item| machine_view(item, group, zone, deployment, !shared_why)).collect(),
        more: (hidden > 0).then(|| match summary {
            Some(room) if !room.has_files() => format!("and {hidden} more"),
            _ => format!("and {hidden} more in machines.csv"),
        }),
        why: if shared_why { first_why } else { Vec::new() },
    }
}

fn dates(group: &MachineGroup<'_>, zone: Tz) -> Vec<DatesView> {
    let previous = group.previous.unwrap_or_default();
    let labels = if matches!(group.outlook, Outlook::Over | Outlook::Passed) {
        ["Self-service was", "Azure’s own was"]
    } else {
        ["Self-service", "Azure’s window"]
    };
    let pairs = [
        (labels[0], group.schedule.self_service, previous.self_service),
        (labels[1], group.schedule.scheduled, previous.scheduled),
    ];
    let views = pairs.into_iter().map(|(label, now, before)| {
        let moved = group.previous.is_some() && now != before;
        DatesView {
            label,
            now: now.map(|interval| times::span(zone, interval)),
            before: before.filter(|_| moved).map(|interval| times::span(zone, interval)),
            moved,
        }
    });
    views.filter(|view| view.now.is_some() || view.before.is_some()).collect()
}

fn machine_view(
    item: &ContentItem,
    group: &MachineGroup<'_>,
    zone: Tz,
    deployment: &DeploymentInfo,
    with_why: bool,
) -> MachineView {
    let machine = &item.window.machine;
    let impact = group.event.map_or(&item.window.impact, |event| event.impact);
    let id: &ResourceId = item.window.place();
    let place =
        [Some(one_line(id.resource_group(), 90)), Some(words::subscription(machine)), words::place(machine)];
    MachineView {
        name: words::name(id),
        portal: links::portal(deployment, id),
        place: place.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        state: why::still_concerns(item)
            .then(|| format!("{} · status “{}”", words::impact(impact), words::status(item, group.now))),
        notes: item
            .last_read
            .map(|read| words::last_read(read, zone))
            .into_iter()
            .chain(responses::of_item(item, zone))
            .chain(prior_notifications::of_item(item, zone))
            .chain(item.not_by_itself.clone().filter(|_| why::still_concerns(item)))
            .chain(why::against(item))
            .chain(words::last_message(item))
            .collect(),
        why: if with_why { why_of(item) } else { Vec::new() },
    }
}

/// Why the recipient is notified about one machine, and who else is.
fn why_of(item: &ContentItem) -> Vec<String> {
    item.reasons.iter().take(5).map(words::reason).chain(why::others(item)).collect()
}

fn commands(groups: &[MachineGroup<'_>]) -> Vec<StartCommand> {
    let startable: Vec<&ContentItem> = groups
        .iter()
        .filter(|group| matches!(group.outlook, Outlook::StartNow { .. }))
        .flat_map(MachineGroup::to_act_on)
        .collect();
    let mut commands: Vec<StartCommand> = Vec::new();
    let mut kinds = Vec::new();
    for item in &startable {
        let id = item.window.place();
        let Some(line) = links::start_command(id).filter(|_| !kinds.contains(&id.kind())) else {
            continue;
        };
        kinds.push(id.kind());
        let what = match startable.len() {
            1 => format!("Start {} from the command line:", words::name(id)),
            _ => format!("From the command line, here for {}:", words::name(id)),
        };
        commands.push(StartCommand { what, line });
    }
    commands
}

/// The moment that everything in it is true of: that of the last read where nothing in it is newer.
pub(super) fn as_of(content: &MessageContent) -> String {
    let old: Vec<DateTime<Utc>> = content.items.iter().filter_map(|item| item.last_read).collect();
    let only_old = old.len() == content.items.len() && (!old.is_empty() || content.unread_since.is_some());
    let read = old.into_iter().chain(content.unread_since).min().filter(|_| only_old);
    times::both(content.timezone, read.unwrap_or(content.frozen_at))
}

/// How many machines are as they were, as a sentence.
pub(super) fn unchanged(content: &MessageContent) -> Option<String> {
    let count = content.unchanged;
    let zone = content.timezone;
    (count > 0).then(|| {
        let machines = words::plural(count, "further machine is", "further machines are");
        match content.unchanged_deadline {
            _ if content.unread_since.is_some() => not_read(content),
            Some(deadline) if count == 1 => format!(
                "{machines} unchanged since you were last told; its deadline is {}.",
                times::both(zone, deadline)
            ),
            Some(deadline) => format!(
                "{machines} unchanged since you were last told; the nearest deadline is {}.",
                times::both(zone, deadline)
            ),
            None => format!("{machines} unchanged since you were last told."),
        }
    })
}

/// That further machines were not read for long, and the nearest deadline as it stood then.
fn not_read(content: &MessageContent) -> String {
    let zone = content.timezone;
    let machines = words::plural(content.unchanged, "further machine is", "further machines are");
    let since = content.unread_since.map(|since| times::both(zone, since)).unwrap_or_default();
    let deadline = content.unchanged_deadline.map(|deadline| times::both(zone, deadline));
    let deadline = deadline.map(|deadline| format!("; the nearest deadline known is {deadline}"));
    format!(
        "{machines} open; not all could be read since {since}, so it is not known what changed{}.",
        deadline.unwrap_or_default()
    )
}

fn summarised(content: &MessageContent, hidden: &[MachineGroup<'_>], room: MailRoom) -> String {
    let list = |all: &str| match room.size {
        MessageSize::Whole => format!("The attached machines.csv lists all {all}."),
        MessageSize::Short => format!(
            "Your mail server took no larger message, so this one is shortened; the attached machines.csv lists all {all}."
        ),
        MessageSize::Bare => {
            "Your mail server took no larger message, so this one is shortened and comes without its \
                              attachments."
                .to_owned()
        }
    };
    let all = words::machines(content.items.len());
    if hidden.is_empty() {
        return list(&all);
    }
    let machines = hidden.iter().map(|group| group.items.len()).sum();
    format!(
        "{} with {} are not shown here. {}",
        words::plural(hidden.len(), "more group", "more groups"),
        words::machines(machines),
        list(&all)
    )
}

fn beyond(count: usize, file: &str, room: MailRoom) -> Option<String> {
    let more = count.checked_sub(room.listed).filter(|more| *more > 0)?;
    Some(match room.has_files() {
        true => format!("And {more} more: the attached {file} lists all {count}."),
        false => format!("And {more} more."),
    })
}

fn calendar(content: &MessageContent) -> Option<String> {
    (!content.calendar.is_empty()).then(|| {
        "1 calendar entry with this mail keeps your calendar in step. It is shown as free, and no answer is expected."
            .to_owned()
    })
}
