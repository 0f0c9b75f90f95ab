//! `/genuine`: what these messages are and what they never ask, for whoever doubts one.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use minijinja::{Environment, context};

use crate::services::App;

const TEMPLATE: &str = include_str!("templates/genuine.html");

/// The page. Names the sender, so that a reader can compare.
pub(super) async fn page(State(app): State<Arc<App>>) -> Html<String> {
    let sender = app.deployment.from.address.as_str();
    let page = Environment::new().render_named_str("genuine.html", TEMPLATE, context! { sender });
    Html(page.unwrap_or_else(|error| {
        tracing::error!(%error, "a page could not be rendered");
        "This page cannot be shown at the moment.".to_owned()
    }))
}
