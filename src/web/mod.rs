//! Pages for people, behind one guard. GET, HEAD and OPTIONS never change anything; only a form of `action` acts.

mod action;
mod former_address;
mod genuine;
mod health;
mod inbox;
mod overview;
mod reload;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;

pub use self::health::health_now;
pub use self::inbox::{InboxOptions, inbox};
use crate::services::App;

/// The pages, ready to be put behind the Functions host.
pub fn router(app: Arc<App>) -> Router {
    let headers: [(HeaderName, &'static str); 6] = [
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
    let mut router = Router::new()
        .route("/genuine", get(genuine::page))
        .route("/health", get(health::health))
        .fallback(not_found)
        .with_state(app.clone())
        .merge(action::router(app.clone()))
        .merge(overview::router(app.clone()))
        .layer(from_fn_with_state(app.clone(), former_address::redirect))
        .layer(from_fn_with_state(app, action::guard));
    for (name, value) in headers {
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

async fn not_found() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, "There is no such page here.\n")
}
