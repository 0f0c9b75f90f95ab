//! `check --live` against Azure: each step needs the one before.

use super::live_check::{LiveCheck, bounded};
use crate::azure::ArmClient;
use crate::azure::compute::{MachineRead, read_machine, some_machine};
use crate::azure::observe::{WatchScope, find_candidates};
use crate::azure::subscriptions::list_subscriptions;
use crate::clock::SharedClock;
use crate::config::Settings;
use crate::domain::resource::SubscriptionId;
use crate::startup;

/// In so many subscriptions a machine is looked for.
const SUBSCRIPTIONS: usize = 5;

/// What is said when something fails that depends on a role.
const ROLES: &str = "a role that was given lately can take hours to show, because tokens are kept";

/// A token, the subscriptions, Resource Graph, a machine: each needs the one before.
pub(super) async fn try_azure(settings: &Settings, clock: &SharedClock) -> Vec<LiveCheck> {
    const STEPS: [&str; 4] = ["sign-in to Azure", "subscriptions", "Resource Graph", "a machine"];
    let scope = startup::scope(settings);
    let mut lines = Vec::new();
    let tried = async {
        let arm = startup::arm_client(settings, settings.identity.clone(), clock)
            .map_err(|error| error.to_string());
        let token =
            bounded(async { arm.clone()?.try_token().await.map_err(|error| error.to_string()) }).await;
        lines.push(LiveCheck::of(
            STEPS[0],
            token.clone().map(|()| format!("a token for {}", settings.arm.audience)),
        ));
        let (Ok(arm), Ok(())) = (arm, token) else { return };

        let seen = bounded(async { list_subscriptions(&arm).await.map_err(|error| error.to_string()) }).await;
        let found = bounded(async { find_candidates(&arm, &scope).await.map_err(|error| error.to_string()) });
        let found = match seen {
            Err(problem) => {
                lines.push(LiveCheck::of(STEPS[1], Err(format!("{problem}; {ROLES}"))));
                return;
            }
            Ok(_) => found.await,
        };
        let watched = match &found {
            Ok(found) => {
                lines.push(LiveCheck::of(STEPS[1], visible(&scope, found)));
                if found.subscriptions.is_empty() {
                    // Nobody was asked about nothing.
                    return;
                }
                lines.push(LiveCheck::of(
                    STEPS[2],
                    Ok(format!("it answered, with {} rows of maintenance", found.rows)),
                ));
                found.subscriptions.iter().map(|subscription| subscription.id.clone()).collect()
            }
            Err(problem) => {
                lines.push(LiveCheck::of(STEPS[1], Ok("the list can be read".to_owned())));
                lines.push(LiveCheck::of(STEPS[2], Err(format!("{problem}; {ROLES}"))));
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

/// How many subscriptions are watched. One that is named and cannot be seen is an error.
fn visible(scope: &WatchScope, found: &crate::azure::observe::CandidateList) -> Result<String, String> {
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
        let id =
            match bounded(async { some_machine(arm, subscription).await.map_err(|error| error.to_string()) })
                .await
            {
                Ok(Some(id)) => id,
                Ok(None) => continue,
                Err(problem) => {
                    return LiveCheck::of(
                        WHAT,
                        Err(format!("machines of {subscription}: {problem}; {ROLES}")),
                    );
                }
            };
        let name = id.display_name();
        let read = bounded(async {
            match read_machine(arm, &id).await {
                MachineRead::Machine(_) => Ok(format!("the instance view of {name} can be read")),
                MachineRead::Gone => Ok(format!("{name} was there and is gone")),
                MachineRead::Unseen(problem) => {
                    Err(format!("the instance view of {name}: {problem}; {ROLES}"))
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
