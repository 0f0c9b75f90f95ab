//! What a deployed app itself answers: `/health` to everybody, and `ReportHealth` to whoever has its key.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, DATE, LOCATION};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::http::body::read_bounded;
use crate::http::causes::describe;
use crate::http::client::{ClientOptions, client};
use crate::startup::InsideReport;

/// Where operators ask, with a key.
const INSIDE: &str = "hooks/health";

/// A page is no larger.
const LIMIT: usize = 1024 * 1024;

/// A cold start takes seconds, and the app asks others before it answers; Azure's front end waits no longer than this.
const PAGE_TIMEOUT: Duration = Duration::from_secs(230);

/// What `/health` says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Health {
    pub(super) healthy: bool,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Problem>,
}

/// One thing that it says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) text: String,
}

/// The app at its address.
pub(super) struct DeployedPages<'address> {
    address: &'address Url,
    client: reqwest::Client,
}

/// What an address answered, and what time it was there.
pub(super) struct Answered<T> {
    pub(super) said: T,
    pub(super) date: Option<DateTime<Utc>>,
}

impl<'address> DeployedPages<'address> {
    pub(super) fn new(address: &'address Url) -> Result<Self, String> {
        let options = ClientOptions {
            timeout: Some(PAGE_TIMEOUT),
            use_proxy: address.scheme() == "https",
            ..ClientOptions::default()
        };
        Ok(Self { address, client: client(&options).map_err(|error| error.to_string())? })
    }

    /// What `/health` says. It says 503 where something is wrong, and then what.
    pub(super) async fn health(&self) -> Result<Answered<Health>, String> {
        let answer = self.get("health", None).await?;
        let (status, date) = (answer.status(), date(&answer));
        let body = self.body(answer).await?;
        match serde_json::from_str(&body) {
            Ok(said) if matches!(status, StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE) => {
                Ok(Answered { said, date })
            }
            _ => Err(match status {
                StatusCode::SERVICE_UNAVAILABLE => {
                    "it answers 503: settings or configuration cannot be used, or it is just starting; its log says \
                     why after `nothing can run`"
                        .to_owned()
                }
                StatusCode::FORBIDDEN => {
                    "it answers 403: the app is stopped, or its network keeps this machine out; start it, or ask from \
                     inside the network"
                        .to_owned()
                }
                StatusCode::NOT_FOUND => {
                    "it answers 404: no function answers there; is this the address of the app, and its code there?"
                        .to_owned()
                }
                StatusCode::OK => "it answers, but nothing that the notifier says: is this its address?".to_owned(),
                status => format!("it answers {}; ask again in a minute", status.as_u16()),
            }),
        }
    }

    /// How everything looks from inside.
    pub(super) async fn inside(&self, key: Option<&SecretString>) -> Result<InsideReport, String> {
        let answer = self.get(INSIDE, key).await?;
        let status = answer.status();
        let body = self.body(answer).await?;
        match status {
            StatusCode::OK => serde_json::from_str(&body)
                .map_err(|_| "it answers, but no report: does it run another version?".to_owned()),
            StatusCode::UNAUTHORIZED if key.is_none() => Err(format!(
                "it wants a key: give the one that it showed at its start, {}?code=KEY",
                self.address
            )),
            StatusCode::UNAUTHORIZED => {
                Err("it refuses the key: ask again in a minute, for a new key spreads slowly".to_owned())
            }
            StatusCode::NOT_FOUND => {
                Err("it has no report: it runs an earlier version; deploy the present one".to_owned())
            }
            status => Err(format!("it answers {}; its log says why", status.as_u16())),
        }
    }

    async fn get(&self, path: &str, key: Option<&SecretString>) -> Result<Response, String> {
        let address = self.address.join(path).map_err(|error| error.to_string())?;
        let mut request = self.client.get(address).header(ACCEPT, "application/json");
        if let Some(key) = key {
            request = request.header("x-functions-key", key.expose_secret());
        }
        let answer = request
            .send()
            .await
            .map_err(|error| {
                format!(
                    "{} cannot be reached: {}; is it spelt as the deployment said, does the app run, and is there a way \
                     to it from here (with publicApp = false only through its network)?",
                    self.host(),
                    describe(error)
                )
            })?;
        if answer.status().is_redirection() {
            let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let to = to.and_then(|to| self.address.join(to).ok());
            let to =
                to.and_then(|to| to.host_str().map(str::to_owned)).unwrap_or_else(|| "elsewhere".to_owned());
            return Err(format!("it leads to {to}: give the address at which the app itself answers"));
        }
        Ok(answer)
    }

    async fn body(&self, answer: Response) -> Result<String, String> {
        let body = read_bounded(answer, LIMIT).await.map_err(|error| format!("{}: {error}", self.host()))?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    fn host(&self) -> &str {
        self.address.host_str().unwrap_or_default()
    }
}

fn date(answer: &Response) -> Option<DateTime<Utc>> {
    let text = answer.headers().get(DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}
