//! Whether a form comes from our own page.

use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, HeaderName};
use minijinja::value::Value;

use super::super::form::{Form, SelectedMachine};
use crate::domain::action::form_nonce::{FormPage, OfferedMachine};
use crate::services::App;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a form is not acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormRejection {
    NotAForm,
    Foreign,
    /// It was not shown on this page lately, or it is not what was shown.
    Stale,
}

/// Whether a form is one of those that `page` showed within the last quarter of an hour: for what it wants done, and with
/// the machines that were ticked in it.
pub(crate) fn check(
    app: &App,
    headers: &HeaderMap,
    page: &FormPage,
    form: &Form,
) -> Result<(), FormRejection> {
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
    let ticked: Vec<OfferedMachine> = form.ticked().into_iter().map(SelectedMachine::offered).collect();
    let genuine = app.link_keys.accepts_form(page, form.act(), &ticked, nonce, app.form_time());
    if genuine { Ok(()) } else { Err(FormRejection::Stale) }
}

/// What makes the nonces of the forms of `page`, for its template: `nonce(what it does, machines that it offers)`.
pub(crate) fn nonces(app: &App, page: FormPage) -> Value {
    let (keys, now) = (app.link_keys.clone(), app.form_time());
    Value::from_function(move |act: &str, machines: Vec<Value>| -> Result<String, minijinja::Error> {
        let offered = |machine: &Value| -> Result<Option<OfferedMachine>, minijinja::Error> {
            let value = machine.get_attr("value")?;
            Ok(value.as_str().and_then(SelectedMachine::parse).map(SelectedMachine::offered))
        };
        let machines: Result<Vec<_>, _> =
            machines.iter().filter_map(|machine| offered(machine).transpose()).collect();
        Ok(keys.form_nonce(&page, act, &machines?, now).unwrap_or_default())
    })
}
