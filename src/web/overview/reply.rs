//! The answers of the overview: filled templates, with the one script that loads the page again.

use std::sync::LazyLock;

use axum::http::header::{CONTENT_SECURITY_POLICY, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, UndefinedBehavior, context};

use super::super::reload;
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

static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in [
        ("base.html", include_str!("../templates/overview/base.html")),
        ("closed.html", include_str!("../templates/overview/closed.html")),
        ("overview.html", include_str!("../templates/overview/overview.html")),
    ] {
        environment.add_template(name, text)?;
    }
    Ok(environment)
});

/// Fills a template.
pub(super) fn render(status: StatusCode, name: &str, view: Value) -> Response {
    let filled = match &*TEMPLATES {
        Ok(templates) => templates.get_template(name).and_then(|template| template.render(view)),
        Err(error) => {
            tracing::error!(%error, "the templates of the overview cannot be read");
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
    super::visit::Closed::Broken.into_response()
}

/// Answers where too many look at once.
pub(super) fn full() -> Response {
    let mut answer = super::visit::Closed::Broken.into_response();
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert!(TEMPLATES.is_ok(), "{:?}", TEMPLATES.as_ref().err());
    }
}
