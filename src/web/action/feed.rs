//! `/calendar.ics?t=TOKEN` and `/calendar.atom?t=TOKEN`: the dates of a recipient, for programs that ask again and again.
//!
//! The address is all that such a program has, so it shows dates and numbers only; machines are named at an address of
//! its own kind, which the recipient takes from their page. It opens nothing else, and is withdrawn with the
//! recipient's other links.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use super::link_target::LinkLookup;
use super::query::PageQuery;
use super::reply::{broken, nothing};
use crate::domain::action::link_purpose::LinkPurpose;
use crate::domain::action::token::{Link, LinkError};
use crate::domain::planning::calendar;
use crate::domain::recipient_name::RecipientName;
use crate::domain::time_zone::Tz;
use crate::render::{Feed, RenderError, as_atom, as_calendar};
use crate::services::links::feed_signed;
use crate::services::{App, ServiceError, log_unreadable};
use crate::words::Locale;

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new().route("/calendar.ics", get(ics)).route("/calendar.atom", get(atom)).with_state(app)
}

async fn ics(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    answer(&app, query.as_deref(), &headers, "text/calendar; charset=utf-8", as_calendar).await
}

async fn atom(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    answer(&app, query.as_deref(), &headers, "application/atom+xml; charset=utf-8", as_atom).await
}

/// The feed of the token's recipient as `render` writes it, or that it is as it was.
async fn answer(
    app: &App,
    query: Option<&str>,
    headers: &HeaderMap,
    kind: &'static str,
    render: fn(&Feed<'_>) -> Result<String, RenderError>,
) -> Response {
    let (link, recipient) = match whose(app, &PageQuery::parse(query).token).await {
        Ok(Ok(found)) => found,
        Ok(Err(other)) => return nothing(&other),
        Err(error) => return broken(&error),
    };
    let text = match filled(app, &link, &recipient, render).await {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            tracing::error!(%error, "a feed could not be written");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        Err(error) => return broken(&error),
    };
    let digest: String = Sha256::digest(&text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{digest}\"");
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    if known.flat_map(|value| value.split(',')).any(|one| is_tag(one, &tag)) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    ([(CONTENT_TYPE, kind.to_owned()), (ETAG, tag)], text).into_response()
}

/// Proxies that compress call a tag weak.
fn is_tag(known: &str, tag: &str) -> bool {
    let known = known.trim();
    known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
}

/// Whose feed a token is for.
async fn whose(app: &App, token: &str) -> Result<Result<(Link, RecipientName), LinkLookup>, ServiceError> {
    let purposes = [LinkPurpose::Feed, LinkPurpose::FeedWithNames];
    let link = match app.link_keys.verify(token, &purposes, app.clock.now()) {
        // A message's link is no feed's, whatever it says.
        Ok(link) if link.message.sequence() == 0 => link,
        Err(LinkError::Expired(_)) => return Ok(Err(LinkLookup::Forgotten)),
        _ => return Ok(Err(LinkLookup::NotOurs)),
    };
    let Some(owner) = app.repository.recipient_of(&link.message).await? else {
        return Ok(Err(LinkLookup::NotOurs));
    };
    let withdrawn = app.repository.revocations().await?.of(&link.message, feed_signed(&link));
    Ok(match withdrawn {
        Some(at) => Err(LinkLookup::Withdrawn { at, zone: reader(app, &owner.name).zone }),
        None => Ok((link, owner.name)),
    })
}

fn reader(app: &App, recipient: &RecipientName) -> Locale {
    let preferences = app.policy().recipient(recipient).map(|known| known.preferences);
    preferences.map_or_else(|| Tz::default().into(), |known| Locale::new(&known.language, known.timezone))
}

async fn filled(
    app: &App,
    link: &Link,
    recipient: &RecipientName,
    render: fn(&Feed<'_>) -> Result<String, RenderError>,
) -> Result<Result<String, RenderError>, ServiceError> {
    let state = app.repository.state(recipient).await?;
    log_unreadable("a row of a recipient", &state.unreadable);
    let assignments = state.assignments.iter().map(Arc::as_ref);
    let feed = Feed {
        entries: &calendar::feed(recipient, assignments, app.clock.now()),
        reader: reader(app, recipient),
        named: link.purpose == Some(LinkPurpose::FeedWithNames),
        id: &link.message.recipient_key(),
        since: feed_signed(link),
    };
    Ok(render(&feed))
}
