//! Requests to Azure Tables: signed, bounded, and sent again when that may help.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout};
use url::Url;

use super::account::TablesAccount;
use super::answer::{TableRefusal, TableReply};
use super::retry_policy::RetryPolicy;
use super::{answer, entity};
use crate::clock::{Clock, SystemClock};
use crate::http::body::{BodyError, read_bounded};
use crate::http::calls;
use crate::http::calls::Service;
use crate::http::causes::describe;
use crate::http::client::{ClientOptions, client};
use crate::http::date::http_date;
use crate::http::retry_after::retry_after;
use crate::http::time_budget;
use crate::store::StoreError;

/// The version of the interface.
const VERSION: &str = "2019-02-02";

/// What answers are read as: with the ETag of each entity, and without its links.
const JSON: &str = "application/json;odata=minimalmetadata";

/// The largest answer that is read. Azure ends pages long before.
const BODY_LIMIT: usize = 6 * 1024 * 1024;

/// The tables of one account, and the one table that is ours.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    account: TablesAccount,
    pub(super) table: String,
    retries: RetryPolicy,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct TableCall {
    pub(super) method: Method,
    /// What follows the account's address.
    pub(super) path: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<Bytes>,
    /// Whether the answer is that of a batch.
    pub(super) batch: bool,
}

impl TableCall {
    pub(super) fn get(path: String) -> Self {
        Self { method: Method::GET, path, headers: Vec::new(), body: None, batch: false }
    }
}

/// An answer in the end.
#[derive(Debug)]
pub(super) struct FinalReply {
    pub(super) answer: TableReply,
    /// Whether an earlier attempt may have been carried out, too: its answer was lost.
    pub(super) twice: bool,
}

/// Why there is none.
#[derive(Debug)]
pub(super) enum CallError {
    /// The answer is larger than we are willing to hold.
    TooLarge,
    Store(StoreError),
}

impl From<CallError> for StoreError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::TooLarge => {
                Self::Refused(format!("an answer of Azure Tables has more than {BODY_LIMIT} bytes"))
            }
            CallError::Store(error) => error,
        }
    }
}

/// What is wrong with one attempt.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Refused(TableRefusal),
    #[error("{problem}")]
    Line {
        problem: String,
        /// Whether the request may have arrived.
        sent: bool,
    },
    #[error("its answer cannot be understood")]
    Garbled,
}

impl Failure {
    fn may_have_acted(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.0.status != 429,
            Self::Line { sent, .. } => *sent,
            Self::Garbled => true,
        }
    }
}

enum Attempt {
    Answered(TableReply),
    Failed(Failure, Option<Duration>),
    Unauthorized { renewed: bool, refusal: TableRefusal },
    TooLarge,
}

impl Client {
    pub(super) fn new(
        account: TablesAccount,
        table: String,
        retries: RetryPolicy,
    ) -> Result<Self, StoreError> {
        let options = ClientOptions {
            timeout: Some(retries.longest_attempt),
            use_proxy: !account.is_local(),
            ..ClientOptions::default()
        };
        let http = client(&options).map_err(|error| StoreError::Setting {
            setting: "tables:…".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { http, account, table, retries })
    }

    /// The store's name in messages.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.account.host(), self.table)
    }

    /// The beginning of the addresses in a batch.
    pub(super) fn base(&self) -> &str {
        self.account.base()
    }

    pub(super) fn unavailable(
        &self,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StoreError {
        StoreError::Unavailable { store: self.name(), cause: cause.into() }
    }

    /// What a refusal means for the caller, unless it is an answer to the question.
    pub(super) fn refused(&self, refusal: TableRefusal) -> StoreError {
        const ROLE: &str = "give the app's identity the role Storage Table Data Contributor on the storage account (it \
                            takes minutes to work), or check the account's key and its firewall";
        const ADDRESS: &str =
            "whoever answers there is not Azure Tables; check the account's name or address";
        let denied = |hint: &str| StoreError::Denied {
            store: self.name(),
            reason: format!("{refusal}\nhint: {hint}"),
        };
        match (refusal.0.status, &refusal.1) {
            (401 | 403, Some(differs)) => denied(differs),
            (401 | 403, None) => denied(ROLE),
            // It was made just now, and not everybody at Azure knows yet.
            (404, _) if refusal.is_missing_table() => self.unavailable(refusal),
            (404, _) => denied(ADDRESS),
            _ if refusal.is_transient() => self.unavailable(refusal),
            _ => StoreError::Refused(format!("Azure Tables answers {refusal}")),
        }
    }

    /// Makes the table. Somebody else may have done so meanwhile.
    pub(super) async fn create_table(&self) -> Result<(), StoreError> {
        let body = entity::table(&self.table).to_string();
        let call = TableCall {
            method: Method::POST,
            path: "Tables".to_owned(),
            headers: vec![json(), quiet()],
            body: Some(body.into()),
            batch: false,
        };
        let answer = self.call(&call).await?.answer;
        if answer.status.is_success() {
            tracing::info!(table = self.table, "made the table");
            return Ok(());
        }
        let refusal = answer.refusal();
        if refusal.0.status == 409 && refusal.0.code() == "TableAlreadyExists" {
            return Ok(());
        }
        Err(self.refused(refusal))
    }

    /// Sends a request until the answer is no passing failure.
    ///
    /// What is sent again may be carried out twice: callers send what has a precondition that the first time breaks,
    /// or of which twice is the same as once.
    pub(super) async fn call(&self, call: &TableCall) -> Result<FinalReply, CallError> {
        let mut twice = false;
        let mut renewed = false;
        let mut attempt = 1;
        let begun = Instant::now();
        // Within a piece of work that has its end, all requests share the time.
        let left =
            || time_budget::remaining().unwrap_or(self.retries.patience.saturating_sub(begun.elapsed()));
        loop {
            let (failure, asked) = match self.attempt_within(call, self.retries.attempt(left())).await? {
                Attempt::Answered(answer) => return Ok(FinalReply { answer, twice }),
                Attempt::TooLarge => return Err(CallError::TooLarge),
                Attempt::Unauthorized { renewed: true, .. } if !renewed => {
                    renewed = true;
                    continue;
                }
                Attempt::Unauthorized { refusal, .. } => return Err(CallError::Store(self.refused(refusal))),
                Attempt::Failed(failure, asked) => (failure, asked),
            };
            twice |= failure.may_have_acted();
            let wait = self.retries.wait(attempt, asked, left());
            let Some(wait) = wait else {
                return Err(CallError::Store(self.unavailable(failure)));
            };
            tracing::debug!(store = self.name(), attempt, ?wait, error = %failure, "retrying a request to Azure Tables");
            calls::waited(Service::Tables, wait);
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// One attempt, which may take so long: to get a token, to be heard and to be answered.
    async fn attempt_within(&self, call: &TableCall, allowed: Duration) -> Result<Attempt, CallError> {
        if allowed.is_zero() {
            let problem = "the time for this piece of work is over".to_owned();
            return Ok(Attempt::Failed(Failure::Line { problem, sent: false }, None));
        }
        match timeout(allowed, self.attempt(call)).await {
            Ok(attempt) => attempt.map_err(CallError::Store),
            Err(_) => {
                let problem = format!("no answer within {:.1} s", allowed.as_secs_f64());
                Ok(Attempt::Failed(Failure::Line { problem, sent: true }, None))
            }
        }
    }

    async fn attempt(&self, call: &TableCall) -> Result<Attempt, StoreError> {
        let address = format!("{}/{}", self.account.base(), call.path);
        let address: Url = address.parse().map_err(|error| {
            StoreError::Refused(format!("an address for Azure Tables is invalid: {error}"))
        })?;
        // Azure compares it with its own time, so it is the real one, whatever the simulation's clock says.
        let date = http_date(SystemClock.now());
        let authorization = match self.account.authorization(&address, &date).await {
            Ok(authorization) => authorization,
            Err(error) => return Err(self.unavailable(error)),
        };
        let mut request = self
            .http
            .request(call.method.clone(), address)
            .header("Authorization", authorization.expose_secret())
            .header("x-ms-date", &date)
            .header("x-ms-version", VERSION)
            .header("Accept", JSON)
            .header("DataServiceVersion", "3.0")
            .header("MaxDataServiceVersion", "3.0;NetFx");
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if call.method != Method::GET {
            request = request.body(call.body.clone().unwrap_or_default());
        }
        let response = match calls::send(Service::Tables, request).await {
            Ok(response) => response,
            Err(error) => {
                let sent = !error.is_connect();
                return Ok(Attempt::Failed(Failure::Line { problem: describe(error), sent }, None));
            }
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let asked = retry_after(&headers, SystemClock.now());
        let body = match read_bounded(response, BODY_LIMIT).await {
            Ok(body) => body,
            Err(BodyError::TooLarge { .. }) => return Ok(Attempt::TooLarge),
            Err(BodyError::Broken(problem)) => {
                return Ok(Attempt::Failed(Failure::Line { problem, sent: true }, asked));
            }
        };
        let mut answer = TableReply { status, headers, body, parts: Vec::new() };
        if call.batch && status == StatusCode::ACCEPTED {
            let Some(parts) = answer::parts(&answer.body) else {
                return Ok(Attempt::Failed(Failure::Garbled, None));
            };
            match parts.iter().find(|part| !part.status.is_success()) {
                Some(refused) => {
                    answer.status = refused.status;
                    answer.body = refused.body.clone().into();
                }
                None => answer.parts = parts,
            }
        }
        if answer.status == StatusCode::UNAUTHORIZED {
            let renewed = self.account.renew(&authorization).await;
            return Ok(Attempt::Unauthorized { renewed, refusal: answer.refusal() });
        }
        if !answer.status.is_success() {
            let refusal = answer.refusal();
            if refusal.is_transient() {
                return Ok(Attempt::Failed(Failure::Refused(refusal), asked));
            }
        }
        Ok(Attempt::Answered(answer))
    }
}

/// Says that a body is JSON.
pub(super) fn json() -> (HeaderName, HeaderValue) {
    (CONTENT_TYPE, HeaderValue::from_static("application/json"))
}

/// Asks not to be sent what was just written.
pub(super) fn quiet() -> (HeaderName, HeaderValue) {
    (HeaderName::from_static("prefer"), HeaderValue::from_static("return-no-content"))
}
