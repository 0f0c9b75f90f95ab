//! The list of messages, and the open one beside it.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::super::templates::{self, Templates};
use super::mailbox::Mailbox;
use super::message::Envelope;
use super::options::{InboxOptions, headers};
use super::query::InboxQuery;

/// After so many seconds the list is loaded again.
const AGAIN: u32 = 10;

static TEMPLATES: Templates = LazyLock::new(|| {
    templates::read(&[
        ("base.html", include_str!("../templates/overview/base.html")),
        ("inbox.html", include_str!("../templates/inbox/inbox.html")),
    ])
});

/// A message in the list.
#[derive(Debug, Serialize)]
struct LineView {
    to: String,
    subject: String,
    at: String,
    card: bool,
    address: String,
    open: bool,
}

/// Somebody to whom there is something.
#[derive(Debug, Serialize)]
struct RecipientView {
    name: String,
    count: usize,
    address: String,
    chosen: bool,
}

/// Answers with the list and the open message.
pub(super) fn answer(options: &InboxOptions, query: &InboxQuery, mailbox: &Mailbox) -> Response {
    let said = |at: DateTime<Utc>| at.with_timezone(&options.zone).format("%a %-d %b, %H:%M").to_string();
    let line = |envelope: &Envelope| LineView {
        to: envelope.to.clone(),
        subject: envelope.subject.clone(),
        at: envelope.at.map(said).unwrap_or_default(),
        card: envelope.card,
        open: query.open.as_ref() == Some(&envelope.name),
        address: InboxQuery { open: Some(envelope.name.clone()), ..query.clone() }.address(),
    };
    let recipients: Vec<RecipientView> = mailbox
        .recipients
        .iter()
        .map(|(name, count)| RecipientView {
            name: name.clone(),
            count: *count,
            chosen: query.to.as_ref() == Some(name),
            address: InboxQuery { to: Some(name.clone()), open: None }.address(),
        })
        .collect();
    let open = mailbox.open.as_ref();
    let envelope = open.map(super::message::Shown::envelope);
    let view = context! {
        script => super::super::reload::SCRIPT,
        seconds => if open.is_some() { 0 } else { AGAIN },
        now => said(options.clock.now()),
        zone => options.zone.name(),
        speed => options.speed,
        overview => options.overview,
        all => mailbox.all,
        to => query.to.clone(),
        lines => Value::from(Serde(mailbox.listed.iter().map(line).collect::<Vec<_>>())),
        recipients => Value::from(Serde(recipients)),
        open => open.map(|open| open.file().to_owned()),
        subject => envelope.as_ref().map(|one| one.subject.clone()),
        sent_to => envelope.as_ref().map(|one| one.to.clone()),
        sent_at => envelope.as_ref().and_then(|one| one.at).map(said),
        card => open.is_some_and(super::message::Shown::is_card),
        beside => Value::from(Serde(open.map(super::message::Shown::beside))),
        closed => InboxQuery { open: None, ..query.clone() }.address(),
    };
    let page = templates::fill(&TEMPLATES, StatusCode::OK, "inbox.html", view);
    (headers(&policy()), page).into_response()
}

/// The page shows its message in a frame of its own.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; script-src {}; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
        super::super::reload::hash()
    )
}
