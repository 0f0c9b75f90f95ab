//! Admission to every page: how long an address may be, how long and how slow a body, how often a link is
//! looked at, and how many are served at once.
//!
//! Only what costs something is counted. A link that is not ours is found out before anything is read.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, RETRY_AFTER, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::timeout;

use super::auth::client_address;
use super::query::PageQuery;
use super::reply::message;
use super::{limits, words};
use crate::services::App;

/// How long a form may take to arrive. Whoever sends one drop by drop holds nothing longer than this.
const FORM_TIMEOUT: Duration = Duration::from_secs(10);

/// Lets a request through to its page, with a body that has arrived, or answers it.
pub(crate) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target > limits::TARGET {
        return closing(message(StatusCode::URI_TOO_LONG, "That address is too long", words::LONG_ADDRESS));
    }
    let token = PageQuery::parse(parts.uri.query()).token;
    let address = client_address(&parts.headers);
    match parts.method {
        Method::POST => {
            let body = match arrived(&app, address.as_deref(), body).await {
                Ok(body) => body,
                Err(answer) => return closing(answer),
            };
            // One at a time for one link: whoever is late finds what the first one did.
            let _turn = app.rate_limiter.turn(&token).await;
            let Some(_place) = app.rate_limiter.slots.to_act().await else { return full() };
            next.run(Request::from_parts(parts, Body::from(body))).await
        }
        Method::GET | Method::HEAD if !token.is_empty() => {
            if !app.rate_limiter.may_look(&token, address.as_deref(), app.clock.now()) {
                return without_body(&parts, too_often());
            }
            let Some(_place) = app.rate_limiter.slots.to_look().await else { return full() };
            let has_body = brings_body(&parts);
            let answer = next.run(Request::from_parts(parts, Body::empty())).await;
            if answer.status() != StatusCode::NOT_FOUND {
                app.rate_limiter.looked(&token, address.as_deref(), app.clock.now());
            }
            if has_body { closing(answer) } else { answer }
        }
        _ => {
            let has_body = brings_body(&parts);
            let answer = next.run(Request::from_parts(parts, Body::empty())).await;
            if has_body { closing(answer) } else { answer }
        }
    }
}

/// A body that is there whole, or why it is not.
async fn arrived(app: &App, address: Option<&str>, body: Body) -> Result<Bytes, Response> {
    let Some(_arrival) = app.rate_limiter.slots.arrival(address) else { return Err(too_often()) };
    match timeout(FORM_TIMEOUT, to_bytes(body, limits::FORM)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(message(StatusCode::PAYLOAD_TOO_LARGE, "That is too long", words::TOO_LONG)),
        Err(_) => Err(message(StatusCode::REQUEST_TIMEOUT, "That took too long", words::TOO_SLOW)),
    }
}

fn too_often() -> Response {
    let mut answer = message(StatusCode::TOO_MANY_REQUESTS, "Too often", words::TOO_OFTEN);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("300"));
    answer
}

fn full() -> Response {
    let mut answer = message(StatusCode::SERVICE_UNAVAILABLE, "Not at the moment", words::FULL);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
    answer
}

fn brings_body(parts: &Parts) -> bool {
    parts.headers.contains_key(TRANSFER_ENCODING)
        || parts.headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
}

fn without_body(parts: &Parts, answer: Response) -> Response {
    if brings_body(parts) { closing(answer) } else { answer }
}

/// What was not read to its end would be taken for the beginning of the next request.
fn closing(mut answer: Response) -> Response {
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}
