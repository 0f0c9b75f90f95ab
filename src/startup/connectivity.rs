//! Reaches what the app needs, and changes and sends nothing: one line for each thing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::azure::compute::{MachineRead, read_machine, some_machine};
use crate::azure::observe::{CandidateList, WatchScope, find_candidates};
use crate::azure::subscriptions::list_subscriptions;
use crate::azure::{ArmClient, AzureError};
use crate::clock::SharedClock;
use crate::config::Settings;
use crate::domain::resource::SubscriptionId;
use crate::store::repository::Repository;

/// No service is waited for longer.
const CHECK_TIMEOUT: Duration = Duration::from_secs(60);

/// In so many subscriptions a machine is looked for.
const SUBSCRIPTIONS: usize = 5;

/// What is said when something fails that depends on a role.
const ROLES: &str = "a role that was given lately can take hours to show, because tokens are kept";

/// How one thing went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    Ok,
    Failed,
    NotTried,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCheck {
    pub what: String,
    pub state: CheckState,
    pub found: String,
}

impl LiveCheck {
    /// It was not tried, because of `why`.
    pub fn not_tried(what: &str, why: &str) -> Self {
        Self { what: what.to_owned(), state: CheckState::NotTried, found: why.to_owned() }
    }

    /// What came of trying, in one line whatever others said.
    pub fn of(what: impl Into<String>, tried: Result<String, String>) -> Self {
        let (state, found) = match tried {
            Ok(found) => (CheckState::Ok, found),
            Err(problem) => (CheckState::Failed, problem),
        };
        let found = found.lines().map(str::trim).collect::<Vec<_>>().join("; ");
        Self { what: what.into(), state, found: found.replace(char::is_control, " ") }
    }

    /// The line for people.
    pub fn render(&self) -> String {
        let state = match self.state {
            CheckState::Ok => "ok",
            CheckState::Failed => "failed",
            CheckState::NotTried => "not tried",
        };
        format!("{state:<9}  {}: {}", self.what, self.found)
    }
}

/// Waits for an answer, but not for ever.
pub async fn bounded<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(CHECK_TIMEOUT, answer)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} seconds", CHECK_TIMEOUT.as_secs())))
}

/// A token, the subscriptions, Resource Graph, a machine: each needs the one before.
pub async fn azure(arm: Result<ArmClient, String>, audience: &str, scope: &WatchScope) -> Vec<LiveCheck> {
    const STEPS: [&str; 4] = ["sign-in to Azure", "subscriptions", "Resource Graph", "a machine"];
    let mut lines = Vec::new();
    let tried = async {
        let token =
            bounded(async { arm.clone()?.try_token().await.map_err(|error| error.to_string()) }).await;
        lines.push(LiveCheck::of(STEPS[0], token.clone().map(|()| format!("a token for {audience}"))));
        let (Ok(arm), Ok(())) = (arm, token) else { return };

        let seen = bounded(async { list_subscriptions(&arm).await.map_err(hinted) }).await;
        let found = bounded(async { find_candidates(&arm, scope).await.map_err(hinted) });
        let found = match seen {
            Err(problem) => {
                lines.push(LiveCheck::of(STEPS[1], Err(problem)));
                return;
            }
            Ok(_) => found.await,
        };
        let watched = match &found {
            Ok(found) => {
                lines.push(LiveCheck::of(STEPS[1], visible(scope, found)));
                if found.subscriptions.is_empty() {
                    // Nobody was asked about nothing.
                    return;
                }
                let answered = format!("it answered, with {} rows of maintenance", found.rows);
                let without = found.unanswered.iter().map(|it| format!("{}: {}", it.scope, it.reason));
                let without: Vec<String> = without.collect();
                let answer = if without.is_empty() { Ok(answered) } else { Err(without.join("; ")) };
                lines.push(LiveCheck::of(STEPS[2], answer));
                found.subscriptions.iter().map(|subscription| subscription.id.clone()).collect()
            }
            Err(problem) => {
                lines.push(LiveCheck::of(STEPS[1], Ok("the list can be read".to_owned())));
                lines.push(LiveCheck::of(STEPS[2], Err(problem.clone())));
                Vec::new()
            }
        };
        lines.push(a_machine(&arm, &watched).await);
    };
    tried.await;
    let missing = STEPS.iter().skip(lines.len());
    let missing: Vec<LiveCheck> =
        missing.map(|step| LiveCheck::not_tried(step, "what comes before it failed")).collect();
    lines.extend(missing);
    lines
}

/// An error, with the hint that fits it: nobody is sent after a role when the network refuses.
fn hinted(error: AzureError) -> String {
    if error.is_forbidden() || error.refuses_scope() {
        format!("{error}; {ROLES}")
    } else {
        error.to_string()
    }
}

/// How many subscriptions are watched. One that is named and cannot be seen is an error.
fn visible(scope: &WatchScope, found: &CandidateList) -> Result<String, String> {
    let count = found.subscriptions.len();
    if found.unseen.is_empty() {
        return Ok(format!("{count} can be read"));
    }
    let unseen: Vec<String> =
        found.unseen.iter().map(|unseen| format!("{}: {}", unseen.scope, unseen.reason)).collect();
    let named = if *scope == WatchScope::All { "" } else { " of those that NOTIFIER_SUBSCRIPTIONS names" };
    Err(format!("{count}{named} can be read; {}; {ROLES}", unseen.join("; ")))
}

/// The first machine that is met is read with its instance view.
async fn a_machine(arm: &ArmClient, watched: &[SubscriptionId]) -> LiveCheck {
    const WHAT: &str = "a machine";
    for subscription in watched.iter().take(SUBSCRIPTIONS) {
        let id = match bounded(async { some_machine(arm, subscription).await.map_err(hinted) }).await {
            Ok(Some(id)) => id,
            Ok(None) => continue,
            Err(problem) => {
                return LiveCheck::of(WHAT, Err(format!("machines of {subscription}: {problem}")));
            }
        };
        let name = id.display_name();
        let read = bounded(async {
            match read_machine(arm, &id).await {
                MachineRead::Machine(_) => Ok(format!("the instance view of {name} can be read")),
                MachineRead::Gone => Ok(format!("{name} was there and is gone")),
                MachineRead::Unseen { cause, reason } => {
                    let hint = if cause.is_no_rights() { format!("; {ROLES}") } else { String::new() };
                    Err(format!("the instance view of {name}: {reason}{hint}"))
                }
                MachineRead::Unreadable(record) => {
                    Err(format!("the instance view of {name} is not understood: {}", record.problem))
                }
            }
        });
        return LiveCheck::of(WHAT, read.await);
    }
    let looked = watched.len().min(SUBSCRIPTIONS);
    LiveCheck::not_tried(WHAT, &format!("none in the {looked} subscriptions that were looked at"))
}

/// The store, by a row that is written, read and deleted.
pub async fn store(repository: Result<Repository, String>) -> LiveCheck {
    let tried = bounded(async {
        match repository?.try_using().await {
            Ok(()) => Ok("a row was written, read and deleted".to_owned()),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                Err(format!("{error}{}", cause.unwrap_or_default()))
            }
        }
    });
    LiveCheck::of("store", tried.await)
}

/// The mail service, where one is set or `is_needed`.
pub async fn mail(settings: &Settings, is_needed: bool, clock: &SharedClock) -> LiveCheck {
    let what = "mail";
    if settings.mail_service.is_none() && settings.outbox.is_none() && !is_needed {
        return LiveCheck::not_tried(what, "no mail service is set, and no recipient has an address");
    }
    let tried = match super::app_base::mail_transport(settings, clock) {
        Ok(transport) => bounded(transport.try_reaching()).await,
        Err(error) => Err(error.to_string()),
    };
    LiveCheck::of(what, tried)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_others_say() {
        let line = LiveCheck::of("store", Err("no\n  hint: try\r\n\u{1b}[31magain".to_owned()));
        insta::assert_snapshot!(line.render(), @"failed     store: no; hint: try;  [31magain");
    }
}
