//! What the page of a rolling plan shows, as plain strings.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::super::auth::{StartPermission, Visitor, may_start, nonces, why_no_start};
use super::super::form::WrongField;
use super::super::form_result::FormResult;
use super::super::link_target::LinkTarget;
use super::super::{reply, words};
use super::banner::Banner;
use super::notice::PageNotice;
use crate::domain::action::rolling::ConcurrentStarts;
use crate::domain::action::rolling::ExclusionReason;
use crate::domain::action::rolling::ExpectedMember;
use crate::domain::action::rolling::MemberState;
use crate::domain::action::rolling::PlanMember;
use crate::domain::action::rolling::PlanState;
use crate::domain::action::rolling::RollingPlan;
use crate::domain::action::rolling::forecast;
use crate::domain::action::spacing::Spacing;
use crate::domain::ids::PlanId;
use crate::render::portal_link;
use crate::render::times::{both, local, span};
use crate::render::words::{LANGUAGE, name};
use crate::services::rolling_plans::concurrent_starts;
use crate::services::start::spacing;
use crate::services::{App, ServiceError};
use axum::http::StatusCode;
use axum::response::Response;

/// The page.
#[derive(Debug, Serialize)]
struct PlanView {
    language: &'static str,
    title: String,
    state: &'static str,
    tone: &'static str,
    lead: String,
    made: String,
    rules: Vec<String>,
    banner: Option<Banner>,
    /// What is wrong with the field that confirms.
    wrong_field: Option<WrongField>,
    /// Whether something goes on, so that the page loads itself again.
    refreshes: bool,
    token: String,
    plan: String,
    turns_of: Vec<TurnView>,
    left_out: Vec<TurnView>,
    can_pause: bool,
    can_resume: bool,
    can_cancel: bool,
    /// The name of a machine to type, for an example.
    example: String,
    no_resume: Option<String>,
    sign_in: Option<String>,
    zone: String,
    as_of: String,
}

/// One machine.
#[derive(Debug, Serialize)]
struct TurnView {
    name: String,
    portal: String,
    state: &'static str,
    tone: &'static str,
    text: String,
}

/// The page of the plan `id`, with what became of a form.
pub(crate) async fn plan(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    id: Option<&PlanId>,
    notice: PageNotice<'_>,
) -> Result<Response, ServiceError> {
    let Some(plan) = target.plan(app, id).await? else {
        return Ok(reply::message(StatusCode::NOT_FOUND, "There is no such plan", words::NO_SUCH_PLAN));
    };
    let around = concurrent_starts(app, &plan).await?;
    let mut view = view(app, target, visitor, &plan, &around, &spacing(app));
    view.refreshes &= !notice.is_still;
    view.wrong_field = notice.result.and_then(FormResult::wrong_field).filter(|_| view.can_resume);
    let banner = notice.result.and_then(|result| Banner::of(&result.lines));
    view.banner = banner.filter(|_| view.wrong_field.is_none());
    let nonce = nonces(app, target.form_page(Some(&plan.id)));
    Ok(reply::page(notice.status(StatusCode::OK), "plan.html", &view, nonce, view.refreshes))
}

fn view(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    plan: &RollingPlan,
    around: &ConcurrentStarts,
    spacing: &Spacing,
) -> PlanView {
    let (now, zone) = (app.clock.now(), target.zone);
    let expected = forecast(plan, spacing, around, now);
    let context = PlanContext { app, target, plan, now, zone };
    let (state, tone, lead) = context.lead(&expected);
    let may = may_start(app, target, visitor);
    let is_paused = matches!(plan.state, PlanState::Paused { .. });
    let alive = !plan.has_ended() && target.expired.is_none();
    let under_way = plan.members.iter().any(|member| matches!(member.state, MemberState::UnderWay { .. }));
    PlanView {
        language: LANGUAGE,
        title: format!("Maintenance of {} machines, one after the other", plan.members.len()),
        state,
        tone,
        lead,
        made: format!("{} made it on {}.", words::who(&plan.by), local(zone, plan.made)),
        rules: context.rules(spacing.min_gap),
        banner: None,
        wrong_field: None,
        refreshes: !plan.is_over() && (!is_paused || under_way),
        token: target.token.clone(),
        plan: plan.id.as_str().to_owned(),
        turns_of: context.turns(&expected),
        left_out: context.left_out(),
        can_pause: alive && !is_paused,
        can_resume: alive && is_paused && may == StartPermission::Yes,
        can_cancel: alive,
        example: plan.members.first().map(|member| name(&member.window.resource)).unwrap_or_default(),
        no_resume: why_no_start(&may, target, visitor).filter(|_| alive && is_paused),
        sign_in: (alive && is_paused && may.is_helped_by_signing_in()).then(|| {
            format!(
                "/.auth/login/aad?post_login_redirect_uri=%2Fa%3Ft%3D{}%26plan%3D{}",
                target.token, plan.id
            )
        }),
        zone: zone.name().to_owned(),
        as_of: both(zone, now),
    }
}

/// What everything on the page is seen with.
pub(super) struct PlanContext<'a> {
    pub(super) app: &'a App,
    pub(super) target: &'a LinkTarget,
    pub(super) plan: &'a RollingPlan,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
}

impl PlanContext<'_> {
    /// Where the plan stands, in a word, its tone, and in a sentence or two.
    fn lead(&self, expected: &[ExpectedMember]) -> (&'static str, &'static str, String) {
        let both = |at: DateTime<Utc>| both(self.zone, at);
        let done = self.plan.members.iter().filter(|member| matches!(member.state, MemberState::Done { .. }));
        let done = format!("Done: {} of {} machines", done.count(), self.plan.members.len());
        match &self.plan.state {
            PlanState::Running => {
                let last = expected.iter().filter_map(|expected| expected.begins).max();
                let last = last.map(|at| format!(" The last one is expected to begin on {}.", both(at)));
                ("Running", "act", format!("{done}.{}", last.unwrap_or_default()))
            }
            PlanState::Paused { by, at } => (
                "Paused",
                "calm",
                format!(
                    "{done}. {} paused it on {}; no machine begins until it is resumed.",
                    words::who(by),
                    both(*at)
                ),
            ),
            PlanState::Stopped { at, failed } => (
                "Stopped",
                "problem",
                format!(
                    "{done}. It stopped on {}, because {} did not come through well. Nothing else begins. Look at that \
                     machine, and then make another plan of the rest.",
                    both(*at),
                    name(failed)
                ),
            ),
            PlanState::Cancelled { by, at } => {
                ("Ended", "calm", format!("{done}. {} ended it on {}.", words::who(by), both(*at)))
            }
            PlanState::Finished { at } => {
                ("Finished", "good", format!("{done}. It finished on {}.", both(*at)))
            }
        }
    }

    /// What the plan goes by.
    pub(super) fn rules(&self, min_gap: TimeDelta) -> Vec<String> {
        let times = &self.plan.times;
        let mut rules = vec![
            "One machine is on its way at a time. The next one begins when the last is seen to be well, and none \
             before the time that its owners were told. When one fails, everything stops."
                .to_owned(),
            format!(
                "Each machine counts with {}, as long as it is usually away. Between machines of one availability set, one zone of a scale set or one cluster, the next one \
                 waits another {}. A set \
                 goes update domain by update domain.",
                words::usually(),
                minutes(min_gap)
            ),
            format!("Machines begin in these hours: {} ({}).", times.hours, times.zone),
        ];
        if self.now < times.not_before {
            rules.push(format!("None begins before {}.", both(self.zone, times.not_before)));
        }
        let today = self.now.with_timezone(&times.zone).date_naive();
        let frozen: Vec<String> =
            times.freeze.iter().filter(|day| today <= **day).take(5).map(ToString::to_string).collect();
        if !frozen.is_empty() {
            rules.push(format!("None begins on {}.", frozen.join(", ")));
        }
        rules
    }

    /// The members that the plan starts: what is behind them first, then what is to come, in order.
    fn turns(&self, expected: &[ExpectedMember]) -> Vec<TurnView> {
        let when =
            |at: usize| expected.iter().find(|expected| expected.member == at).and_then(|it| it.begins);
        let mut turns: Vec<((u8, DateTime<Utc>), TurnView)> = Vec::new();
        for (at, member) in self.plan.members.iter().enumerate() {
            let end = DateTime::<Utc>::MAX_UTC;
            let (order, state, tone, text) = match &member.state {
                MemberState::LeftOut { .. } => continue,
                MemberState::Done { at } => {
                    ((0, *at), "Done", "good", format!("well since {}", local(self.zone, *at)))
                }
                MemberState::Failed { at, outcome } => {
                    ((0, *at), "Failed", "problem", words::outcome(outcome, self.zone))
                }
                MemberState::UnderWay { since: began, .. } => {
                    let since = local(self.zone, *began);
                    let text = format!("since {since}; that usually takes {}", words::usually());
                    ((1, *began), "Under way", "act", text)
                }
                MemberState::Planned { begins, .. } => {
                    let planned = format!("planned for {}", both(self.zone, *begins));
                    let later = when(at).filter(|at| *begins + TimeDelta::minutes(5) < *at);
                    let later = later.map(|at| format!("; its turn is expected {}", local(self.zone, at)));
                    let text = format!("{planned}{}", later.unwrap_or_default());
                    ((2, when(at).unwrap_or(*begins)), "Planned", "calm", text)
                }
                MemberState::Waiting => {
                    let text = match (&self.plan.state, when(at)) {
                        (PlanState::Paused { .. }, _) => "waits until the plan is resumed".to_owned(),
                        (_, Some(at)) => format!("expected to begin {}", both(self.zone, at)),
                        (_, None) => "has no time left before its self-service ends".to_owned(),
                    };
                    ((2, when(at).unwrap_or(end)), "Waiting", "calm", text)
                }
            };
            turns.push((order, self.turn(member, state, tone, text)));
        }
        turns.sort_by_key(|(order, _)| *order);
        turns.into_iter().map(|(_, turn)| turn).collect()
    }

    /// The members that it does not start, with the reason.
    fn left_out(&self) -> Vec<TurnView> {
        let members = self.plan.members.iter().filter_map(|member| match &member.state {
            MemberState::LeftOut { why, .. } => {
                Some(self.turn(member, "Not started", "calm", self.why_left_out(member, why)))
            }
            _ => None,
        });
        members.collect()
    }

    /// Why the plan does not start a member.
    pub(super) fn why_left_out(&self, member: &PlanMember, why: &ExclusionReason) -> String {
        match why {
            ExclusionReason::DoesNotFit => {
                let window = self.target.window(&member.window);
                let azures = window.and_then(|window| window.facts.schedule.scheduled);
                let azures = azures.map(|interval| format!(": {}", span(self.zone, interval).local));
                format!(
                    "It does not fit: no time is left for it before its self-service ends on {}. It is left to Azure, \
                     which does it in its own window{}.",
                    both(self.zone, member.self_service.end()),
                    azures.unwrap_or_default()
                )
            }
            ExclusionReason::NotBegun { reason } => {
                format!("It was not begun: {}", words::refusal(reason, self.zone))
            }
            ExclusionReason::CalledOff => "One of its owners called its start off.".to_owned(),
            ExclusionReason::Elsewhere => {
                "Its start had been planned or begun by other means already.".to_owned()
            }
            ExclusionReason::Ended => "The plan ended before its turn.".to_owned(),
        }
    }

    fn turn(&self, member: &PlanMember, state: &'static str, tone: &'static str, text: String) -> TurnView {
        let id = &member.window.resource;
        TurnView { name: name(id), portal: portal_link(&self.app.deployment, id), state, tone, text }
    }
}

/// A span of time in minutes.
pub(super) fn minutes(span: TimeDelta) -> String {
    match span.num_minutes() {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}
