//! The page of a message: [`super::row_group`] has its machines, [`super::forms`] its forms.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::super::auth::{
    StartPermission, Visitor, may_grant, may_start, nonces, why_no_grant, why_no_start,
};
use super::super::form::FormValues;
use super::super::form_result::FormResult;
use super::super::link_target::LinkTarget;
use super::super::{reply, words};
use super::banner::Banner;
use super::choice::{PlannedChoice, planned_choices};
use super::context::ViewContext;
use super::forms::{ResponseView, StartView};
use super::headline::Headline;
use super::hours::HoursView;
use super::machines::MachineRow;
use super::mute::MuteView;
use super::notice::PageNotice;
use super::offer::{Offer, offer};
use super::page_data;
use super::page_data::PageData;
use super::pages::{Pages, PagesView};
use super::row_group::GroupView;
use crate::domain::action::link_purpose::LinkPurpose;
use crate::domain::action::response::StartStatus;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::sanitize::one_line;
use crate::render::times::{both, local};
use crate::render::words::LANGUAGE;
use crate::services::links::feed_token;
use crate::services::{App, ServiceError};
use crate::words::{self as catalogue, Language};

/// The page.
#[derive(Debug, Serialize)]
struct PageView {
    language: &'static str,
    title: String,
    headline: Headline,
    whose: String,
    banner: Option<Banner>,
    /// Whether something is under way and nothing is left to fill in, so that the page may load itself again.
    refreshes: bool,
    /// What stands in the form that was refused.
    filled: FormValues,
    /// The link's token, with the page that this is of a long list: forms come back to it.
    token: String,
    /// Whether the page is about several machines.
    several: bool,
    groups: Vec<GroupView>,
    /// Where the other machines of a long message are.
    pages: Option<PagesView>,
    start: Option<StartView>,
    /// The form that starts many of them one after the other.
    rolling: Option<Offer>,
    /// The planned starts that can be called off.
    planned: Vec<PlannedChoice>,
    no_start: Option<String>,
    sign_in: Option<String>,
    answer: Option<ResponseView>,
    hours: Option<HoursView>,
    mute: Option<MuteView>,
    /// Since when no digests are sent, where the recipient turned them off.
    without_digests: Option<String>,
    digests: Option<String>,
    /// The recipient's feeds: what each link says, and where it leads.
    feeds: Vec<(String, String)>,
    /// Whether whoever is signed in has a page of their own.
    mine: bool,
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
    let mut view = view(app, target, visitor, &page_data, pages, notice.result);
    view.refreshes &= !notice.is_still;
    let filled = notice.refused.map(FormValues::from).unwrap_or_default();
    let wrong = notice.result.and_then(FormResult::wrong_field).filter(|_| view.shows(filled.act()));
    // What is wrong with a field is said there, and not twice.
    if let Some(wrong) = wrong {
        view.banner = None;
        view.filled = filled.wrong(wrong);
    } else {
        view.filled = filled;
    }
    let gone = target.expired.is_some() || target.is_withdrawn();
    let status = notice.status(if gone { StatusCode::GONE } else { StatusCode::OK });
    Ok(reply::page(status, "action.html", &view, nonces(app, target.form_page(None)), view.refreshes))
}

impl PageView {
    /// Whether the page has the form that does `act`.
    fn shows(&self, act: &str) -> bool {
        let answers = self.answer.as_ref();
        let grants = answers.filter(|answer| answer.no_grant.is_none());
        match act {
            "start" => self.start.is_some(),
            "object" => !self.planned.is_empty(),
            "roll" => self.rolling.is_some(),
            "acknowledge" | "not-mine" => answers.is_some(),
            "snooze" => answers.is_some_and(|answer| !answer.snooze.is_empty()),
            "hand-over" => grants.is_some_and(|answer| !answer.own.is_empty()),
            "accept" => grants.is_some_and(|answer| !answer.handed.is_empty()),
            "silence" => self.mute.as_ref().is_some_and(|mute| mute.form.is_some()),
            "name-hours" => self.hours.as_ref().is_some_and(|hours| hours.form.is_some()),
            _ => false,
        }
    }
}

fn view(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    page_data: &PageData,
    pages: Pages,
    result: Option<&FormResult>,
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
        headline: context.headline(&machines),
        whose: format!(
            "This link belongs to {}. It came in a message of {}.",
            one_line(target.recipient.as_str(), 90),
            local(zone, target.content.frozen_at)
        ),
        banner: result.and_then(|result| Banner::of_result(result, &machines)),
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
        feeds: feeds(app, target),
        several: machines.len() > 1,
        planned: planned_choices(&machines),
        groups: context.groups(machines),
        rolling: start.as_ref().filter(|start| start.only_now.is_none()).and_then(|start| {
            let between = (start.earliest.clone(), start.latest.clone());
            offer(app, target, start.machines.clone(), between)
        }),
        start,
        no_start,
        sign_in: (may.is_helped_by_signing_in() || grants.is_helped_by_signing_in())
            .then(|| format!("/.auth/login/aad?post_login_redirect_uri=%2Fa%3Ft%3D{}", target.token)),
        mine: app.easy_auth,
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

/// The feeds of the recipient, without names of machines and with them: whoever reads this page knows the names.
fn feeds(app: &App, target: &LinkTarget) -> Vec<(String, String)> {
    let language = Language::default();
    let link = |what: String, path: &str, purpose| {
        let token = feed_token(app, &target.recipient, purpose, app.clock.now())?;
        Some((what, format!("/{path}?t={token}")))
    };
    [
        link(catalogue::feed_add(language), "calendar.ics", LinkPurpose::Feed),
        link(catalogue::feed_with_names(language), "calendar.ics", LinkPurpose::FeedWithNames),
        link(catalogue::feed_as_atom(language), "calendar.atom", LinkPurpose::Feed),
    ]
    .into_iter()
    .flatten()
    .collect()
}
