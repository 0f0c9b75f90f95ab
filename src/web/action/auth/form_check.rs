//! Whether a form comes from our own page.

use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, HeaderName};

use super::super::form::Form;
use crate::services::App;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a form is not acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormRejection {
    NotAForm,
    Foreign,
    /// It was not shown with this link lately.
    Stale,
}

/// Whether a form comes from our own page, shown with this link within the last quarter of an hour.
pub(crate) fn check(app: &App, headers: &HeaderMap, token: &str, form: &Form) -> Result<(), FormRejection> {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = header(&CONTENT_TYPE).and_then(|kind| kind.split(';').next()).map(str::trim);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
        return Err(FormRejection::NotAForm);
    }
    let ours = app.deployment.public_url.as_ref().and_then(|url| url.parse::<url::Url>().ok());
    let ours = ours.map(|url| url.origin().ascii_serialization());
    if ours.is_none() || header(&ORIGIN) != ours.as_deref() {
        return Err(FormRejection::Foreign);
    }
    if header(&FETCH_SITE).is_some_and(|site| site != "same-origin") {
        return Err(FormRejection::Foreign);
    }
    let nonce = form.get("nonce").unwrap_or_default();
    if app.link_keys.accepts_form(token, nonce, app.clock.now()) { Ok(()) } else { Err(FormRejection::Stale) }
}
