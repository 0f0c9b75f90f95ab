//! The answers of every page: a filled template, or a few words where nothing can be shown.

use std::sync::LazyLock;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::REFRESH;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::super::templates::{self, Templates};
use super::form_result::FormLine;
use super::link_target::LinkLookup;
use super::{limits, words};
use crate::http::causes::chain;
use crate::services::ServiceError;

/// After how many seconds a page on which something is under way loads itself again.
const REFRESH_AFTER: &str = "15";

/// The body of a form. Admission has read it; where it did not, there is none.
pub(super) async fn read_form(body: Body) -> Bytes {
    to_bytes(body, limits::FORM).await.unwrap_or_default()
}

/// Answers with a page. One on which something is under way loads itself again: without an address that is the page's
/// own, also after a form, so the link is in no header. `nonce` makes the nonces of its forms.
pub(super) fn page(
    status: StatusCode,
    template: &str,
    view: &impl Serialize,
    nonce: Value,
    refreshes: bool,
) -> Response {
    let mut page = render(status, template, context! { nonce, ..Value::from(Serde(view)) });
    if refreshes {
        page.headers_mut().insert(REFRESH, HeaderValue::from_static(REFRESH_AFTER));
    }
    page
}

/// Answers where there is nothing to show. A forged token and one whose key is gone get the same bytes.
pub(super) fn nothing(found: &LinkLookup) -> Response {
    match found {
        LinkLookup::Forgotten => message(StatusCode::GONE, "This is long over", words::FORGOTTEN),
        LinkLookup::Withdrawn { at, zone } => {
            message(StatusCode::GONE, "This link was withdrawn", &words::withdrawn(*at, *zone))
        }
        _ => message(StatusCode::NOT_FOUND, "This link leads nowhere", words::NOT_OURS),
    }
}

/// Answers where the state cannot be read.
pub(super) fn broken(error: &ServiceError) -> Response {
    tracing::error!(error = chain(error), "a page about maintenance could not be made");
    message(StatusCode::SERVICE_UNAVAILABLE, "Not at the moment", words::BROKEN)
}

/// Answers where a form was acted on and how things stand since cannot be read: what was done is said all the same.
pub(super) fn done_but_not_shown(error: &ServiceError, lines: &[FormLine], status: StatusCode) -> Response {
    tracing::error!(error = chain(error), "what became of a form could not be shown");
    let said: Vec<String> = lines.iter().map(FormLine::text).collect();
    let title = if status.is_success() { "It was taken" } else { "Nothing was done" };
    message(status, title, &format!("{} {}", said.join(" "), words::NOT_SHOWN))
}

/// Where somebody who is lost can go on.
const GENUINE: (&str, &str) = ("/genuine", "What these messages are, and how to tell a genuine one");

/// Answers with a title, a sentence and a way on.
pub(in crate::web) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    message_with(status, title, text, &[GENUINE])
}

/// The same with other ways on, each an address and what stands there.
pub(in crate::web) fn message_with(
    status: StatusCode,
    title: &str,
    text: &str,
    links: &[(&str, &str)],
) -> Response {
    render(status, "message.html", context! { title, text, links => Value::from(Serde(&links)) })
}

static TEMPLATES: Templates = LazyLock::new(|| {
    templates::read(&[
        ("base.html", include_str!("../templates/base.html")),
        ("action.html", include_str!("../templates/action.html")),
        ("digests.html", include_str!("../templates/digests.html")),
        ("drill.html", include_str!("../templates/drill.html")),
        ("hours.html", include_str!("../templates/hours.html")),
        ("mine.html", include_str!("../templates/mine.html")),
        ("parts.html", include_str!("../templates/parts.html")),
        ("mute.html", include_str!("../templates/mute.html")),
        ("plan.html", include_str!("../templates/plan.html")),
        ("review.html", include_str!("../templates/review.html")),
        ("message.html", include_str!("../templates/message.html")),
    ])
});

/// Fills a template.
pub(super) fn render(status: StatusCode, name: &str, view: Value) -> Response {
    templates::fill(&TEMPLATES, status, name, view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert!(TEMPLATES.is_ok(), "{:?}", TEMPLATES.as_ref().err());
    }
}
