//! `/a?t=TOKEN`: the page behind the link in a message. GET and HEAD show; only POST acts.
//!
//! `/a?t=TOKEN&plan=ID` is the page of a rolling plan ([`plan`]), behind the same link and the same guard.
//!
//! [`link_target`] finds what a link is about, [`auth`] says whose request it is and whether a form is genuine,
//! [`user_token`] looks at the token with which its sender would start, [`form`] reads the form, [`submit`] does what it
//! asks. [`view`] with [`machines`] and [`forms`] says how things stand, in the words of [`words`]. [`hours`] and
//! [`mute`] each have their section of the page and what its form does; [`unsubscribe`] is a page of its own, for
//! digests. Nothing is remembered of a visitor: a form carries the dates that it was shown with, so that what is decided
//! is what was seen.

mod auth;
mod co_owners;
mod drill;
mod forecast;
mod form;
mod forms;
mod hours;
mod link_target;
mod machines;
mod mute;
mod page_data;
mod plan;
mod submit;
mod unsubscribe;
mod user_token;
mod view;
mod words;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::REFRESH;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};
use tokio::time::timeout;

use crate::domain::message::MessageKind;
use crate::jobs::{App, JobError};
use auth::{FormRejection, Visitor};
use form::{Form, FormValues};
use link_target::{LinkLookup, LinkTarget};
use view::FormLine;

/// A form is shorter than this.
const LARGEST_FORM: usize = 4096;

/// How long a form may take to arrive. Whoever sends one drop by drop holds nothing longer than this.
const FORM_PATIENCE: Duration = Duration::from_secs(10);

/// After how many seconds a page on which something is under way loads itself again.
const REFRESH_AFTER: &str = "15";

/// The page's routes.
pub(super) fn router(app: Arc<App>) -> Router {
    Router::new().route("/a", get(show).post(respond)).with_state(app.clone()).merge(unsubscribe::router(app))
}

async fn show(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let app = &app;
    let is_still = has(query.as_deref(), "still");
    let plan = plan::asked_for(query.as_deref());
    let found = match link_target::find(app, &token(query)).await {
        Ok(found) => found,
        Err(error) => return broken(&error),
    };
    match found {
        LinkLookup::Target(target) => {
            let visitor = auth::visitor(app, &headers);
            let reply = PageNotice { is_still, ..PageNotice::default() };
            match plan {
                Some(id) => plan::page(app, &target, &visitor, id.as_ref(), reply).await,
                None => page(app, &target, &visitor, reply).await,
            }
        }
        other => nothing(&other),
    }
}

async fn respond(State(app): State<Arc<App>>, RawQuery(query): RawQuery, request: Request) -> Response {
    let app = &app;
    let (parts, body) = request.into_parts();
    let body = match timeout(FORM_PATIENCE, to_bytes(body, LARGEST_FORM)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return message(StatusCode::PAYLOAD_TOO_LARGE, "That is too long", words::TOO_LONG),
        Err(_) => return message(StatusCode::REQUEST_TIMEOUT, "That took too long", words::TOO_SLOW),
    };
    let plan = plan::asked_for(query.as_deref());
    let token = token(query);
    let found = match link_target::find(app, &token).await {
        Ok(found) => found,
        Err(error) => return broken(&error),
    };
    let LinkLookup::Target(target) = found else { return nothing(&found) };
    let visitor = auth::visitor(app, &parts.headers);
    let form = Form::parse(&body);
    if let Err(unfit) = auth::check(app, &parts.headers, &token, &form) {
        tracing::warn!(?unfit, recipient = %target.recipient, "a form was refused");
        return match unfit {
            FormRejection::Stale => {
                let lines = vec![FormLine::problem(words::STALE_FORM)];
                let status = Some(StatusCode::FORBIDDEN);
                let reply = PageNotice { lines, status, refused: Some(&form), ..PageNotice::default() };
                match plan {
                    Some(id) => plan::page(app, &target, &visitor, id.as_ref(), reply).await,
                    None => page(app, &target, &visitor, reply).await,
                }
            }
            FormRejection::Foreign => {
                message(StatusCode::FORBIDDEN, "Not from this page", words::FOREIGN_FORM)
            }
            FormRejection::NotAForm => {
                message(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not a form", words::NOT_A_FORM)
            }
        };
    }
    // One at a time for one link: whoever is late finds what the first one did.
    let _turn = app.gate.turn(&token).await;
    if let Some(id) = plan {
        return plan::act(app, &target, &visitor, id.as_ref(), &form).await;
    }
    let done = match target.content.kind {
        MessageKind::Drill => drill::act(app, &target, &visitor, &form).await,
        _ => submit::act(app, &target, &visitor, &form).await,
    };
    let done = match done {
        Ok(done) => done,
        Err(error) => return broken(&error),
    };
    if let Some(id) = &done.plan {
        return Redirect::to(&plan::address(&target, id)).into_response();
    }
    let target = match link_target::find(app, &token).await {
        Ok(LinkLookup::Target(target)) => target,
        Ok(other) => return nothing(&other),
        Err(error) => return broken(&error),
    };
    let refused = done.status.is_client_error().then_some(&form);
    let reply = PageNotice { lines: done.lines, status: Some(done.status), refused, is_still: false };
    page(app, &target, &visitor, reply).await
}

/// The token of a query, whatever mail programs made of the address: they break it into lines, leave its `=` encoded as
/// in a query or as in quoted-printable text, and hang things on to its end.
fn token(query: Option<String>) -> String {
    let query = query.unwrap_or_default();
    let token = url::form_urlencoded::parse(query.as_bytes()).find_map(|(name, value)| match name.as_ref() {
        "t" => Some(value.into_owned()),
        name => name.strip_prefix("t=").map(str::to_owned),
    });
    let token: String = token.unwrap_or_default().split_whitespace().collect();
    let foreign = |character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character);
    // No token begins like this: the first letter says of which version it is.
    let token = token.strip_prefix("3D").unwrap_or(&token);
    token.trim_matches(foreign).to_owned()
}

/// Whether a query has a field of this name.
fn has(query: Option<&str>, name: &str) -> bool {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).any(|(page_data, _)| page_data == name)
}

/// What a page says beside how things stand.
#[derive(Debug, Default)]
struct PageNotice<'a> {
    /// What became of a form.
    lines: Vec<FormLine>,
    /// Where it is another than what follows from how things stand.
    status: Option<StatusCode>,
    /// The form that was not acted on: it is shown again as it was filled in.
    refused: Option<&'a Form>,
    /// Whether the reader asked that the page should not load itself again.
    is_still: bool,
}

/// The page about `target`, with what became of a form. It is `410 Gone` when there is nothing to respond to.
async fn page(app: &App, target: &LinkTarget, visitor: &Visitor, reply: PageNotice<'_>) -> Response {
    if target.content.kind == MessageKind::Drill {
        return drill::page(app, target, reply.lines, reply.status).await;
    }
    let page_data = match page_data::read(app, target).await {
        Ok(page_data) => page_data,
        Err(error) => return broken(&error),
    };
    let mut view = view::view(app, target, visitor, &page_data, reply.lines);
    view.refreshes &= !reply.is_still;
    view.filled = reply.refused.map(FormValues::from).unwrap_or_default();
    let gone = target.expired.is_some() || target.is_withdrawn();
    let status = reply.status.unwrap_or(if gone { StatusCode::GONE } else { StatusCode::OK });
    let page = render(status, "action.html", Value::from(Serde(&view)));
    if view.refreshes { refreshing(page) } else { page }
}

/// The page as one that loads itself again. Without an address it is its own that is asked for, also after a form: the
/// link is in no header.
fn refreshing(mut page: Response) -> Response {
    page.headers_mut().insert(REFRESH, HeaderValue::from_static(REFRESH_AFTER));
    page
}

/// What is said where nothing can be shown. A forged token and one whose key is gone get the same bytes.
fn nothing(found: &LinkLookup) -> Response {
    match found {
        LinkLookup::Forgotten => message(StatusCode::GONE, "This is long over", words::FORGOTTEN),
        LinkLookup::Withdrawn { at, zone } => {
            message(StatusCode::GONE, "This link was withdrawn", &words::withdrawn(*at, *zone))
        }
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
    environment.add_template("digests.html", include_str!("../templates/digests.html"))?;
    environment.add_template("drill.html", include_str!("../templates/drill.html"))?;
    environment.add_template("hours.html", include_str!("../templates/hours.html"))?;
    environment.add_template("parts.html", include_str!("../templates/parts.html"))?;
    environment.add_template("silence.html", include_str!("../templates/silence.html"))?;
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
        for query in [
            "t=Ab-_9",
            "x=1&t=Ab-_9&data=05%7C02",
            "t=Ab-_9.",
            "t=%20Ab-_9%3E",
            "t=Ab-_9%0D%0A",
            "t=Ab%0D%0A-_9",
            "t=Ab+-_9",
            "t=Ab%20%20-_9",
            "t%3DAb-_9",
            "t=3DAb-_9",
            "t==Ab-_9",
            "t=%3CAb-_9%3E%29",
        ] {
            assert_eq!(token(Some(query.to_owned())), "Ab-_9", "{query}");
        }
        assert_eq!(token(None), "");
    }
}
