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
use super::functions::ANSWER;
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
    let (azure, store, mail, health) = tokio::join!(
        connectivity::azure(Ok(app.arm.clone()), app.arm.audience(), &app.scope),
        connectivity::store(Ok(app.repository.clone())),
        mail,
        crate::web::health_now(app),
    );
    checks.push(store);
    checks.extend(azure);
    checks.push(mail);
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

fn keys_of_links(app: &App) -> LiveCheck {
    let tried = match app.link_keys.is_empty() {
        true => Err("NOTIFIER_LINK_KEYS is not set, so that messages have no links; deploy again".to_owned()),
        false => Ok("links are signed".to_owned()),
    };
    LiveCheck::of("keys of links", tried)
}
