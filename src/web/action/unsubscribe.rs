//! `/unsubscribe?t=TOKEN`: turns digests off and on again. GET shows; only POST acts.
//!
//! Mail software posts here by itself when its reader asks for it (RFC 8058): `List-Unsubscribe=One-Click`, without
//! cookies, without our page and so without an `Origin` of ours. Turning digests off is all that this can do, and last
//! calls come all the same. Turning them on again takes the form of our own page.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use chrono::DateTime;
use minijinja::context;

use super::auth::{self, FormRejection};
use super::form::Form;
use super::link_target::LinkLookup;
use super::query::PageQuery;
use super::reply::{broken, message, nothing, read_form, render};
use super::words;
use crate::domain::action::form_nonce::FormPage;
use crate::domain::action::link_purpose::LinkPurpose;
use crate::domain::action::token::{LinkError, MessageRef};
use crate::domain::ids::{MessageId, form_key};
use crate::domain::recipient_name::RecipientName;
use crate::domain::recipient_settings::NotificationSettings;
use crate::domain::sanitize::one_line;
use crate::render::times::local;
use crate::services::recipient_settings::{LinkHolder, digests};
use crate::services::{App, ServiceError};
use crate::store::repository::LinkOwner;

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new().route("/unsubscribe", get(show).post(change)).with_state(app)
}

/// What a token lets its holder do.
struct DigestLink {
    token: String,
    recipient: RecipientName,
    message: MessageRef,
    /// Whether it turns digests on again, too.
    turns_on: bool,
}

/// Whose digests a token is about, and in which message it came. For turning them off its time never runs out: whoever
/// wants less mail should not have to look for a newer one first. Older links do nothing else, and end in time.
/// Operators withdraw it with the other links of its message.
async fn whose(app: &App, token: &str) -> Result<Result<DigestLink, LinkLookup>, ServiceError> {
    let (link, expired) = match app.link_keys.verify(token, &[LinkPurpose::Unsubscribe], app.clock.now()) {
        Ok(link) => (link, false),
        Err(LinkError::Expired(link)) if link.purpose.is_some() => (link, true),
        Err(_) => return Ok(Err(LinkLookup::NotOurs)),
    };
    let Some(LinkOwner { name: recipient, sent_to }) = app.repository.recipient_of(&link.message).await?
    else {
        return Ok(Err(LinkLookup::NotOurs));
    };
    let revocations = app.repository.revocations().await?;
    if !revocations.list().is_empty() {
        let content = app.repository.shared_content(&sent_to, link.message.sequence()).await?;
        // Of a message that is forgotten it is not known when it was signed: long ago.
        let signed = content.as_ref().map_or(DateTime::UNIX_EPOCH, |content| content.frozen_at);
        if let Some(at) = revocations.of(&link.message, signed) {
            let zone = content.map(|content| content.timezone).unwrap_or_default();
            return Ok(Err(LinkLookup::Withdrawn { at, zone }));
        }
    }
    Ok(Ok(DigestLink {
        token: token.to_owned(),
        recipient,
        message: link.message,
        turns_on: link.purpose.is_some() && !expired,
    }))
}

impl DigestLink {
    fn form_page(&self) -> FormPage {
        FormPage { purpose: LinkPurpose::Unsubscribe, token: self.token.clone(), part: String::new() }
    }
}

async fn show(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    let token = PageQuery::parse(query.as_deref()).token;
    let (link, notification_settings) = match whose(&app, &token).await {
        Ok(Ok(link)) => match app.repository.notification_settings(&link.recipient).await {
            Ok(notification_settings) => (link, notification_settings),
            Err(error) => return broken(&error.into()),
        },
        Ok(Err(other)) => return nothing(&other),
        Err(error) => return broken(&error),
    };
    page(&app, &link, &notification_settings, None)
}

async fn change(State(app): State<Arc<App>>, RawQuery(query): RawQuery, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = read_form(body).await;
    let token = PageQuery::parse(query.as_deref()).token;
    match try_change(&app, &token, &parts.headers, &body).await {
        Ok(answer) => answer,
        Err(error) => broken(&error),
    }
}

async fn try_change(
    app: &App,
    token: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, ServiceError> {
    let link = match whose(app, token).await? {
        Ok(link) => link,
        Err(other) => return Ok(nothing(&other)),
    };
    let (wanted, form) = if is_one_click(headers, body) {
        (false, None)
    } else {
        let form = Form::parse(body);
        match auth::check(app, headers, &link.form_page(), &form) {
            Err(FormRejection::Foreign) => {
                return Ok(message(StatusCode::FORBIDDEN, "Not from this page", words::FOREIGN_FORM));
            }
            Err(FormRejection::Stale) => {
                return Ok(message(StatusCode::FORBIDDEN, "Open for too long", words::STALE_PAGE));
            }
            Ok(()) if form.act() == "digests-on" && link.turns_on => (true, form.get("nonce").map(form_key)),
            _ => return Ok(message(StatusCode::BAD_REQUEST, "Not understood", words::NOT_A_FORM)),
        }
    };
    let visitor = auth::visitor(app, headers).await?;
    if !app.rate_limiter.takes(token, visitor.address(), app.clock.now()) {
        return Ok(message(StatusCode::TOO_MANY_REQUESTS, "Too often", words::TOO_OFTEN));
    }
    let speaker = LinkHolder {
        by: visitor.actor_for(&link.recipient),
        message: message_of(app, &link).await?,
        recipient: link.recipient.clone(),
        form,
    };
    digests(app, &speaker, wanted).await?;
    let notification_settings = app.repository.notification_settings(&speaker.recipient).await?;
    let said = match (wanted, notification_settings.without_digests.is_none()) {
        (true, true) => "Digests come again from now on.",
        (true, false) => words::FORM_SENT_BEFORE,
        (false, _) => "No more digests come from now on.",
    };
    Ok(page(app, &link, &notification_settings, Some(said)))
}

/// The id of the message in which the link came, as far as that is kept.
async fn message_of(app: &App, link: &DigestLink) -> Result<MessageId, ServiceError> {
    let sequence = link.message.sequence();
    let known = app.repository.message(&link.recipient, sequence).await?.map(|stored| stored.value);
    let meant = known.filter(|known| link.message.means(&known.recipient, &known.id));
    Ok(meant.map(|known| known.id).unwrap_or_else(|| MessageId::derive(&link.recipient, sequence)))
}

/// Whether mail software asks to unsubscribe, or the button of our own page, which sends the same.
fn is_one_click(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data") {
        return Form::parse(body).get("List-Unsubscribe") == Some("One-Click");
    }
    // One part with one word in it needs no reader of parts.
    let text = String::from_utf8_lossy(body);
    let part = text.split_once("name=\"List-Unsubscribe\"").and_then(|(_, rest)| rest.split_once("\r\n\r\n"));
    part.is_some_and(|(_, value)| value.lines().next().map(str::trim) == Some("One-Click"))
}

fn page(
    app: &App,
    link: &DigestLink,
    notification_settings: &NotificationSettings,
    said: Option<&str>,
) -> Response {
    let zone = app.policy().recipient(&link.recipient).map(|recipient| recipient.preferences.timezone);
    let since =
        notification_settings.without_digests.as_ref().map(|said| local(zone.unwrap_or_default(), said.at));
    let view = context! {
        token => &link.token,
        nonce => auth::nonces(app, link.form_page()),
        turns_on => link.turns_on,
        whose => one_line(link.recipient.as_str(), 90),
        since,
        said,
    };
    render(StatusCode::OK, "digests.html", view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s15_both_forms_of_one_click_are_understood_and_nothing_else() {
        let headers = |kind: &str| HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
        let plain = headers("application/x-www-form-urlencoded");
        assert!(is_one_click(&plain, b"List-Unsubscribe=One-Click"));
        assert!(!is_one_click(&plain, b"List-Unsubscribe=Later"));
        assert!(!is_one_click(&plain, b""));
        let parts = headers("multipart/form-data; boundary=b");
        let body = |value: &str| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n{value}\r\n--b--\r\n"
            )
        };
        assert!(is_one_click(&parts, body("One-Click").as_bytes()));
        assert!(!is_one_click(&parts, body("Later").as_bytes()));
        assert!(!is_one_click(&parts, b"--b--"));
    }
}
