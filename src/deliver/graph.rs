//! Mail by Microsoft Graph: the whole message as MIME, sent from one mailbox with the app's identity.
//!
//! Graph takes the very bytes that a mail server would get, so a retry carries the same Message-ID. It has no other
//! means against a repetition.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, StatusCode};
use url::Url;

use super::compose::ComposedMail;
use super::outcome::{Delivery, Rejection};
use super::service_address::{InvalidServiceAddress, below, host};
use super::service_reply::{ServiceReply, unanswered};
use crate::clock::SharedClock;
use crate::domain::email_address::EmailAddress;
use crate::http::authorized::{AuthorizedClient, AuthorizedError, AuthorizedReply, UnprotectedAddress};
use crate::http::calls::Service;
use crate::http::refusal::quotable;
use crate::http::token::TokenSource;

/// Microsoft Graph for the public cloud.
pub const PUBLIC_GRAPH: &str = "https://graph.microsoft.com";

/// Sends from one mailbox.
#[derive(Debug, Clone)]
pub struct GraphMailbox {
    client: AuthorizedClient,
    address: Url,
    host: String,
    clock: SharedClock,
}

impl GraphMailbox {
    /// Sends from `mailbox` by way of `endpoint`, with `tokens` that are meant for it. `client` must follow no
    /// redirects, as the token would follow them.
    ///
    /// # Errors
    /// When `endpoint` is neither https nor on this machine, or is more than an address.
    pub fn new(
        client: Client,
        endpoint: &Url,
        mailbox: &EmailAddress,
        tokens: TokenSource,
        clock: SharedClock,
    ) -> Result<Self, InvalidServiceAddress> {
        let address = below(endpoint, &["v1.0", "users", mailbox.as_str(), "sendMail"])?;
        let client = AuthorizedClient::new(client, &address, tokens)
            .map_err(|UnprotectedAddress| InvalidServiceAddress(host(&address)))?;
        Ok(Self { client, host: host(&address), address, clock })
    }

    /// Gets a token, as for a mail.
    ///
    /// # Errors
    /// Why there is none, with a hint.
    pub async fn try_token(&self) -> Result<String, String> {
        self.client.tokens().token().await.map_err(|error| error.to_string())?;
        Ok(format!("there is a token for {}; only a mail shows whether the mailbox may be used", self.host))
    }

    /// Makes one attempt to hand `mail` over.
    pub async fn send(&self, mail: &ComposedMail) -> Delivery {
        let request = self
            .client
            .request(Method::POST, &self.address)
            .header(CONTENT_TYPE, "text/plain")
            .body(STANDARD.encode(&mail.bytes));
        let AuthorizedReply { response, token } =
            match self.client.send_renewing(Service::MicrosoftGraph, request).await {
                Ok(reply) => reply,
                Err(AuthorizedError::Unanswered(error)) => return unanswered(&self.host, &error),
                Err(error) => return Delivery::ours(error.to_string()),
            };
        let number = response.headers().get("request-id").and_then(|value| value.to_str().ok()).map(quotable);
        let answer = ServiceReply::read(response, self.clock.now(), &token).await;
        verdict(&self.host, &answer, number)
    }
}

fn verdict(host: &str, answer: &ServiceReply, number: Option<String>) -> Delivery {
    if answer.status.is_success() {
        // Graph says 202 and nothing else; whatever comes with more is said by somebody in between.
        if answer.status != StatusCode::ACCEPTED || !answer.is_empty() {
            return answer.not_the_service(host);
        }
        let reference = match number {
            Some(number) => format!("{host} request {number}"),
            None => format!("{host} {}", answer.status.as_u16()),
        };
        return Delivery::Accepted { reference };
    }
    if answer.status == StatusCode::INSUFFICIENT_STORAGE {
        let said = answer.said(host);
        return Delivery::ours(format!(
            "{said}; the mailbox of NOTIFIER_GRAPH_SENDER is full: empty its Sent Items, and have a retention policy keep \
             them small"
        ));
    }
    if let Some(delivery) = answer.common_verdict(host) {
        return delivery;
    }
    let mut said = answer.said(host);
    if let Some(number) = number {
        said = format!("{said} (request {number})");
    }
    let delivery = match (answer.status, answer.refusal.code()) {
        (StatusCode::BAD_REQUEST, "ErrorInvalidRecipients") => Delivery::rejected(said),
        (StatusCode::BAD_REQUEST, "ErrorMessageSizeExceeded") => {
            Delivery::Rejected { cause: Rejection::TooLarge, error: said }
        }
        (StatusCode::UNAUTHORIZED, _) => {
            Delivery::ours(format!("{said}; check that the app's identity belongs to the mailbox's tenant"))
        }
        (StatusCode::FORBIDDEN, _) => Delivery::ours(format!(
            "{said}; grant the app's identity Mail.Send with admin consent or an Exchange application role, and see \
             that neither its scope nor an application access policy leaves this mailbox out; changes take up to \
             two hours"
        )),
        (StatusCode::NOT_FOUND, _) => Delivery::ours(format!(
            "{said}; check that NOTIFIER_GRAPH_SENDER is a mailbox in Exchange Online"
        )),
        // Any other refusal would befall the next message too, or shows a defect: nobody's address is to blame.
        _ => Delivery::ours(said),
    };
    delivery.after(answer.retry_after)
}

#[cfg(test)]
mod tests;
