//! `ReportHealth`: what `/health` says, and what only operators get: how everything looks from inside the app.
//!
//! It is called with the function's key, which the Functions host checks. That is proved only for a function that the
//! host does not forward: so this one declares a queue output that it never writes. What it answers may have names.

use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Current;
use super::connectivity::{self, LiveCheck};
use super::time_limits::ANSWER;
use crate::azure::storage::{BlobError, Container};
use crate::functions::{HandlerError, HttpReply, HttpTrigger, Invocation, Outputs};
use crate::http::time_budget;
use crate::services::App;

/// How everything looks from inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InsideReport {
    /// Of the program that answers.
    pub version: String,
    pub now: DateTime<Utc>,
    pub checks: Vec<LiveCheck>,
    /// What `/health` says.
    pub health: Value,
}

impl Default for InsideReport {
    fn default() -> Self {
        Self { version: String::new(), now: DateTime::UNIX_EPOCH, checks: Vec::new(), health: Value::Null }
    }
}

/// Makes ReportHealth: answers how all of it looks from inside, whatever configuration is in force.
pub(super) fn report_health(
    current: &Current,
) -> impl Fn(Invocation, HttpTrigger) -> BoxFuture<'static, Result<Outputs, HandlerError>>
+ Clone
+ Send
+ Sync
+ 'static {
    let current = current.clone();
    move |_, _| {
        let current = current.clone();
        async move {
            let looked = async {
                let app = current.refreshed().await;
                look(&current, &app).await
            };
            let body = serde_json::to_string(&time_budget::within(ANSWER, looked).await)?;
            let headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let mut outputs = Outputs::none();
            outputs.reply("res", HttpReply { status: 200, headers, body });
            Ok(outputs)
        }
        .boxed()
    }
}

async fn look(current: &Current, app: &App) -> InsideReport {
    let mut checks = vec![configuration(app), keys_of_links(app)];
    checks.extend(current.vault_answers().await.answers.iter().map(|(secret, answer)| {
        let tried = answer.as_ref().map(|_| "it was read".to_owned());
        let tried = tried.map_err(|problem| format!("{}; {}", problem.problem, problem.hint));
        LiveCheck::of(format!("Key Vault, {secret}"), tried)
    }));
    let mail = async {
        match current.settings() {
            Some(settings) => connectivity::mail(settings, false, &app.clock).await,
            None => LiveCheck::not_tried("mail", "this app has no settings"),
        }
    };
    let (azure, store, mail, audit, health) = tokio::join!(
        connectivity::azure(Ok(app.arm.clone()), app.arm.audience(), &app.scope),
        connectivity::store(Ok(app.repository.clone())),
        mail,
        audit_trail(app.audit_container.as_ref()),
        crate::web::health_now(app),
    );
    checks.push(store);
    checks.extend(azure);
    checks.extend([mail, audit]);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    InsideReport { version, now: app.clock.now(), checks, health }
}

fn configuration(app: &App) -> LiveCheck {
    let version = &app.policy().version.0;
    let sending = if app.sending { "messages are sent" } else { "nothing is sent: dry run or pause" };
    let tried = match app.configuration_problem() {
        Some(problem) => Err(format!("{problem}; `maintenance-notifier check FILE` says what is wrong")),
        None if app.is_on_built_in() => Ok("the built-in one, a dry run, until one is written".to_owned()),
        None => Ok(format!("version {version} is in force, {sending}")),
    };
    LiveCheck::of("configuration", tried)
}

/// Whether what is added to the container of the audit trail's head stays as it is: a deployment may have passed over
/// the policy that sees to it.
async fn audit_trail(container: Option<&Container>) -> LiveCheck {
    const WHAT: &str = "audit trail";
    let Some(container) = container else {
        return LiveCheck::not_tried(
            WHAT,
            "NOTIFIER_AUDIT_CONTAINER is not set: its head is in the log alone",
        );
    };
    let tried = connectivity::bounded(async {
        match container.is_immutable().await {
            Ok(Some(true)) => Ok("nobody can change what is in the container of its head".to_owned()),
            Ok(Some(false)) => Err("the container of its head has no immutability policy, so that what is there can be \
                                    changed; deploy again with auditHeadLocked = false, and if that does not bring it, \
                                    `az storage container immutability-policy create` does"
                .to_owned()),
            Ok(None) => Err("storage does not say whether the container of its head is immutable; is \
                             NOTIFIER_AUDIT_CONTAINER the address of a container in Azure?"
                .to_owned()),
            Err(BlobError::Missing(refusal)) => {
                Err(format!("there is no container for its head: {refusal}; deploy again"))
            }
            Err(error) => Err(format!("the container of its head: {error}; {}", error.hint())),
        }
    });
    LiveCheck::of(WHAT, tried.await)
}

fn keys_of_links(app: &App) -> LiveCheck {
    let tried = match app.link_keys.is_empty() {
        true => Err("NOTIFIER_LINK_KEYS is not set, so that messages have no links; deploy again".to_owned()),
        false => Ok("links are signed".to_owned()),
    };
    LiveCheck::of("keys of links", tried)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use tokio::net::TcpListener;

    use super::*;
    use crate::azure::storage::BlobAccess;

    /// What is said of a container whose service answers so.
    async fn said(status: u16, header: Option<(&'static str, &'static str)>) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}/audit-head", listener.local_addr().unwrap());
        let status = StatusCode::from_u16(status).unwrap();
        let answer = move |request: axum::extract::Request| async move {
            assert_eq!(request.uri().to_string(), "/audit-head?restype=container");
            (status, axum::response::AppendHeaders(header))
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        let container = Container::new(&address.parse().unwrap(), BlobAccess::Signed).unwrap();
        audit_trail(Some(&container)).await.render()
    }

    #[tokio::test]
    async fn a_head_of_the_audit_trail_that_can_be_changed_is_said_with_its_remedy() {
        const POLICY: &str = "x-ms-has-immutability-policy";
        let mut lines = vec![audit_trail(None).await.render()];
        for (status, header) in [
            (200, Some((POLICY, "true"))),
            (200, Some((POLICY, "False"))),
            (200, None),
            (200, Some((POLICY, "perhaps"))),
            (403, Some(("x-ms-error-code", "AuthorizationPermissionMismatch"))),
            (404, Some(("x-ms-error-code", "ContainerNotFound"))),
            (503, None),
        ] {
            lines.push(said(status, header).await);
        }
        insta::assert_snapshot!(lines.join("\n"), @"
        not tried  audit trail: NOTIFIER_AUDIT_CONTAINER is not set: its head is in the log alone
        ok         audit trail: nobody can change what is in the container of its head
        failed     audit trail: the container of its head has no immutability policy, so that what is there can be changed; deploy again with auditHeadLocked = false, and if that does not bring it, `az storage container immutability-policy create` does
        failed     audit trail: storage does not say whether the container of its head is immutable; is NOTIFIER_AUDIT_CONTAINER the address of a container in Azure?
        failed     audit trail: storage does not say whether the container of its head is immutable; is NOTIFIER_AUDIT_CONTAINER the address of a container in Azure?
        failed     audit trail: the container of its head: may not be read: HTTP 403 AuthorizationPermissionMismatch; give the app's identity the role Storage Blob Data Reader on the container, and let the account's firewall take the app's network; a role works for new tokens only, which can take hours
        failed     audit trail: there is no container for its head: HTTP 404 ContainerNotFound; deploy again
        failed     audit trail: the container of its head: HTTP 503; check the address and the storage account
        ");
    }
}
