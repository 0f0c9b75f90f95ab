//! `/overview/machine` and `/overview/recipient`: one of what the overview lists, as a page and as JSON. What somebody may
//! not see answers as what is not there.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::DateTime;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::closed::Closed;
use super::detail_query::Asked;
use super::form::Form;
use super::gather::{Gathered, gather};
use super::moments::{distance, moment};
use super::visit::{self, Visit};
use super::{machine, recipient, reply};
use crate::services::{App, ServiceError};

#[derive(Debug, Clone, Copy)]
enum Subject {
    Machine,
    Recipient,
}

/// The routes of one machine and one recipient.
pub(super) fn router(app: Arc<App>) -> Router {
    let route = |subject, form| {
        get(move |State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap| async move {
            answer(&app, query.as_deref(), &headers, subject, form).await
        })
    };
    Router::new()
        .route("/overview/machine", route(Subject::Machine, Form::Page))
        .route("/overview/machine.json", route(Subject::Machine, Form::Json))
        .route("/overview/recipient", route(Subject::Recipient, Form::Page))
        .route("/overview/recipient.json", route(Subject::Recipient, Form::Json))
        .with_state(app)
}

async fn answer(
    app: &App,
    query: Option<&str>,
    headers: &HeaderMap,
    subject: Subject,
    form: Form,
) -> Response {
    let visit = match visit::enter(app, headers).await {
        Ok(visit) => visit,
        Err(closed) => return refuse(closed, form),
    };
    let Some(_place) = app.rate_limiter.slots.to_look().await else { return reply::full() };
    let gathered = match gather(app, &visit, true).await {
        Ok(gathered) => gathered,
        Err(error) => return reply::broken(&error),
    };
    let asked = Asked::parse(query);
    let page = Page { app, gathered: &gathered, visit: &visit, form };
    match subject {
        Subject::Machine => page.show("machine.html", machine::find(app, &gathered, &visit, &asked).await),
        Subject::Recipient => {
            page.show("recipient.html", recipient::find(app, &gathered, &visit, &asked).await)
        }
    }
}

fn refuse(closed: Closed, form: Form) -> Response {
    if form == Form::Page { closed.into_response() } else { closed.for_programs() }
}

struct Page<'a> {
    app: &'a App,
    gathered: &'a Gathered,
    visit: &'a Visit,
    form: Form,
}

impl Page<'_> {
    fn show<T: Serialize>(&self, template: &str, found: Result<Option<T>, ServiceError>) -> Response {
        let found = match found {
            Ok(Some(found)) => found,
            Ok(None) => return refuse(Closed::NotThere, self.form),
            Err(error) => return reply::broken(&error),
        };
        if self.form != Form::Page {
            return Json(found).into_response();
        }
        let (zone, now) = (self.gathered.zone, self.gathered.now);
        let read = |at: &str| DateTime::parse_from_rfc3339(at).map(|at| at.to_utc()).unwrap_or_default();
        let view = context! {
            at => moment(zone, now, now),
            zone => zone.name(),
            open => self.app.is_open(),
            who => self.visit.name.clone(),
            role => self.visit.role(),
            said => Value::from_function(move |at: String| moment(zone, read(&at), now)),
            distance => Value::from_function(move |at: String| distance(read(&at), now)),
            it => Value::from(Serde(found)),
        };
        reply::render(axum::http::StatusCode::OK, template, view)
    }
}
