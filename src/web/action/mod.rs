//! `/a?t=TOKEN`: the page behind the link in a message. GET and HEAD show; only POST acts.
//!
//! `/a?t=TOKEN&plan=ID` is the page of a rolling plan ([`plan`]), behind the same link and the same guard.
//!
//! [`matter`] finds what a link is about, [`guard`] says whose request it is and whether a form is genuine, [`form`]
//! reads it, [`act`] does what it asks, [`view`] and [`words`] say how things stand. Nothing is remembered of a
//! visitor: a form carries the dates that it was shown with, so that what is decided is what was seen.

mod act;
mod form;
mod guard;
mod matter;
mod plan;
mod view;
mod words;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};

use crate::jobs::{App, JobError};
use form::Form;
use guard::{Unfit, Visitor};
use matter::{Found, Matter};
use view::Line;

/// A form is shorter than this.
const LARGEST_FORM: usize = 4096;

/// The page's routes.
pub(super) fn router(app: Arc<App>) -> Router {
    Router::new().route("/a", get(show).post(respond)).with_state(app)
}

async fn show(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let app = &app;
    let plan = plan::asked_for(query.as_deref());
    let found = match matter::find(app, &token(query)).await {
        Ok(found) => found,
        Err(error) => return broken(&error),
    };
    match found {
        Found::Matter(matter) => {
            let visitor = guard::visitor(app, &headers);
            if let Some(id) = plan {
                return plan::page(app, &matter, &visitor, id.as_ref(), (Vec::new(), None)).await;
            }
            page(app, &matter, &visitor, Vec::new(), None).await
        }
        other => nothing(&other),
    }
}

async fn respond(State(app): State<Arc<App>>, RawQuery(query): RawQuery, request: Request) -> Response {
    let app = &app;
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_FORM).await else {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "That is too long", words::TOO_LONG);
    };
    let plan = plan::asked_for(query.as_deref());
    let token = token(query);
    let found = match matter::find(app, &token).await {
        Ok(found) => found,
        Err(error) => return broken(&error),
    };
    let Found::Matter(matter) = found else { return nothing(&found) };
    let visitor = guard::visitor(app, &parts.headers);
    let form = Form::parse(&body);
    if let Err(unfit) = guard::check(app, &parts.headers, &token, &form) {
        tracing::warn!(?unfit, recipient = %matter.recipient, "a form was refused");
        return match unfit {
            Unfit::Stale => {
                let lines = vec![Line::problem(words::STALE_FORM)];
                if let Some(id) = plan {
                    let said = (lines, Some(StatusCode::FORBIDDEN));
                    return plan::page(app, &matter, &visitor, id.as_ref(), said).await;
                }
                page(app, &matter, &visitor, lines, Some(StatusCode::FORBIDDEN)).await
            }
            Unfit::Foreign => message(StatusCode::FORBIDDEN, "Not from this page", words::FOREIGN_FORM),
            Unfit::NotAForm => message(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not a form", words::NOT_A_FORM),
        };
    }
    // One at a time for one link: whoever is late finds what the first one did.
    let _turn = app.gate.turn(&token).await;
    if let Some(id) = plan {
        return plan::act(app, &matter, &visitor, id.as_ref(), &form).await;
    }
    let done = match act::act(app, &matter, &visitor, &form).await {
        Ok(done) => done,
        Err(error) => return broken(&error),
    };
    if let Some(id) = &done.plan {
        return Redirect::to(&plan::address(&matter, id)).into_response();
    }
    match matter::find(app, &token).await {
        Ok(Found::Matter(matter)) => page(app, &matter, &visitor, done.lines, Some(done.status)).await,
        Ok(other) => nothing(&other),
        Err(error) => broken(&error),
    }
}

/// The token of a query. What mail programs hang on to the end of an address is not part of it.
fn token(query: Option<String>) -> String {
    let query = query.unwrap_or_default();
    let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "t");
    let token = token.map(|(_, token)| token.into_owned()).unwrap_or_default();
    let foreign = |character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character);
    token.trim_matches(foreign).to_owned()
}

/// The page about `matter`, with what became of a form. It is `410 Gone` when there is nothing to respond to.
async fn page(
    app: &App,
    matter: &Matter,
    visitor: &Visitor,
    lines: Vec<Line>,
    status: Option<StatusCode>,
) -> Response {
    let groups = match app.repository.groups(&matter.groups(&app.start_rules.cluster_tag)).await {
        Ok(groups) => groups,
        Err(error) => return broken(&error.into()),
    };
    let view = view::view(app, matter, visitor, &groups, lines);
    let gone = matter.expired.is_some() || matter.is_withdrawn();
    let status = status.unwrap_or(if gone { StatusCode::GONE } else { StatusCode::OK });
    render(status, "action.html", Value::from(Serde(&view)))
}

/// What is said where nothing can be shown. A forged token and one whose key is gone get the same bytes.
fn nothing(found: &Found) -> Response {
    match found {
        Found::Forgotten => message(StatusCode::GONE, "This is long over", words::FORGOTTEN),
        _ => message(StatusCode::NOT_FOUND, "This link leads nowhere", words::NOT_OURS),
    }
}

fn broken(error: &JobError) -> Response {
    tracing::error!(%error, "a page about maintenance could not be made");
    message(StatusCode::SERVICE_UNAVAILABLE, "Not at the moment", words::BROKEN)
}

fn message(status: StatusCode, title: &str, text: &str) -> Response {
    render(status, "message.html", context! { title, text })
}

static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template("base.html", include_str!("../templates/base.html"))?;
    environment.add_template("action.html", include_str!("../templates/action.html"))?;
    environment.add_template("plan.html", include_str!("../templates/plan.html"))?;
    environment.add_template("message.html", include_str!("../templates/message.html"))?;
    Ok(environment)
});

fn render(status: StatusCode, name: &str, view: Value) -> Response {
    let filled = match &*TEMPLATES {
        Ok(templates) => templates.get_template(name).and_then(|template| template.render(view)),
        Err(error) => {
            tracing::error!(%error, "the templates of the pages cannot be read");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    match filled {
        Ok(page) => (status, Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, name, "a page could not be filled");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert!(TEMPLATES.is_ok(), "{:?}", TEMPLATES.as_ref().err());
    }

    #[test]
    fn s13_a_token_is_found_whatever_mail_programs_did_around_it() {
        for query in ["t=Ab-_9", "x=1&t=Ab-_9&data=05%7C02", "t=Ab-_9.", "t=%20Ab-_9%3E", "t=Ab-_9%0D%0A"] {
            assert_eq!(token(Some(query.to_owned())), "Ab-_9", "{query}");
        }
        assert_eq!(token(None), "");
    }
}
