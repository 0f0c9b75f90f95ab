//! Begins starts whose time has come, for links, standing orders and rolling plans alike.

use chrono::{DateTime, TimeDelta, Utc};

use super::checks::{VerifiedMachine, elsewhere, others_allow, rules_allow, verify_machine};
use super::post::post;
use super::request::StartRequest;
use super::taken_over::not_begun_before;
use super::transaction::{change, enter, event, note, replace};
use crate::domain::action::anti_affinity::WaitReason;
use crate::domain::action::audit::AuditAction;
use crate::domain::action::group_key::groups;
use crate::domain::action::rolling::RollingPlan;
use crate::domain::action::start::{
    EarlierAttempts, Start, StartEvidence, StartMoment, StartOrigin, StartOutcome, StartRefusal, StartState,
    StartWait, may_begin_planned,
};
use crate::domain::action::start_rules::StartsAs;
use crate::domain::observation::Reading;
use crate::domain::reason::Reason;
use crate::domain::routing::responsible;
use crate::services::owner_lookup::known_people;
use crate::services::standing_orders::order_of;
use crate::services::sync_assignments::sync_assignments;
use crate::services::{App, ServiceError};
use crate::store::repository::{ActionTransaction, WindowRow};

/// How long a planned start that has to wait for others is put off before it is tried again.
const PUT_OFF: TimeDelta = TimeDelta::minutes(1);

/// Begins a planned start whose time has come: everything is checked again. What only has to wait, waits; what
/// cannot be done any more is settled with the reason. `turn` is the rolling plan, as it was seen, in which it is this
/// start's turn: when the plan is another one by now, nothing begins. Whether anything may have changed: a start that
/// only waits is as it was.
pub(in crate::services) async fn begin_planned(
    app: &App,
    start: &Start,
    turn: Option<&RollingPlan>,
) -> Result<bool, ServiceError> {
    let now = app.clock.now();
    let grace = app.start_rules.grace;
    let moment = start.moment(grace, now);
    if matches!(moment, Some(StartMoment::Waits) | None) {
        return Ok(false);
    }
    let last_try = start.last_try(grace, now);
    let row = app.repository.window(&start.window).await?;
    let checked = if let Some(StartMoment::Passed(refusal)) = moment {
        Err(refusal)
    } else {
        match (&row, allowed(app, start)) {
            (_, Err(refusal)) => Err(refusal),
            (None, _) => Err(StartRefusal::Over),
            (Some(row), Ok(())) => match still_holds(app, start, &row.value, now).await? {
                Ok(()) if elsewhere(app, &start.window).await?.is_some() => {
                    let resource = start.window.resource.clone();
                    Err(StartRefusal::Gap { wait: WaitReason::Member { resource } })
                }
                Ok(()) => match not_begun_before(app, start, row.value.window.place(), now).await? {
                    Ok(()) => {
                        verify_machine(
                            app,
                            &row.value.window,
                            start.revision,
                            may_begin_planned,
                            start.accepts,
                            now,
                        )
                        .await
                    }
                    Err(refusal) => Err(refusal),
                },
                Err(refusal) => Err(refusal),
            },
        }
    };
    let request = StartRequest {
        window: start.window.clone(),
        revision: start.revision,
        by: start.by.clone(),
        origin: start.origin.clone(),
        accepts: start.accepts,
        begins: None,
    };
    let claimed = match &checked {
        Err(refusal) => Err(refusal.clone()),
        Ok(verified) => {
            // It begins by the dates as they are now, and what becomes of it belongs to these.
            let revision = row.as_ref().map_or(start.revision, |row| row.value.window.revision);
            claim_planned(app, &request, &Start { revision, ..start.clone() }, turn, verified, now).await?
        }
    };
    match claimed {
        Ok(Some(start)) => {
            post(app, &start, None).await?;
        }
        // It was called off, or another run was faster.
        Ok(None) => {}
        Err(refusal) => {
            let ends = row.and_then(|row| row.value.window.facts.schedule.self_service).map(|it| it.end());
            // What its rolling plan has to wait for, only the plan's hours end.
            let tried = (!is_shared(start, &refusal)).then_some(last_try);
            let last = [tried, ends].into_iter().flatten().min();
            if refusal.passes() && last.is_some_and(|last| now + PUT_OFF < last) {
                tracing::info!(start = %start.id, %refusal, "a planned start waits");
                return wait(app, start, &refusal).await;
            }
            let reason = match refusal {
                StartRefusal::NoLongerExists => refusal,
                refusal if refusal.passes() => StartRefusal::TooLate { waited: Some(Box::new(refusal)) },
                refusal => refusal,
            };
            let settled = StartState::Settled { at: now, outcome: StartOutcome::NotBegun { reason } };
            change(app, start, |start| matches!(start.state, StartState::Planned).then(|| settled.clone()))
                .await?;
        }
    }
    sync_assignments(app, &start.window).await?;
    Ok(true)
}

/// Whether a member of a rolling plan waits for what would keep the others too.
fn is_shared(start: &Start, refusal: &StartRefusal) -> bool {
    matches!(start.origin, StartOrigin::RollingPlan { .. }) && !refusal.is_its_own()
}

/// Whether anything may start for whoever planned it.
fn allowed(app: &App, start: &Start) -> Result<(), StartRefusal> {
    rules_allow(app)?;
    if app.start_rules.acts_as != StartsAs::App {
        return Err(StartRefusal::OwnRights);
    }
    let policy = app.policy();
    let recipient = start.by.recipient.as_ref();
    let diverted = recipient.is_some_and(|recipient| policy.diverted(recipient).is_some());
    if diverted { Err(StartRefusal::OutsidePilot) } else { Ok(()) }
}

/// Notes what a planned start waits for, once for each reason; whether that is new.
async fn wait(app: &App, start: &Start, why: &StartRefusal) -> Result<bool, ServiceError> {
    let known = start.evidence.waits.as_ref().map(|wait| std::mem::discriminant(&wait.why));
    if known == Some(std::mem::discriminant(why)) {
        return Ok(false);
    }
    let now = app.clock.now();
    let next = |start: &Start| {
        let waits = Some(StartWait { why: why.clone(), until: None });
        let kept_since = why.is_its_own().then(|| start.evidence.kept_since.unwrap_or(now));
        let evidence = StartEvidence { waits, kept_since, ..start.evidence.clone() };
        matches!(start.state, StartState::Planned).then(|| Start { evidence, ..start.clone() })
    };
    replace(app, start, next).await?;
    sync_assignments(app, &start.window).await?;
    Ok(true)
}

/// Whether what led to a planned start still holds. What a person decided for one machine does; hours may have changed
/// or passed, and whoever made a rolling plan may have handed the machine over since.
async fn still_holds(
    app: &App,
    start: &Start,
    row: &WindowRow,
    now: DateTime<Utc>,
) -> Result<Result<(), StartRefusal>, ServiceError> {
    let self_service = row.window.facts.schedule.self_service;
    if row.window.revision != start.revision && !self_service.is_some_and(|interval| interval.contains(now)) {
        // Its dates moved away from its moment, and that is why it does not begin.
        return Ok(Ok(()));
    }
    let refusal = match start.origin {
        StartOrigin::Link { .. } | StartOrigin::CommandLine => return Ok(Ok(())),
        StartOrigin::StandingOrder { .. } => StartRefusal::NotOrdered,
        StartOrigin::RollingPlan { .. } => StartRefusal::NotTheirs,
    };
    let people = known_people(app).await?;
    let holds = if refusal == StartRefusal::NotOrdered {
        let named = app.repository.named_hours().await?;
        let order = order_of(app, &row.window, &row.actions, &named, &people, now);
        order.is_ok_and(|order| order.lets(start.begins, now))
    } else {
        let theirs = responsible(&app.policy(), &row.window, &row.actions, &people, now).recipients;
        let escalated = row.holders.iter().filter(|it| it.escalated && it.withdrawn.is_none());
        // Escalation recipients may plan a start as the owners may.
        let accepted = theirs.iter().filter(|(_, reasons)| {
            !reasons.iter().any(|reason| matches!(reason, Reason::HandedOver { accepted: false, .. }))
        });
        let mut names = accepted.map(|(name, _)| name).chain(escalated.map(|it| &it.recipient));
        names.any(|name| start.by.recipient.as_ref() == Some(name))
    };
    Ok(if holds { Ok(()) } else { Err(refusal) })
}

/// Turns a planned start into a claimed one; `None` when it is not planned any more.
async fn claim_planned(
    app: &App,
    request: &StartRequest,
    planned: &Start,
    turn: Option<&RollingPlan>,
    verified: &VerifiedMachine,
    now: DateTime<Utc>,
) -> Result<Result<Option<Start>, StartRefusal>, ServiceError> {
    let Reading::Maintenance(facts) = &verified.reading else { return Ok(Err(StartRefusal::Over)) };
    let keys = groups(&verified.machine, &app.start_rules.cluster_tag);
    let before = EarlierAttempts::from(facts);
    let decide = |transaction: &mut ActionTransaction| {
        let still = transaction.start.clone().filter(|start| start.id == planned.id);
        let Some(start) = still.filter(|start| matches!(start.state, StartState::Planned)) else {
            return Ok(None);
        };
        if transaction.actions.objected(&start.id) {
            call_off(transaction, start, now);
            return Ok(None);
        }
        if transaction.plan.as_ref() != turn {
            return Ok(None);
        }
        others_allow(transaction, &app.start_rules, request, now)?;
        let state = StartState::Claimed { at: now, before: before.clone() };
        let evidence = StartEvidence {
            agent_before: verified.agent,
            kept_since: start.evidence.kept_since,
            ..StartEvidence::default()
        };
        let revision = planned.revision;
        let mut start = Start { revision, state, groups: keys.clone(), evidence, ..start };
        if let Some(plan) = &mut transaction.plan {
            plan.began(&start.id, now);
            // It was expected to begin at its time, and begins when it is its turn.
            start.begins = now;
        }
        note(transaction, &start);
        enter(transaction, &start, now);
        Ok(Some(start))
    };
    Ok(match turn {
        Some(plan) => app.repository.decide_in_plan(&plan.id, &request.window, &keys, decide).await?,
        None => app.repository.decide(&request.window, &keys, decide).await?,
    })
}

/// Somebody objected: the start ends without having begun.
fn call_off(transaction: &mut ActionTransaction, start: Start, now: DateTime<Utc>) {
    let outcome = StartOutcome::CalledOff;
    let action = AuditAction::Settled { start: start.id.clone(), outcome: outcome.clone() };
    let start = Start { state: StartState::Settled { at: now, outcome }, ..start };
    transaction.events.push(event(start.by.clone(), &start.window, &start.origin, action, now));
    note(transaction, &start);
}
