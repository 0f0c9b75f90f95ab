//! Ends hand-overs that nobody answers: the window goes back to whoever asked, who hears of it and was responsible all
//! the time.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::assign::assign;
use super::start::event;
use super::{App, log_unreadable};
use crate::domain::action::audit::AuditAction;
use crate::domain::action::response::WindowActions;
use crate::domain::action::start::StartOrigin;
use crate::domain::directory::People;
use crate::domain::escalation::deadline;
use crate::domain::ownership::{asked, unanswered};
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::SubscriptionId;
use crate::store::StoreError;
use crate::store::repository::{ActionTransaction, Stored, WindowRow};

/// Gives back each of these windows that somebody was asked to take over in vain. What is noted is shown to everybody
/// with the next assigning, which the caller does, or else `FollowStarts`.
///
/// # Errors
/// When the store cannot be read or written. Doing it again is safe.
pub async fn end_unanswered(
    app: &App,
    rows: &mut [Stored<WindowRow>],
    people: &People,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let policy = app.policy();
    let is_unreachable = |name: &RecipientName| {
        policy.recipient(name).is_none_or(|recipient| recipient.is_unreachable(&people.dead))
    };
    for Stored { value: row, .. } in rows {
        let window = &row.window;
        let (steps, end) = (&row.escalation_steps, deadline(window, now));
        let back =
            |actions: &WindowActions| unanswered(actions, window.revision, steps, end, is_unreachable, now);
        if window.is_over() || back(&row.actions).is_none() {
            continue;
        }
        let decide = |transaction: &mut ActionTransaction| {
            // Whoever was asked may have answered since.
            if let (Some(record), Some((to, _))) = (back(&transaction.actions), asked(&transaction.actions)) {
                let detail = Some(format!("{to} gave no answer to a request to take it over"));
                let action = AuditAction::Responded { response: record.response.as_str().to_owned(), detail };
                let origin = StartOrigin::CommandLine;
                transaction.events.push(event(record.by.clone(), &window.id, &origin, action, now));
                transaction.actions.respond(record);
            }
            transaction.actions.clone()
        };
        row.actions = app.repository.decide(&window.id, &[], decide).await?;
        row.assigned = false;
    }
    Ok(())
}

/// Assigns the windows of these subscriptions anew, now that nothing reaches somebody.
///
/// # Errors
/// When the store cannot be read or written. The next look does it again.
pub(super) async fn assign_without(
    app: &App,
    people: &People,
    subscriptions: BTreeSet<SubscriptionId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for subscription in subscriptions {
        let mut windows = app.repository.windows(&subscription).await?;
        log_unreadable("a window", &windows.unreadable);
        end_unanswered(app, &mut windows.rows, people, now).await?;
        assign(&app.repository, &app.policy(), people, &subscription, windows.rows, Vec::new(), now).await?;
    }
    Ok(())
}
