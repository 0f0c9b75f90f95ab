//! The answers of the overview: filled templates, with the one script that loads the page again.

use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Value;

use super::super::reload;
use super::super::templates::{self, Templates};
use super::closed::Closed;
use super::words;
use crate::http::causes::chain;
use crate::services::ServiceError;

static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src {}; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
        reload::hash()
    );
    HeaderValue::from_str(&policy).ok()
});

static TEMPLATES: Templates = LazyLock::new(|| {
    templates::read(&[
        ("base.html", include_str!("../templates/overview/base.html")),
        ("closed.html", include_str!("../templates/overview/closed.html")),
        ("machine.html", include_str!("../templates/overview/machine.html")),
        ("recipient.html", include_str!("../templates/overview/recipient.html")),
        ("top.html", include_str!("../templates/overview/top.html")),
        ("overview.html", include_str!("../templates/overview/overview.html")),
    ])
});

/// Fills a template.
pub(super) fn render(status: StatusCode, name: &str, view: Value) -> Response {
    templates::fill(&TEMPLATES, status, name, view)
}

/// A page that loads itself again after so many seconds; never with 0.
pub(super) fn living(name: &str, view: Value, seconds: u32) -> Response {
    let mut page = render(StatusCode::OK, name, context! { script => reload::SCRIPT, seconds, ..view });
    if let Some(policy) = &*POLICY {
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy.clone());
    }
    page
}

/// Answers where the state cannot be read.
pub(super) fn broken(error: &ServiceError) -> Response {
    tracing::error!(error = chain(error), "the overview could not be made");
    Closed::Broken.into_response()
}

/// Answers where too many look at once.
pub(super) fn full() -> Response {
    let mut answer = Closed::Broken.into_response();
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
    answer
}

impl IntoResponse for Closed {
    fn into_response(self) -> Response {
        let status = self.status();
        let (title, text) = words::closed(&self);
        let (person, object, nobody_is) = match &self {
            Self::NotNamed { person, object, nobody_is } => (Some(person), object.clone(), *nobody_is),
            _ => (None, None, false),
        };
        let view = context! {
            title,
            text,
            sign_in => matches!(self, Self::NotSignedIn),
            name => person.map(|person| person.name.clone()),
            too_many => person.is_some_and(|person| person.too_many_groups),
            object,
            nobody_is,
        };
        render(status, "closed.html", view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert!(TEMPLATES.is_ok(), "{:?}", TEMPLATES.as_ref().err());
    }
}
