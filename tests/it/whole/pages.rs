//! The page behind the link in a message: what it shows, what it takes, and what it withstands.

mod forms;
mod limits;
mod links;
mod responses;
mod visitors;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http_body_util::BodyExt as _;
use maintenance_notifier::demo::person_token;
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::action::form_nonce::FormPage;
use maintenance_notifier::domain::action::link_purpose::LinkPurpose;
use maintenance_notifier::domain::window::{MaintenanceWindow, Revision};
use maintenance_notifier::web;
use serde_json::json;
use tower::ServiceExt as _;

use super::tenant::{Letter, Setup, TestTenant, small_world};

const MACHINES: &[(&str, &str)] =
    &[("vm-web-01", "jane.doe"), ("vm-web-02", "mei.lin"), ("vm-web-03", "mei.lin")];

pub(super) const ORIGIN: &str = "https://maintenance.contoso.com";

/// What a page answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(super) fn says(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in {self:?}");
        self
    }

    #[track_caller]
    pub(super) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// The first value of the field `name`.
    pub(super) fn field(&self, name: &str) -> String {
        self.fields(name).into_iter().next().unwrap_or_else(|| panic!("no field {name} in {}", self.body))
    }

    /// Every value that the page gives the field `name`.
    pub(super) fn fields(&self, name: &str) -> Vec<String> {
        let mark = format!("name=\"{name}\" value=\"");
        let values =
            self.body.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#x2f;", "/"));
        values.collect()
    }

    /// The nonce of the form that does `act`.
    #[track_caller]
    pub(super) fn nonce(&self, act: &str) -> String {
        let forms = self.body.split("<form").skip(1).filter_map(|form| form.split("</form>").next());
        let form = forms.into_iter().find(|form| form.contains(&format!("name=\"do\" value=\"{act}\"")));
        let form = form.unwrap_or_else(|| panic!("nothing does {act} in {}", self.body));
        Self { body: form.to_owned(), ..self.clone() }.field("nonce")
    }
}

/// A genuine nonce of the page for a form that it does not show: what could be done with it is up to the other checks.
pub(super) fn minted(tenant: &TestTenant, reader: &Reader, act: &str) -> String {
    let (token, part) = reader.token().split_once("&plan=").unwrap_or((reader.token(), ""));
    let purpose = if part.is_empty() { LinkPurpose::Respond } else { LinkPurpose::Plan };
    let page = FormPage { purpose, token: token.to_owned(), part: part.to_owned() };
    let machines = [1, 2, 3].map(|revision| [0, 1, 2].map(|index| (index, Revision(revision)))).concat();
    tenant.app.link_keys.form_nonce(&page, act, &machines, tenant.now()).unwrap()
}

/// Somebody with the link of a mail and a browser.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(super) pages: Router,
    pub(super) path: String,
}

impl Reader {
    pub(crate) async fn of(tenant: &TestTenant, letter: &Letter) -> Self {
        let (content, mail) = tenant.read(letter).await;
        let url = content.link.expect("the mail has a link").url;
        assert!(mail.text.contains(&url) && mail.html.contains(&url));
        let path = url.strip_prefix(ORIGIN).expect("links lead to the configured base").to_owned();
        Self { pages: web::router(tenant.app.clone()), path }
    }

    pub(super) fn token(&self) -> &str {
        self.path.strip_prefix("/a?t=").unwrap()
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn get_as(&self, headers: &[(&str, &str)]) -> Answer {
        let request =
            headers.iter().fold(Request::get(&self.path), |it, (name, value)| it.header(*name, *value));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self) -> Answer {
        self.get_as(&[]).await
    }

    pub(super) async fn post_as(&self, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(&self.path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("user-agent", "a browser");
        if !headers.iter().any(|(name, _)| *name == "origin") {
            request = request.header("origin", ORIGIN);
        }
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(super) async fn post(&self, fields: &[(&str, &str)]) -> Answer {
        self.post_as(fields, &[]).await
    }

    /// The fields that start the first machine now, as a person fills them in on a fresh page.
    pub(super) async fn filled(&self) -> [(&'static str, String); 5] {
        Self::filled_with(self.get().await.nonce("start"))
    }

    pub(super) fn filled_with(nonce: String) -> [(&'static str, String); 5] {
        [
            ("nonce", nonce),
            ("do", "start".to_owned()),
            ("m", "0-1".to_owned()),
            ("when", "now".to_owned()),
            ("name", "VM-WEB-01 ".to_owned()),
        ]
    }
}

/// The headers with which the platform's guard lets a member of the home tenant through.
pub(super) async fn signed_in(tenant: &TestTenant, name: &str) -> Vec<(&'static str, String)> {
    let token = person_token(name, tenant.now());
    let token = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let token: serde_json::Value = serde_json::from_slice(&token).unwrap();
    let home = tenant.repository.tenant().await.unwrap().0.home.expect("Azure was asked");
    with_claims(&[
        ("http://schemas.microsoft.com/identity/claims/tenantid", &home),
        ("http://schemas.microsoft.com/identity/claims/objectidentifier", token["oid"].as_str().unwrap()),
        ("preferred_username", name),
        ("name", "Whatever They Like"),
    ])
}

/// The headers for these claims.
pub(super) fn with_claims(claims: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let claims: Vec<_> = claims.iter().map(|(typ, val)| json!({ "typ": typ, "val": val })).collect();
    let principal = json!({ "auth_typ": "aad", "claims": claims, "name_typ": "name", "role_typ": "roles" });
    vec![
        ("x-ms-client-principal", STANDARD.encode(principal.to_string())),
        ("x-ms-client-principal-idp", "aad".to_owned()),
        ("x-ms-client-principal-name", "jane.doe@contoso.com".to_owned()),
    ]
}

pub(super) fn pairs<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A tenant whose owners were notified, with the mails to them.
pub(super) async fn notified(setup: Setup) -> (TestTenant, Vec<Letter>) {
    let mut tenant = setup.begin().await;
    tenant.round().await;
    let letters = tenant.messages().await;
    (tenant, letters)
}

pub(super) async fn jane(setup: Setup) -> (TestTenant, Reader) {
    let (tenant, letters) = notified(setup).await;
    let reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    (tenant, reader)
}

pub(super) fn to<'a>(letters: &'a [Letter], who: &str) -> &'a Letter {
    letters.iter().find(|letter| letter.to.starts_with(who)).unwrap()
}

pub(super) fn world() -> Setup {
    Setup::new(small_world(MACHINES))
}

fn starts(tenant: &TestTenant) -> usize {
    tenant.simulation.script().starts().len()
}

pub(super) async fn window(tenant: &TestTenant, name: &str) -> MaintenanceWindow {
    let rows = tenant.windows().await;
    rows.into_iter().map(|row| row.window).find(|window| window.id.resource.name() == name).unwrap()
}

pub(super) async fn audit_actions(tenant: &TestTenant) -> Vec<AuditAction> {
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    trail.values().map(|entry| entry.event.action.clone()).collect()
}
