//! What the overview says in sentences.

use super::super::action::auth::AccountProblem;
use super::closed::Closed;

/// Why somebody may not look: a title and what to do.
pub(super) fn closed(closed: &Closed) -> (&'static str, &'static str) {
    match closed {
        Closed::NoSignIn => (
            "The overview is closed",
            "Nobody can sign in to this app, so nobody can be let in. Deploy it with sign-in (parameter `auth`, see \
             docs/DEPLOYING.md), then name who may look in [access] of the configuration.",
        ),
        Closed::NotSignedIn => (
            "Sign in to see the overview",
            "It is open to the people whom [access] of the configuration names.",
        ),
        Closed::DoesNotCount(problem) => (
            "Your sign-in does not count here",
            match problem {
                AccountProblem::OtherTenant => {
                    "Your account is of another tenant than this app accepts. `access.tenants` names those that it does."
                }
                AccountProblem::Guest => {
                    "Guests are not let in. `access.guests = true` lets those in whom [access] names."
                }
                AccountProblem::NoPerson => "This is no person's account.",
                AccountProblem::HomeUnknown => {
                    "Which tenant is the home is not known yet: Azure has to be asked once. Come back in a quarter of an hour."
                }
                AccountProblem::Unclear => {
                    "What the sign-in passed on cannot be understood. Sign out and in again."
                }
            },
        ),
        Closed::NotNamed { nobody_is: true, .. } => (
            "The overview is closed",
            "It is closed to everybody until [access] of the configuration names somebody.",
        ),
        Closed::NotNamed { .. } => (
            "You may not see the overview",
            "[access] of the configuration does not name you. Ask whoever runs this app.",
        ),
        Closed::NotThere => (
            "Nothing to see under this address",
            "There is no such machine or recipient, it is no longer kept, or you may not see it. The overview lists what \
             you may.",
        ),
        Closed::Broken => ("Not at the moment", "The state cannot be read. Try again in a minute."),
    }
}

/// What to do about a problem of the notifier itself, by its code.
pub(super) fn next_step(code: &str) -> &'static str {
    match code {
        "collection-is-stale" => {
            "Look at CollectMaintenance in the logs: it says which call failed. `check --live` tries each."
        }
        "planning-stands-still" => {
            "Look at PlanNotifications in the logs, and whether the Functions host runs its timers."
        }
        "messages-are-unsent" => "`maintenance-notifier outbox` says what each waits for.",
        "services-refuse" => {
            "The alert below names the service and what it answered. `check --live` tries it again."
        }
        "operators-are-unreachable" => {
            "Mend the addresses of the fallback: until then this page is the only place that says so."
        }
        "messages-repeat" => {
            "`maintenance-notifier outbox` names them; `outbox retry ID` sends one all the same."
        }
        "scopes-are-unseen" => {
            "Give the reading identity the Reader role there; docs/DEPLOYING.md has the command."
        }
        "messages-are-parked" => {
            "`outbox retry --all` puts them back once the reason is mended, `outbox forget ID` drops one."
        }
        "messages-are-held" => {
            "See who would get what with `maintenance-notifier outbox`, then `outbox release`."
        }
        "configuration-is-invalid" => {
            "`maintenance-notifier check` names the line. What was valid last stays in force."
        }
        "configuration-is-built-in" => {
            "Write a configuration: docs/CONFIGURATION.md begins with ten lines that do."
        }
        "store-is-unreadable" => "Look at the storage account: its firewall, its keys, the app's role on it.",
        _ => "docs/OPERATING.md says what to do.",
    }
}
