//! The inbox of `demo` and of `local` with `NOTIFIER_OUTBOX`: the messages in the folder as their readers see them, and
//! every link in them usable.
//!
//! It stands in front of the pages and is no part of them: what a deployment serves has no way to it. It answers only
//! who asks this machine by its own name, so that no page of another site can read it.

mod card;
mod escape;
mod mailbox;
mod message;
mod options;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

use self::mailbox::Mailbox;
use self::message::Shown;
pub use self::options::InboxOptions;
use self::options::headers;

/// What a message may do: nothing but show itself, and open its links beside itself.
const MESSAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// The inbox in front of `pages`.
pub fn inbox(options: InboxOptions, pages: Router) -> Router {
    let inbox = Router::new()
        .route("/", get(list))
        .route("/inbox/{name}", get(body))
        .route("/inbox/{name}/file", get(file))
        .with_state(Arc::new(options))
        .layer(from_fn(only_here));
    inbox.fallback_service(pages)
}

/// Whether a request names this machine: another name that leads here is somebody else's page.
async fn only_here(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    if matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "The inbox answers at 127.0.0.1 only.\n").into_response()
    }
}

async fn list(State(options): State<Arc<InboxOptions>>, RawQuery(query): RawQuery) -> Response {
    let query = query::InboxQuery::parse(query.as_deref());
    let folder = options.folder.clone();
    let asked = query.clone();
    let read = tokio::task::spawn_blocking(move || Mailbox::read(&folder, &asked)).await;
    let Ok(mailbox) = read else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    page::answer(&options, &query, &mailbox)
}

async fn body(State(options): State<Arc<InboxOptions>>, Path(name): Path<String>) -> Response {
    let Some(message) = message(&options, name).await else { return StatusCode::NOT_FOUND.into_response() };
    let html = message.body();
    (headers(MESSAGE_POLICY), Html(html)).into_response()
}

async fn file(State(options): State<Arc<InboxOptions>>, Path(name): Path<String>) -> Response {
    let Some(message) = message(&options, name).await else { return StatusCode::NOT_FOUND.into_response() };
    let mut answer = HeaderMap::new();
    let kind = if message.is_card() { "application/json" } else { "message/rfc822" };
    for (name, value) in [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", message.file())),
    ] {
        if let Ok(value) = value.parse() {
            answer.insert(name, value);
        }
    }
    (headers("default-src 'none'; sandbox"), answer, message.into_bytes()).into_response()
}

async fn message(options: &InboxOptions, name: String) -> Option<Shown> {
    let folder = options.folder.clone();
    tokio::task::spawn_blocking(move || Mailbox::message(&folder, &name)).await.ok()?
}

mod query;
#[cfg(test)]
mod tests;
