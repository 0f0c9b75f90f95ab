//! Pages for people, behind one admission check. GET, HEAD and OPTIONS never change anything; only a form of `action`
//! acts.

mod action;
mod former_address;
mod genuine;
mod health;
mod inbox;
mod overview;
mod reload;
mod templates;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;

pub use self::action::{name_of_sign_in, texts_of_a_visit};
pub use self::health::health_now;
pub use self::inbox::{InboxOptions, inbox};
pub use self::overview::address_again;
use crate::functions::EarlyPages;
use crate::services::App;

/// What every page says to browsers.
const HEADERS: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    // With `no-referrer` browsers would send `Origin: null` on form posts.
    (REFERRER_POLICY, "same-origin"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// What browsers get where there are no functions yet, or the host asks whether the process is there.
pub const EARLY_PAGES: EarlyPages = EarlyPages { front, unavailable };

/// The pages, ready to be put behind the Functions host.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/genuine", get(genuine::page))
        .route("/health", get(health::health))
        .fallback(elsewhere)
        .with_state(app.clone())
        .merge(action::router(app.clone()))
        .merge(overview::router(app.clone()))
        .method_not_allowed_fallback(not_like_this)
        .layer(from_fn_with_state(app.clone(), former_address::redirect))
        .layer(from_fn_with_state(app, action::admit));
    for (name, value) in HEADERS {
        let value = HeaderValue::from_static(value);
        // A page of its own script names it.
        router = router.layer(if name == CONTENT_SECURITY_POLICY {
            SetResponseHeaderLayer::if_not_present(name, value)
        } else {
            SetResponseHeaderLayer::overriding(name, value)
        });
    }
    router
}

/// The page at `/`. It reads nothing: the host asks there whether the process lives.
fn front() -> Response {
    let ways_on = [
        ("/mine", "Your planned maintenance (for who signs in)"),
        ("/overview", "The overview (for whom the operators let in)"),
        ("/health", "Whether this service does its work"),
        ("/genuine", "What its messages are, and how to tell a genuine one"),
    ];
    let text = "This service tells the owners of Azure machines when Azure will restart them, and lets them choose the \
                moment. Whoever got a message uses the link in it.";
    with_headers(action::message_with(
        StatusCode::OK,
        "Planned maintenance of Azure machines",
        text,
        &ways_on,
    ))
}

fn unavailable() -> Response {
    let text = "The service starts, or its configuration cannot be read. Try again in a minute; if it stays so, tell its \
                operators. Until then Azure’s portal shows the maintenance of a machine, and can start it.";
    let portal = [("https://portal.azure.com/", "Azure’s portal")];
    with_headers(action::message_with(StatusCode::SERVICE_UNAVAILABLE, "Not at the moment", text, &portal))
}

fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn elsewhere(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let reads = matches!(method, Method::GET | Method::HEAD);
    if reads && uri.path() == "/" {
        return front();
    }
    // Programs get a sentence: they come here by a wrong address, and show it in a log.
    if !reads || !health::wants_text(&headers) {
        return (StatusCode::NOT_FOUND, "There is no such page here.\n").into_response();
    }
    let text = "Open the link in the newest message about the machine, as it stands there.";
    action::message_with(StatusCode::NOT_FOUND, "There is no such page", text, &[("/", "What is here")])
}

async fn not_like_this() -> Response {
    let text = "The page is there, but not for this kind of request. Nothing was done. Open it anew.";
    action::message(StatusCode::METHOD_NOT_ALLOWED, "Not like this", text)
}
