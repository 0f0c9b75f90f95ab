//! `/mine`: what is open for whoever is signed in, without the mail at hand. It shows, and leads to the pages behind the
//! links of messages, which check what they check for everybody; nothing is done here.
//!
//! Somebody's are the recipients to whose addresses the name belongs with which they sign in, as for starts. Deputies
//! are not shown what they stand in for: no message goes to them either.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::auth::{SignInState, not_counted, signed_in};
use super::reply::{broken, message, message_with, render};
use super::view::RowLabel;
use super::{date_words, words};
use crate::domain::action::link_purpose::LinkPurpose;
use crate::domain::assignment::Assignment;
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::recipient::Recipient;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::{list, one_line};
use crate::domain::time_zone::Tz;
use crate::domain::window::WindowId;
use crate::render::times::{both, local};
use crate::render::words::{LANGUAGE, name};
use crate::services::{App, ServiceError, log_unreadable};
use crate::store::repository::Revocations;

/// How many recipients, machines and messages are shown at most.
const RECIPIENTS: usize = 5;
const MACHINES: usize = 200;
const MESSAGES: u64 = 20;

/// How many machines of a message are named.
const NAMED: usize = 3;

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new().route("/mine", get(show)).with_state(app)
}

#[derive(Serialize)]
struct MineView {
    language: &'static str,
    title: &'static str,
    name: String,
    recipients: Vec<RecipientView>,
    as_of: String,
}

#[derive(Serialize)]
struct RecipientView {
    name: String,
    machines: Vec<MachineView>,
    /// That there are more of them.
    more: Option<String>,
    messages: Vec<MessageView>,
}

#[derive(Serialize)]
struct MachineView {
    name: String,
    label: RowLabel,
    dates: String,
    /// The page of the newest message about it.
    link: Option<String>,
}

#[derive(Serialize)]
struct MessageView {
    at: String,
    what: String,
    link: Option<String>,
}

async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let (person, actor) = match signed_in(&app, &headers).await {
        Ok(SignInState::Person(person, actor)) => (person.name, actor),
        Ok(SignInState::Off) => {
            return message(StatusCode::NOT_FOUND, "Open the link of a message", words::NOBODY_SIGNS_IN);
        }
        Ok(SignInState::Nobody) => {
            let sign_in = ("/.auth/login/aad?post_login_redirect_uri=%2Fmine", "Sign in");
            return message_with(StatusCode::UNAUTHORIZED, "Sign in", words::SIGN_IN_FOR_MINE, &[sign_in]);
        }
        Ok(SignInState::DoesNotCount(problem)) => {
            return message(StatusCode::FORBIDDEN, "This sign-in does not count here", not_counted(problem));
        }
        Err(error) => return broken(&error),
    };
    // Looking costs reads, and no link of theirs is counted here.
    let (who, now) = (format!("mine {}", actor.object.unwrap_or_default()), app.clock.now());
    if !app.rate_limiter.may_look(&who, actor.address.as_deref(), now) {
        return message(StatusCode::TOO_MANY_REQUESTS, "Too often", words::TOO_OFTEN);
    }
    app.rate_limiter.looked(&who, actor.address.as_deref(), now);
    match view(&app, &person).await {
        Ok(view) => render(StatusCode::OK, "mine.html", Value::from(Serde(&view))),
        Err(error) => broken(&error),
    }
}

async fn view(app: &App, person: &str) -> Result<MineView, ServiceError> {
    let theirs = recipients_of(app, person);
    let zone = theirs.first().map_or_else(Tz::default, |recipient| recipient.preferences.timezone);
    let revocations = app.repository.revocations().await?;
    let mut recipients = Vec::new();
    for recipient in theirs.iter().take(RECIPIENTS) {
        recipients.extend(of_recipient(app, recipient, &revocations).await?);
    }
    Ok(MineView {
        language: LANGUAGE,
        title: "Your planned maintenance",
        name: one_line(person, 90),
        recipients,
        as_of: both(zone, app.clock.now()),
    })
}

/// The recipients to whose addresses the name belongs.
fn recipients_of(app: &App, person: &str) -> Vec<Recipient> {
    let policy = app.policy();
    let is_theirs = |recipient: &&Recipient| {
        recipient.emails.iter().any(|address| address.as_str().eq_ignore_ascii_case(person))
    };
    let mut theirs: Vec<Recipient> = policy.recipients.values().filter(is_theirs).cloned().collect();
    let own: Option<RecipientName> = person.to_lowercase().parse().ok();
    let found = own.filter(|own| theirs.iter().all(|known| known.name != *own));
    theirs.extend(found.and_then(|own| policy.recipient(&own)).filter(|own| is_theirs(&own)));
    theirs
}

/// What is open for a recipient; `None` for one who never got a message.
async fn of_recipient(
    app: &App,
    recipient: &Recipient,
    revocations: &Revocations,
) -> Result<Option<RecipientView>, ServiceError> {
    let (now, zone) = (app.clock.now(), recipient.preferences.timezone);
    let state = app.repository.state(&recipient.name).await?;
    log_unreadable("a row of a recipient", &state.unreadable);
    if state.head.is_none() && state.assignments.is_empty() {
        return Ok(None);
    }
    let (mut links, mut messages): (BTreeMap<WindowId, String>, Vec<MessageView>) = Default::default();
    let newest = app.repository.newest_messages(&recipient.name, MESSAGES).await?;
    for record in newest.iter().rev() {
        let Some(content) = app.repository.shared_content(&recipient.name, record.sequence).await? else {
            continue;
        };
        let link = link_of(app, &content, revocations);
        for item in content.items.iter().filter(|item| !item.is_only_reported()) {
            if let Some(link) = &link {
                links.entry(item.window.id.clone()).or_insert_with(|| link.clone());
            }
        }
        messages.push(MessageView { at: local(zone, content.frozen_at), what: what(&content), link });
    }
    let is_open = |one: &&Arc<Assignment>| one.withdrawn.is_none() && !one.window.is_over();
    let mut open: Vec<&Arc<Assignment>> = state.assignments.iter().filter(is_open).collect();
    open.sort_by_key(|one| (one.window.deadline(now), name(one.window.place())));
    let machine = |one: &&Arc<Assignment>| MachineView {
        name: name(one.window.place()),
        label: RowLabel::of(Some(one.as_ref()), &one.window, now, zone),
        dates: date_words::dates_in_short(&one.window.facts.schedule, now, zone),
        link: links.get(&one.window.id).cloned(),
    };
    let machines: Vec<MachineView> = open.iter().take(MACHINES).map(machine).collect();
    let hidden = open.len() - machines.len();
    Ok(Some(RecipientView {
        name: one_line(recipient.name.as_str(), 90),
        machines,
        more: (hidden > 0).then(|| format!("{hidden} more are not shown here.")),
        messages,
    }))
}

/// The page behind the link of a message, as long as it opens something.
fn link_of(app: &App, content: &MessageContent, revocations: &Revocations) -> Option<String> {
    let (_, token) = content.link.as_ref()?.url.split_once("/a?t=")?;
    let link = app.link_keys.verify(token, &[LinkPurpose::Respond], app.clock.now()).ok()?;
    let is_withdrawn = revocations.of(&link.message, content.frozen_at).is_some();
    (!is_withdrawn).then(|| format!("/a?t={token}"))
}

/// What a message is about, in a few words.
fn what(content: &MessageContent) -> String {
    let machines: Vec<String> = content.items.iter().map(|item| name(item.window.place())).collect();
    let kind = match content.kind {
        MessageKind::Digest => "Digest",
        MessageKind::Drill => "Exercise",
        _ => "Message",
    };
    if machines.is_empty() { kind.to_owned() } else { format!("{kind} about {}", list(&machines, NAMED)) }
}
