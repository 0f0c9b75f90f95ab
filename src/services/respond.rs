//! Writes down a response to a window, for links and the command line alike.
//!
//! The response and its entry in the audit trail are one batch. Responding the same again changes nothing.

use super::start::{event, note};
use super::{App, ServiceError};
use crate::domain::action::Actor;
use crate::domain::action::audit::AuditAction;
use crate::domain::action::response::{Response, ResponseRecord, StartSummary};
use crate::domain::action::start::{Start, StartOrigin, StartOutcome, StartRefusal, StartState};
use crate::domain::ids::form_key;
use crate::domain::ownership::taken_back_until;
use crate::domain::window::{Revision, WindowId};
use crate::store::repository::ActionTransaction;

/// What somebody responds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseRequest {
    pub window: WindowId,
    /// Of the dates that they saw.
    pub revision: Revision,
    pub by: Actor,
    pub origin: StartOrigin,
    pub response: Response,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseResult {
    /// It is written down, now or by an earlier one that said the same.
    Noted,
    /// The same form was sent before, and it is not the last word any more.
    SentBefore,
    /// The planned start is called off.
    CalledOff,
    /// It is too late to object: the start is no longer planned, and this is what became of it.
    NotPlanned(Option<Box<StartSummary>>),
    /// It cannot be taken back any more: too much time has passed, or somebody else accepted it.
    TooLate,
    /// The window is over or its dates are others by now.
    Refused(StartRefusal),
}

/// Writes a response down and shows it to everybody assigned to the window. Three reads and one batch beside what
/// showing it costs.
///
/// # Errors
/// When the store cannot be read or written. Trying again is safe.
pub async fn respond(app: &App, request: &ResponseRequest) -> Result<ResponseResult, ServiceError> {
    let Some(row) = app.repository.window(&request.window).await? else {
        return Ok(ResponseResult::Refused(StartRefusal::Over));
    };
    let window = &row.value.window;
    if window.is_over() {
        return Ok(ResponseResult::Refused(StartRefusal::Over));
    }
    if window.revision != request.revision {
        return Ok(ResponseResult::Refused(StartRefusal::Moved { schedule: window.facts.schedule }));
    }
    let now = app.clock.now();
    let decide = |transaction: &mut ActionTransaction| {
        if let Response::Object { start } = &request.response {
            let planned = transaction.start.clone().filter(|planned| planned.id == *start);
            let Some(planned) = planned.filter(|planned| matches!(planned.state, StartState::Planned)) else {
                let known = transaction.actions.starts.iter().find(|known| known.id == *start);
                return ResponseResult::NotPlanned(known.cloned().map(Box::new));
            };
            let state = StartState::Settled { at: now, outcome: StartOutcome::CalledOff };
            note(transaction, &Start { state, ..planned });
            let action = AuditAction::CalledOff { start: start.clone() };
            transaction.events.push(event(request.by.clone(), &request.window, &request.origin, action, now));
        } else {
            // A form is used up by whatever came of it: also one that said what was said already.
            let is_new = takes_form(transaction, request);
            if is_repeated(transaction, request) {
                return ResponseResult::Noted;
            }
            if !is_new {
                return ResponseResult::SentBefore;
            }
            let owner = request.by.recipient.as_ref();
            let until = owner.and_then(|owner| taken_back_until(&transaction.actions, owner));
            if request.response == Response::TakeBack && until.is_none_or(|until| until < now) {
                return ResponseResult::TooLate;
            }
        }
        transaction.actions.respond(ResponseRecord {
            response: request.response.clone(),
            by: request.by.clone(),
            at: now,
            revision: request.revision,
        });
        let action = AuditAction::Responded {
            response: request.response.as_str().to_owned(),
            detail: detail(&request.response),
        };
        transaction.events.push(event(request.by.clone(), &request.window, &request.origin, action, now));
        match request.response {
            Response::Object { .. } => ResponseResult::CalledOff,
            _ => ResponseResult::Noted,
        }
    };
    let result = app.repository.decide(&request.window, &[], decide).await?;
    super::sync_assignments::try_sync_assignments(app, &request.window).await;
    Ok(result)
}

/// Whether this was the last word on these dates already, and theirs.
fn is_repeated(transaction: &ActionTransaction, request: &ResponseRequest) -> bool {
    let last = transaction.actions.responses.iter().rev().find(|record| record.revision == request.revision);
    last.is_some_and(|last| {
        last.response == request.response
            && (&last.by.recipient, &last.by.principal) == (&request.by.recipient, &request.by.principal)
    })
}

/// Whether the form that it came with was not sent before: a browser that sends one again decides nothing anew.
fn takes_form(transaction: &mut ActionTransaction, request: &ResponseRequest) -> bool {
    match &request.origin {
        StartOrigin::Link { form: Some(form), .. } => {
            // Somebody may go back to the page, and say something else with it.
            let said = format!("{form} {} {:?}", request.response.as_str(), detail(&request.response));
            transaction.actions.take_form(&form_key(&said))
        }
        _ => true,
    }
}

/// What belongs to a response in the audit trail beside its name.
fn detail(response: &Response) -> Option<String> {
    match response {
        Response::Acknowledge { note, change } => {
            let change = change.as_ref().map(|change| format!("change {change}"));
            let parts: Vec<String> = change.into_iter().chain(note.clone()).collect();
            (!parts.is_empty()).then(|| parts.join(": "))
        }
        Response::Snooze { until } => Some(format!("until {}", until.to_rfc3339())),
        Response::HandOver { to } => Some(format!("to {to}")),
        Response::Object { start } => Some(format!("to start {start}")),
        Response::Accept | Response::NotMine | Response::TakeBack => None,
    }
}
