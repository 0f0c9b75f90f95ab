//! What the page shows, as plain strings: [`super::machines`] has its machines, [`super::forms`] its forms.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::auth::{StartPermission, TokenProblem, Visitor, may_start};
use super::form::FormValues;
use super::forms::{ResponseView, StartView};
use super::hours::HoursView;
use super::link_target::LinkTarget;
use super::machines::MachineRow;
use super::mute::MuteView;
use super::page_data::PageData;
use super::plan::{Offer, offer};
use super::words;
use crate::domain::action::response::StartStatus;
use crate::domain::action::start_rules::StartsAs;
use crate::render::sanitize::one_line;
use crate::render::times::{both, local};
use crate::render::words::LANGUAGE;
use crate::services::App;

/// How many machines one page shows. The message itself lists no more either.
const SHOWN: usize = 100;

/// What became of a form.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FormLine {
    tone: &'static str,
    text: String,
}

impl FormLine {
    /// It was done, or had been.
    pub(super) fn good(text: impl Into<String>) -> Self {
        Self { tone: "good", text: text.into() }
    }

    /// It was not.
    pub(super) fn problem(text: impl Into<String>) -> Self {
        Self { tone: "problem", text: text.into() }
    }
}

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct PageView {
    language: &'static str,
    title: String,
    lead: String,
    whose: String,
    lines: Vec<FormLine>,
    /// Whether something is under way and nothing is left to fill in, so that the page may load itself again.
    pub(super) refreshes: bool,
    /// What stands in the form that was refused.
    pub(super) filled: FormValues,
    token: String,
    nonce: String,
    machines: Vec<MachineRow>,
    more: Option<String>,
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
    genuine: Option<String>,
    zone: String,
    as_of: String,
}

/// The page about `target` for `visitor`, with what became of a form.
pub(super) fn view(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    page_data: &PageData,
    lines: Vec<FormLine>,
) -> PageView {
    let (now, zone) = (app.clock.now(), target.zone);
    let context = ViewContext { app, target, page_data, now, zone };
    let machines: Vec<MachineRow> = target
        .items()
        .take(SHOWN)
        .map(|(index, item, assignment)| context.machine(index, item, assignment))
        .collect();
    let hidden = target.content.items.len() - machines.len();
    let may = may_start(app, target, visitor);
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
        token: target.token.clone(),
        nonce: app.link_keys.form_nonce(&target.token, now).unwrap_or_default(),
        more: (hidden > 0).then(|| {
            format!("{hidden} more machines of this message are not shown here; see Azure’s portal.")
        }),
        answer: context.answer(&machines),
        hours: context
            .hours(&machines, may == StartPermission::Yes && app.start_rules.acts_as == StartsAs::App),
        mute: context.mute(&machines),
        without_digests: target
            .notification_settings
            .without_digests
            .as_ref()
            .map(|said| local(zone, said.at)),
        machines,
        rolling: start.as_ref().filter(|start| start.only_now.is_none()).and_then(|start| {
            let between = (start.earliest.clone(), start.latest.clone());
            offer(app, target, start.machines.clone(), between)
        }),
        start,
        no_start,
        sign_in: (startable && may.is_helped_by_signing_in())
            .then(|| format!("/.auth/login/aad?post_login_redirect_uri=%2Fa%3Ft%3D{}", target.token)),
        genuine: app.deployment.public_url.as_ref().map(|_| "/genuine".to_owned()),
        zone: zone.name().to_owned(),
        as_of: both(zone, now),
    }
}

/// Why this visitor cannot start anything from here, as a sentence or two; `None` when they can.
pub(super) fn why_no_start(may: &StartPermission, target: &LinkTarget, visitor: &Visitor) -> Option<String> {
    let owner = one_line(target.recipient.as_str(), 90);
    Some(match may {
        StartPermission::Yes => return None,
        StartPermission::Disabled => {
            format!(
                "Maintenance is not started from here: the operators of this service have not switched that on. {}",
                words::PORTAL
            )
        }
        StartPermission::Paused => format!(
            "The operators of this service have paused all starts. Try again later, or use Azure’s portal. {}",
            words::PORTAL
        ),
        StartPermission::NoRights(missing) => format!("{} {}", no_rights(*missing), words::PORTAL),
        StartPermission::SignInForRights => "To start maintenance, sign in: it is started with your own rights in Azure, and Azure \
             decides whether you may. Answering needs no sign-in."
            .to_owned(),
        StartPermission::SignIn => {
            format!("To start maintenance, sign in: only {owner} and their listed deputies may. Answering needs no sign-in.")
        }
        StartPermission::NoSignIn => {
            "To start maintenance one has to be signed in, and sign-in is not set up for this service. Start it in \
             Azure’s portal, and tell the operators."
                .to_owned()
        }
        StartPermission::NotThem => format!(
            "You are signed in as {}. Only {owner} and their listed deputies may start this. You can answer, or hand it \
             over.",
            one_line(visitor.principal.as_deref().unwrap_or("somebody else"), 90)
        ),
    })
}

/// What is wrong with the token with which somebody would start, and what to do about it.
fn no_rights(missing: TokenProblem) -> &'static str {
    match missing {
        TokenProblem::Absent => {
            "A start is made with your own rights in Azure, and your sign-in brought no token for that. Sign in again; if \
             it stays so, the operators have to switch on the token store of the sign-in."
        }
        TokenProblem::NotForAzure => {
            "A start is made with your own rights in Azure, and the token of your sign-in is not for Azure. Sign in \
             again; if it stays so, the operators have to have the sign-in ask for the rights to use Azure."
        }
        TokenProblem::Expired => "Your sign-in for Azure has run out. Sign in again, and come back here.",
        TokenProblem::SomebodyElses => {
            "The token for Azure that came with your sign-in is somebody else’s. Sign in again with your own account."
        }
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

/// What everything on the page is seen with.
pub(super) struct ViewContext<'a> {
    pub(super) app: &'a App,
    pub(super) target: &'a LinkTarget,
    pub(super) page_data: &'a PageData,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
}
