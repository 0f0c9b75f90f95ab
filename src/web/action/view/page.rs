//! The page of a message: [`super::machines`] has its machines, [`super::forms`] its forms.

use crate::domain::time_zone::Tz;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::super::auth::{
    StartPermission, Visitor, may_grant, may_start, nonces, why_no_grant, why_no_start,
};
use super::super::form::FormValues;
use super::super::form_result::FormLine;
use super::super::link_target::LinkTarget;
use super::super::{reply, words};
use super::context::ViewContext;
use super::forms::{ResponseView, StartView};
use super::hours::HoursView;
use super::machines::MachineRow;
use super::mute::MuteView;
use super::notice::PageNotice;
use super::offer::{Offer, offer};
use super::page_data;
use super::page_data::PageData;
use super::pages::{Pages, PagesView};
use crate::domain::action::response::StartStatus;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::sanitize::one_line;
use crate::render::times::{both, local};
use crate::render::words::LANGUAGE;
use crate::services::{App, ServiceError};

/// The page.
#[derive(Debug, Serialize)]
struct PageView {
    language: &'static str,
    title: String,
    lead: String,
    whose: String,
    lines: Vec<FormLine>,
    /// Whether something is under way and nothing is left to fill in, so that the page may load itself again.
    refreshes: bool,
    /// What stands in the form that was refused.
    filled: FormValues,
    /// The link's token, with the page that this is of a long list: forms come back to it.
    token: String,
    machines: Vec<MachineRow>,
    /// Where the other machines of a long message are.
    pages: Option<PagesView>,
    start: Option<StartView>,
    /// The form that starts many of them one after the other.
    rolling: Option<Offer>,
    no_start: Option<String>,
    sign_in: Option<String>,
    answer: Option<ResponseView>,
    hours: Option<HoursView>,
    mute: Option<MuteView>,
    /// Since when no digests are sent, where the recipient turned them off.
    without_digests: Option<String>,
    digests: Option<String>,
    genuine: Option<String>,
    zone: String,
    as_of: String,
}

/// The page about `target`, with what became of a form. It is `410 Gone` when there is nothing to respond to.
pub(crate) async fn page(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    notice: PageNotice<'_>,
) -> Result<Response, ServiceError> {
    let pages = Pages::of(target.content.items.len(), notice.page);
    let page_data = page_data::read(app, target, pages.shown()).await?;
    let mut view = view(app, target, visitor, &page_data, pages, notice.lines);
    view.refreshes &= !notice.is_still;
    view.filled = notice.refused.map(FormValues::from).unwrap_or_default();
    let gone = target.expired.is_some() || target.is_withdrawn();
    let status = notice.status.unwrap_or(if gone { StatusCode::GONE } else { StatusCode::OK });
    Ok(reply::page(status, "action.html", &view, nonces(app, target.form_page(None)), view.refreshes))
}

fn view(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    page_data: &PageData,
    pages: Pages,
    lines: Vec<FormLine>,
) -> PageView {
    let (now, zone) = (app.clock.now(), target.zone);
    let context = ViewContext { app, target, page_data, now, zone };
    let machines: Vec<MachineRow> = target
        .items()
        .skip(pages.shown().start)
        .take(pages.shown().len())
        .map(|(index, item, assignment)| context.machine(index, item, assignment))
        .collect();
    let (may, grants) = (may_start(app, target, visitor), may_grant(app, target, visitor));
    let startable = machines.iter().any(|machine| machine.startable);
    let start = (may == StartPermission::Yes).then(|| context.start(&machines)).flatten();
    let no_start = why_no_start(&may, target, visitor)
        .or_else(|| start.is_none().then(|| words::ONLY_NOW.to_owned()))
        .filter(|_| startable);
    let under_way = target.items().filter_map(|(_, _, assignment)| assignment).any(|assignment| {
        assignment.actions.open_start().is_some_and(|start| start.status == StartStatus::UnderWay)
    });
    PageView {
        language: LANGUAGE,
        title: title(&machines, target.content.items.len()),
        lead: lead(target, &machines, zone),
        whose: format!(
            "This link belongs to {}. It came in a message of {}.",
            one_line(target.recipient.as_str(), 90),
            local(zone, target.content.frozen_at)
        ),
        lines,
        refreshes: under_way && start.is_none(),
        filled: FormValues::default(),
        token: pages.token(&target.token),
        pages: pages.view(&target.token),
        answer: context.answer(&machines, why_no_grant(&grants, target, visitor)),
        hours: context
            .hours(&machines, may == StartPermission::Yes && app.start_rules.acts_as == StartsAs::App),
        mute: context.mute(&machines),
        without_digests: target
            .notification_settings
            .without_digests
            .as_ref()
            .map(|said| local(zone, said.at)),
        digests: target.digests_address(app),
        machines,
        rolling: start.as_ref().filter(|start| start.only_now.is_none()).and_then(|start| {
            let between = (start.earliest.clone(), start.latest.clone());
            offer(app, target, start.machines.clone(), between)
        }),
        start,
        no_start,
        sign_in: (may.is_helped_by_signing_in() || grants.is_helped_by_signing_in())
            .then(|| format!("/.auth/login/aad?post_login_redirect_uri=%2Fa%3Ft%3D{}", target.token)),
        genuine: app.deployment.public_url.as_ref().map(|_| "/genuine".to_owned()),
        zone: zone.name().to_owned(),
        as_of: both(zone, now),
    }
}

fn title(machines: &[MachineRow], count: usize) -> String {
    match machines {
        [one] => format!("Maintenance of {}", one.name),
        _ => format!("Maintenance of {count} machines"),
    }
}

fn lead(target: &LinkTarget, machines: &[MachineRow], zone: Tz) -> String {
    if let Some(expired) = target.expired {
        return format!(
            "This link could be used until {}. Below is how things stand; to respond, use the link in a newer message.",
            both(zone, expired)
        );
    }
    if target.is_withdrawn() {
        return "You are no longer responsible for any of this. What became of it stands below.".to_owned();
    }
    if machines.iter().any(|machine| machine.startable) {
        "Azure will restart what is listed here by itself. Until self-service ends you can choose the moment yourself."
            .to_owned()
    } else if machines.iter().any(|machine| machine.answerable) {
        "There is nothing to start here at the moment. You can still answer.".to_owned()
    } else {
        "Nothing is left to do here.".to_owned()
    }
}
