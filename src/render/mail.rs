//! Renders a message as a mail: subject, text, HTML, a calendar entry and lists.

use super::deployment::{DeploymentInfo, Mailbox};
use super::error::RenderError;
use super::mail_budget::{LARGEST_HTML, MailBudget, budget_for_files};
use super::rendered_mail::{Attachment, RenderedMail};
use super::words::content::reader;
use super::words::{alert_detail, operator_alert};
use super::{calendar, csv, groups, templates, view, wrap};
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::MessageId;
use crate::domain::message_content::MessageContent;
use crate::domain::message_size::MessageSize;
use crate::domain::sanitize::one_line;
use crate::words;

/// The mail that reports `content` to the envelope address `to`. The same arguments give the same bytes.
///
/// # Errors
/// When a template or a calendar entry cannot be written, which is a defect of the program and not of the content.
pub fn mail(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    to: &EmailAddress,
) -> Result<RenderedMail, RenderError> {
    mail_of(content, deployment, to, MessageSize::Whole)
}

/// The same in this size. HTML and all of the mail stay within what mail programs show and mail services take, whatever
/// the content: less is shown then, and what does not fit into a file is said to be missing.
///
/// # Errors
/// As [`mail`].
pub fn mail_of(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    to: &EmailAddress,
    size: MessageSize,
) -> Result<RenderedMail, RenderError> {
    let groups = groups::groups(content);
    let language = reader(content).language;
    let mut filled = None;
    for budget in MailBudget::steps(size) {
        let mut view = view::mail(content, deployment, &groups, budget);
        if !content.calendar.is_empty() && calendar::is_to_organizer(deployment, to) {
            view.footer.calendar = Some(words::calendar_to_organizer(language));
        }
        let html = templates::fill("mail.html", &view)?;
        let fits = html.len() < LARGEST_HTML;
        filled = Some((budget, view, html));
        if fits {
            break;
        }
    }
    let Some((budget, view, html)) = filled else { return Err(RenderError::NoRoom) };
    let text = wrap::tidy(&templates::fill("mail.txt", &view)?);
    let calendar = calendar::of_mail(content, deployment, to)?.filter(|_| budget.has_files());
    let beside = calendar.iter().map(|part| part.text.as_str()).chain([text.as_str(), html.as_str()]);
    let mut attachments = lists(content, deployment, budget, budget_for_files(beside));
    if !budget.has_files() {
        attachments.clear();
    }
    Ok(RenderedMail {
        message_id: message_id(&content.id, &deployment.from),
        conversation: conversation(content, &deployment.from),
        date: content.frozen_at,
        text,
        html,
        subject: view.subject,
        unsubscribe: content.unsubscribe.clone(),
        calendar,
        attachments,
    })
}

/// The same, where it is smaller than the mail in every larger size. `None` where it would be refused like that one.
///
/// # Errors
/// As [`mail`].
pub fn mail_if_smaller(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    to: &EmailAddress,
    size: MessageSize,
) -> Result<Option<RenderedMail>, RenderError> {
    let mail = mail_of(content, deployment, to, size)?;
    for larger in size.larger() {
        if mail_of(content, deployment, to, *larger)?.weight() <= mail.weight() {
            return Ok(None);
        }
    }
    Ok(Some(mail))
}

/// The `Message-ID` of a message that `from` sends, without its angle brackets.
pub fn message_id(message: &MessageId, from: &Mailbox) -> String {
    format!("{message}@{}", from.address.domain())
}

/// The begin of the conversation that a message belongs to: that of the recipient about one wave, by its tracking id, or
/// about one window where Azure names no wave. No message has this id; mail programs sort by it all the same.
fn conversation(content: &MessageContent, from: &Mailbox) -> Option<String> {
    let first = content.items.first()?;
    let waves = content.items.iter().flat_map(|item| &item.window.tracking_ids);
    let wave = waves.min().cloned().unwrap_or_else(|| first.window.id.to_string());
    let id = MessageId::of_conversation(&content.recipient, &wave);
    Some(format!("conversation-{id}@{}", from.address.domain()))
}

/// The lists that are too long to stand in the message itself.
fn lists(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    budget: MailBudget,
    bytes: usize,
) -> Vec<Attachment> {
    let reader = reader(content);
    let mut lists: Vec<Attachment> = Vec::new();
    let left = |lists: &[Attachment]| bytes.saturating_sub(lists.iter().map(|list| list.bytes.len()).sum());
    if content.items.len() > budget.whole {
        lists.push(csv::machines(content, deployment, left(&lists)));
    }
    if content.operator_alerts.len() > budget.listed {
        let rows = content
            .operator_alerts
            .iter()
            .map(|one| vec![operator_alert::title(one, reader), alert_detail::detail(one, reader)]);
        lists.push(csv::table("troubles.csv", &["trouble", "detail"], rows, left(&lists), reader.language));
    }
    if let Some(report) = content.go_live.as_ref().filter(|report| report.unowned.len() > budget.listed) {
        let rows = report.unowned.iter().map(|name| vec![one_line(name, 2000)]);
        lists.push(csv::table(
            "machines-without-owner.csv",
            &["machine"],
            rows,
            left(&lists),
            reader.language,
        ));
    }
    if let Some(report) = content.coverage.as_ref().filter(|report| report.unowned.len() > budget.listed) {
        lists.push(csv::unowned(&report.unowned, left(&lists), reader.language));
    }
    lists
}
