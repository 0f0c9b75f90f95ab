//! Mail by Azure Communication Services.
//!
//! The service takes a mail as an operation with an id of our choosing, and says later what became of it. One call
//! makes one request: the outbox remembers the operation and has it asked for until its end is known.

use chrono::TimeDelta;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use uuid::Uuid;

use super::communication_request::{AccessKey, body, operation_id};
use super::communication_status::{
    OperationStatus, OperationWord, blames_recipient, failure, is_taken, status, word,
};
use super::compose::Sender;
use super::outcome::Delivery;
use super::service_address::{InvalidServiceAddress, below, host};
use super::service_reply::{ServiceReply, unanswered};
use crate::clock::SharedClock;
use crate::domain::email_address::EmailAddress;
use crate::http::authorized::{AuthorizedClient, AuthorizedError, AuthorizedReply, UnprotectedAddress};
use crate::http::calls;
use crate::http::calls::Service;
use crate::http::refusal::quotable;
use crate::http::token::TokenSource;
use crate::render::RenderedMail;

/// Whom tokens for the service are for, in the public cloud.
pub const COMMUNICATION_AUDIENCE: &str = "https://communication.azure.com";

const VERSION: &str = "2025-09-01";

/// Sends by one resource.
#[derive(Debug, Clone)]
pub struct CommunicationServices {
    address: Url,
    host: String,
    access: AccessMethod,
    clock: SharedClock,
}

/// How the resource knows us.
#[derive(Debug, Clone)]
pub enum CommunicationAccess {
    /// By a key of the resource, in Base64.
    Key(SecretString),
    /// By the app's identity.
    Identity(TokenSource),
}

/// A resource that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommunicationSetupError {
    /// Its address is unfit.
    #[error("NOTIFIER_ACS_ENDPOINT: {0}")]
    Address(#[from] InvalidServiceAddress),
    #[error("NOTIFIER_ACS_KEY is not Base64; copy the key alone, not the connection string")]
    Key,
}

#[derive(Debug, Clone)]
enum AccessMethod {
    Key { key: AccessKey, client: Client },
    Identity(AuthorizedClient),
}

impl CommunicationServices {
    /// Sends by the resource at `endpoint`. `client` must follow no redirects, as a token would follow them.
    ///
    /// # Errors
    /// When the address or the key cannot be used.
    pub fn new(
        client: Client,
        endpoint: &Url,
        access: CommunicationAccess,
        clock: SharedClock,
    ) -> Result<Self, CommunicationSetupError> {
        let mut address = below(endpoint, &["emails:send"])?;
        address.query_pairs_mut().append_pair("api-version", VERSION);
        let host = host(&address);
        let access = match access {
            CommunicationAccess::Key(key) => {
                AccessMethod::Key { key: AccessKey::parse(&key).ok_or(CommunicationSetupError::Key)?, client }
            }
            CommunicationAccess::Identity(tokens) => AccessMethod::Identity(
                AuthorizedClient::new(client, &address, tokens)
                    .map_err(|UnprotectedAddress| InvalidServiceAddress(host.clone()))?,
            ),
        };
        Ok(Self { host, address, access, clock })
    }

    /// Makes one attempt to hand `mail` over to `to`, after `number` operations for it came to nothing.
    pub async fn send(
        &self,
        mail: &RenderedMail,
        sender: &Sender,
        to: &EmailAddress,
        number: u32,
    ) -> Delivery {
        let operation = operation_id(&mail.message_id, to, number);
        let body = body(mail, sender, to).to_string().into_bytes();
        let request = |request: RequestBuilder| {
            request
                .header(CONTENT_TYPE, "application/json")
                .header("Operation-Id", operation.to_string())
                .header("x-ms-client-request-id", operation.to_string())
        };
        let reply = match self.ask(Method::POST, &self.address, body, request).await {
            Ok(reply) => reply,
            Err(delivery) => return delivery,
        };
        let answer = ServiceReply::read(reply.response, self.clock.now(), &reply.token).await;
        if !answer.status.is_success() {
            return self.refusal(&answer, &reply.token).await;
        }
        if !is_taken(&answer) {
            return answer.not_the_service(&self.host);
        }
        match word(&answer) {
            OperationWord::Failed => self.failed(operation, &answer),
            _ => Delivery::Taken {
                reference: format!("{} operation {operation}", self.host),
                wait: answer.retry_after.and_then(|wait| TimeDelta::from_std(wait).ok()),
            },
        }
    }

    /// Asks what became of `operation`. Only where mail goes: a token is for nobody else.
    pub async fn ask_after(&self, operation: Uuid) -> OperationStatus {
        let under_way = |said: &str, wait| OperationStatus::UnderWay { said: said.to_owned(), wait };
        let Ok(address) = self.operation_address(operation) else {
            return under_way("the operation has no address", None);
        };
        let reply = match self.ask(Method::GET, &address, Vec::new(), |request| request).await {
            Ok(reply) => reply,
            Err(delivery) => return under_way(delivery.error().unwrap_or_default(), None),
        };
        let answer = ServiceReply::read(reply.response, self.clock.now(), &reply.token).await;
        let wait = answer.retry_after.and_then(|wait| TimeDelta::from_std(wait).ok());
        if !is_taken(&answer) {
            // Some operations cannot be found for a while, and are found later.
            return under_way(&answer.said(&self.host), wait);
        }
        match word(&answer) {
            OperationWord::Succeeded => OperationStatus::Succeeded,
            OperationWord::Failed => OperationStatus::Failed(self.failed(operation, &answer)),
            OperationWord::UnderWay => {
                under_way(&format!("{} says {}", self.host, quotable(status(&answer))), wait)
            }
        }
    }

    fn operation_address(&self, operation: Uuid) -> Result<Url, url::ParseError> {
        let mut address = self.address.join(&format!("emails/operations/{operation}"))?;
        address.query_pairs_mut().append_pair("api-version", VERSION);
        Ok(address)
    }

    /// Asks after an operation that nobody began: whoever is let in hears that there is none.
    ///
    /// # Errors
    /// Why we are not let in, with a hint.
    pub async fn try_access(&self) -> Result<String, String> {
        let address = self.operation_address(Uuid::new_v4()).map_err(|error| error.to_string())?;
        let said = |delivery: Delivery| delivery.error().unwrap_or_default().to_owned();
        let reply = self.ask(Method::GET, &address, Vec::new(), |request| request).await.map_err(said)?;
        let answer = ServiceReply::read(reply.response, self.clock.now(), &reply.token).await;
        if answer.status.is_success() || answer.status == StatusCode::NOT_FOUND {
            return Ok(format!("{} lets us in; only a mail shows whether the sender is taken", self.host));
        }
        Err(said(self.refusal(&answer, &reply.token).await))
    }

    fn failed(&self, operation: Uuid, answer: &ServiceReply) -> Delivery {
        let (status, words) = (status(answer).to_lowercase(), answer.words());
        failure(format!("{} operation {operation} {status}: {words}", self.host), answer)
    }

    async fn refusal(&self, answer: &ServiceReply, secret: &SecretString) -> Delivery {
        if let Some(delivery) = answer.common_verdict(&self.host) {
            return delivery;
        }
        let said = answer.said(&self.host);
        let delivery = match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let hint = match &self.access {
                    AccessMethod::Key { .. } => "check NOTIFIER_ACS_KEY and this machine's clock",
                    AccessMethod::Identity(client) => {
                        client.tokens().forget(secret).await;
                        "give the app's identity the role Communication and Email Service Owner, or one that may \
                         write, on this resource; a new role can take hours to show"
                    }
                };
                Delivery::ours(format!("{said}; {hint}"))
            }
            StatusCode::NOT_FOUND => Delivery::ours(format!(
                "{said}; check NOTIFIER_ACS_ENDPOINT, and that the domain of NOTIFIER_MAIL_FROM is linked to the \
                 resource"
            )),
            StatusCode::BAD_REQUEST if blames_recipient(answer) => Delivery::rejected(said),
            // Any other refusal would befall the next message too: nobody's address is to blame.
            _ => Delivery::ours(format!("{said}; check NOTIFIER_MAIL_FROM and its domain")),
        };
        delivery.after(answer.retry_after)
    }

    async fn ask(
        &self,
        method: Method,
        address: &Url,
        body: Vec<u8>,
        complete: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<AuthorizedReply, Delivery> {
        const SERVICE: Service = Service::CommunicationServices;
        match &self.access {
            AccessMethod::Key { key, client } => {
                let signed = key
                    .sign(method.as_str(), address, &body, self.clock.now())
                    .ok_or_else(|| Delivery::ours("the request could not be signed"))?;
                let request = client
                    .request(method, address.clone())
                    .header("x-ms-date", signed.date)
                    .header("x-ms-content-sha256", signed.content)
                    .header(AUTHORIZATION, signed.authorization.expose_secret());
                let response = calls::send(SERVICE, complete(request).body(body)).await;
                let response = response.map_err(|error| unanswered(&self.host, &error))?;
                Ok(AuthorizedReply { response, token: signed.authorization })
            }
            AccessMethod::Identity(client) => {
                let request = complete(client.request(method, address)).body(body);
                client.send_renewing(SERVICE, request).await.map_err(|error| match error {
                    AuthorizedError::Unanswered(error) => unanswered(&self.host, &error),
                    error => Delivery::ours(error.to_string()),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
