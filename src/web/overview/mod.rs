//! `/overview`: the tenant's maintenance at a glance, for whoever the configuration names. Everything here only shows.
//!
//! [`visit`] says who asks and what they may see; [`query`] what they ask for; [`gather`] reads; [`view`] says it, and
//! [`export`] says the same for programs; [`detail`] shows one machine or one recipient. Whoever may see a part sees nothing else by any of these: everything begins
//! with the machines that [`gather`] lets through.

mod charts;
mod closed;
mod detail;
mod detail_query;
mod export;
mod form;
mod gather;
mod machine;
mod messages;
mod moments;
mod notices;
mod people;
mod query;
mod recipient;
mod reply;
mod selection;
mod view;
mod visit;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::form::Form;
use self::gather::gather;
use self::query::OverviewQuery;
use crate::services::App;

/// The address, from its question mark on, that asks for what the overview reads in `query`.
pub fn address_again(query: &str) -> String {
    OverviewQuery::parse(Some(query)).address()
}

/// The routes of the overview.
pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/overview", get(page))
        .route("/overview.json", get(json))
        .route("/overview.csv", get(csv))
        .with_state(app.clone())
        .merge(detail::router(app))
}

async fn page(app: State<Arc<App>>, query: RawQuery, headers: HeaderMap) -> Response {
    answer(app, query, headers, Form::Page).await
}

async fn json(app: State<Arc<App>>, query: RawQuery, headers: HeaderMap) -> Response {
    answer(app, query, headers, Form::Json).await
}

async fn csv(app: State<Arc<App>>, query: RawQuery, headers: HeaderMap) -> Response {
    answer(app, query, headers, Form::Csv).await
}

async fn answer(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    form: Form,
) -> Response {
    let visit = match visit::enter(&app, &headers).await {
        Ok(visit) => visit,
        Err(closed) if form == Form::Page => return closed.into_response(),
        Err(closed) => return closed.for_programs(),
    };
    let Some(_place) = app.rate_limiter.slots.to_look().await else { return reply::full() };
    let query = OverviewQuery::parse(query.as_deref());
    let gathered = match gather(&app, &visit, form == Form::Csv).await {
        Ok(gathered) => gathered,
        Err(error) => return reply::broken(&error),
    };
    let overview = selection::Overview::of(&gathered, &visit, &query);
    match form {
        Form::Csv => export::csv(&overview),
        Form::Json => export::json(&app, &overview, &gathered, &visit).await,
        Form::Page => view::page(&app, &overview, &gathered, &visit, &query).await,
    }
}
