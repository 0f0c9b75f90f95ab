//! The pages have moved: whoever opens an old link finds them where they are now.
//!
//! A link in a mail keeps the address that `NOTIFIER_PUBLIC_URL` had then. A page that opened there would be of no use,
//! for its forms come from another origin than ours. So whatever is asked for at an address that the store knows as a
//! former one is sent to the present one. No other host is: behind a gateway the app sees one that is never its public
//! one. Where that is one that was public before the gateway came, the gateway says which one its visitor asked for.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::http::causes::chain;
use crate::services::App;
use crate::store::repository::host_of;

/// In which headers Front Door, Application Gateway and others say which host their visitor asked for.
const GATEWAYS_SAY: [&str; 3] = ["x-forwarded-host", "x-original-host", "x-host"];

/// Answers what was asked for at a former address, and lets everything else through.
pub(super) async fn redirect(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if let Some(host) = host(&request)
        && may_be_sent_on(request.method(), request.uri().path())
        && let Some(address) = present_address(&app, &host, visited(request.headers()), request.uri()).await
    {
        return match *request.method() {
            // What was filled in there is not taken here: whoever sent it finds a fresh form.
            Method::POST => Redirect::to(&address).into_response(),
            _ => Redirect::temporary(&address).into_response(),
        };
    }
    next.run(request).await
}

fn host(request: &Request) -> Option<String> {
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| request.uri().authority().map(|authority| authority.as_str()))?;
    Some(without_usual_port(host).to_owned())
}

/// The hosts that the visitor of a gateway asked for, as it says. A visitor may say so too, and is not sent on then.
fn visited(headers: &HeaderMap) -> Vec<&str> {
    let named = GATEWAYS_SAY.iter().flat_map(|name| headers.get_all(*name));
    let hosts = named.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    hosts.map(without_usual_port).collect()
}

fn without_usual_port(host: &str) -> &str {
    host.trim().trim_end_matches(":443")
}

/// `/health` is asked by machines, at whatever address. Mail software that unsubscribes follows nobody (RFC 8058), and
/// needs no origin.
fn may_be_sent_on(method: &Method, path: &str) -> bool {
    let is_page = matches!(*method, Method::GET | Method::HEAD | Method::POST);
    is_page && path != "/health" && !(*method == Method::POST && path == "/unsubscribe")
}

async fn present_address(app: &App, host: &str, visited: Vec<&str>, asked: &Uri) -> Option<String> {
    let present = app.deployment.public_url.as_ref()?;
    // The usual case costs nothing. Whoever is there already would be sent around in a circle.
    let present_host = host_of(present)?;
    if [host].into_iter().chain(visited).any(|host| host.eq_ignore_ascii_case(&present_host)) {
        return None;
    }
    let addresses = app.repository.addresses().await;
    let addresses = addresses
        .inspect_err(|error| tracing::warn!(error = chain(error), "former addresses cannot be read"))
        .ok()?;
    let path = asked.path_and_query().map_or("/", |path| path.as_str());
    addresses.is_former(host).then(|| format!("{}{path}", present.trim_end_matches('/')))
}
