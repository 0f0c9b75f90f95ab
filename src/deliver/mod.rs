//! Hands rendered messages over: mails by SMTP, Microsoft Graph or Azure Communication Services, cards by Teams
//! flows, or both into a folder.
//!
//! One call is one attempt. Whether and when there is another is decided by the outbox, from the [`Delivery`] that
//! the attempt returns; nothing in here waits or tries again.

mod communication;
mod communication_request;
mod communication_status;
mod compose;
mod connectivity;
mod graph;
mod outbox_folder;
mod outcome;
mod refusal_fault;
mod service_address;
mod service_reply;
mod smtp;
mod smtp_capabilities;
mod smtp_login;
mod smtp_reply;
mod smtp_session;
mod smtp_stream;
mod smtp_url;
mod smtp_verdict;
mod teams;
mod webhook;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
pub use communication::{
    COMMUNICATION_AUDIENCE, CommunicationAccess, CommunicationServices, CommunicationSetupError,
};
pub use communication_status::OperationStatus;
pub use compose::{ComposeError, ComposedMail, Sender, compose};
pub use graph::{GraphMailbox, PUBLIC_GRAPH};
use outbox_folder::FileLabel;
pub use outbox_folder::OutboxFolder;
pub use outcome::{Concerns, Delivery, Rejection};
pub use refusal_fault::{FaultOwner, classify};
pub use service_address::InvalidServiceAddress;
pub use smtp::{Patience, SmtpOptions, SmtpSetupError, SmtpTransport};
pub use smtp_reply::read_reply;
pub use smtp_url::{InvalidSmtpUrl, Protection, SmtpUrl};
pub use teams::{DEFAULT_TIMEOUT, Workflows, WorkflowsSetupError};
use tokio::time::Instant;
use uuid::Uuid;
pub use webhook::{InvalidWebhook, Webhook, WebhookPolicy};

use crate::config::configuration::LeftOutFlows;
use crate::domain::email_address::EmailAddress;
use crate::domain::endpoint::Endpoint;
use crate::domain::ids::MessageId;
use crate::domain::recipient_name::RecipientName;
use crate::render::{RenderedCard, RenderedMail, message_id};

/// How messages leave the process, and who sends them.
#[derive(Debug)]
pub struct Deliverers {
    pub sender: Sender,
    pub mail: MailTransport,
    pub teams: TeamsTransport,
    /// The flow of each recipient that has one.
    pub webhooks: BTreeMap<RecipientName, Webhook>,
    /// The flow that posts to a person by address.
    pub person_webhook: Option<Webhook>,
    /// Flows that are configured and cannot be used for now, with the reason; what is for them waits.
    pub left_out: LeftOutFlows,
}

/// How mails leave.
#[derive(Debug)]
pub enum MailTransport {
    /// To a mail server.
    Smtp(Box<SmtpTransport>),
    Graph(GraphMailbox),
    /// To Azure Communication Services.
    CommunicationServices(CommunicationServices),
    Outbox(OutboxFolder),
    /// Into memory, for tests and previews.
    Memory(Memory<ComposedMail>),
    /// Not at all: no mail service is configured, which an operator hears with every attempt.
    Unconfigured,
    /// Not yet: the secret that this setting refers to is not there.
    Unresolved(&'static str),
}

/// How cards leave.
#[derive(Debug)]
pub enum TeamsTransport {
    Workflows(Workflows),
    Outbox(OutboxFolder),
    /// Into memory, for tests and previews.
    Memory(Memory<SentCard>),
}

/// A card that was sent into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCard {
    /// Whose flow it would have gone to, or whose chat.
    pub to: String,
    pub json: String,
}

/// What was sent, kept in memory. Clones share it.
#[derive(Debug)]
pub struct Memory<T>(Arc<Mutex<Vec<T>>>, Arc<Mutex<HashMap<String, Delivery>>>);

/// One message on its way to one endpoint.
#[derive(Debug, Clone, Copy)]
pub enum Outgoing<'a> {
    /// A mail to one address.
    Mail {
        to: &'a EmailAddress,
        mail: &'a RenderedMail,
        /// How many operations of the service for it came to nothing: the next has an id of its own.
        operation: u32,
    },
    /// A card to a Teams flow.
    Card {
        to: CardTo<'a>,
        message: &'a MessageId,
        /// When its content was bound.
        date: DateTime<Utc>,
        card: &'a RenderedCard,
    },
}

/// Whom a card is for.
#[derive(Debug, Clone, Copy)]
pub enum CardTo<'a> {
    /// The channel of a recipient.
    Channel(&'a RecipientName),
    Person(&'a EmailAddress),
}

impl CardTo<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Channel(name) => name.as_str(),
            Self::Person(address) => address.as_str(),
        }
    }
}

impl Deliverers {
    /// The fingerprint of the address that cards for this endpoint go to, if they go to a flow.
    pub fn fingerprint(&self, endpoint: &Endpoint) -> Option<String> {
        match endpoint {
            Endpoint::Email { .. } => None,
            Endpoint::Teams { recipient } => self.webhooks.get(recipient).map(Webhook::fingerprint),
            Endpoint::Chat { .. } => self.person_webhook.as_ref().map(Webhook::fingerprint),
        }
    }

    /// Makes one attempt. Never fails otherwise than by its outcome.
    pub async fn send(&self, outgoing: Outgoing<'_>) -> Delivery {
        self.send_until(outgoing, Instant::now() + LONGEST_ATTEMPT).await
    }

    /// Makes one attempt that is over at `until`. Never fails otherwise than by its outcome.
    pub async fn send_until(&self, outgoing: Outgoing<'_>, until: Instant) -> Delivery {
        match outgoing {
            Outgoing::Mail { to, mail, operation } => self.send_mail(to, mail, operation, until).await,
            Outgoing::Card { to, message, date, card } => {
                let json = match to {
                    CardTo::Channel(_) => card.json.clone(),
                    CardTo::Person(address) => card.json_for(address),
                };
                match &self.teams {
                    TeamsTransport::Workflows(workflows) => self.post(workflows, to, &json).await,
                    TeamsTransport::Outbox(folder) => {
                        let label = FileLabel {
                            date,
                            endpoint: to.as_str(),
                            message: message.as_str(),
                            extension: "json",
                        };
                        write(folder, label, json.into_bytes()).await
                    }
                    TeamsTransport::Memory(memory) => {
                        memory.keep(SentCard { to: to.as_str().to_owned(), json })
                    }
                }
            }
        }
    }

    async fn post(&self, workflows: &Workflows, to: CardTo<'_>, json: &str) -> Delivery {
        let (webhook, left_out) = match to {
            CardTo::Channel(name) => (self.webhooks.get(name), self.left_out.channels.get(name)),
            CardTo::Person(_) => (self.person_webhook.as_ref(), self.left_out.persons.as_ref()),
        };
        match (webhook, left_out) {
            (Some(webhook), _) => workflows.post(webhook, json).await,
            (None, Some(why)) => Delivery::ours(format!("the flow cannot be used: {why}")),
            (None, None) => {
                let to = to.as_str();
                Delivery::rejected(format!("the configuration gives no Teams flow for {to} any more"))
            }
        }
    }

    /// The id of the operation by which Communication Services got, or would get, `message` to `to` after `number` others
    /// came to nothing. `None` when mail leaves by another way.
    pub fn operation(&self, message: &MessageId, to: &EmailAddress, number: u32) -> Option<Uuid> {
        let by_service = matches!(self.mail, MailTransport::CommunicationServices(_));
        let message_id = message_id(message, &self.sender.from);
        by_service.then(|| communication_request::operation_id(&message_id, to, number))
    }

    /// Asks what became of a mail that the service took. Never fails otherwise than by its answer.
    pub async fn ask_after(&self, message: &MessageId, to: &EmailAddress, number: u32) -> OperationStatus {
        match (&self.mail, self.operation(message, to, number)) {
            (MailTransport::CommunicationServices(services), Some(operation)) => {
                services.ask_after(operation).await
            }
            _ => OperationStatus::UnderWay {
                said: "mail leaves by another way now, and nobody can be asked".to_owned(),
                wait: None,
            },
        }
    }

    /// Whether what takes messages to `endpoint` knows a copy again, so that another attempt is never another message.
    pub fn knows_copies(&self, endpoint: &Endpoint) -> bool {
        endpoint.is_mail() && matches!(self.mail, MailTransport::CommunicationServices(_))
    }

    /// The setting whose secret is not there, so that no mail leaves.
    pub fn unresolved_setting(&self) -> Option<&'static str> {
        match self.mail {
            MailTransport::Unresolved(setting) => Some(setting),
            _ => None,
        }
    }

    /// The way to `endpoint` in one word.
    pub fn transport(&self, endpoint: &Endpoint) -> &'static str {
        match endpoint {
            Endpoint::Email { .. } => match &self.mail {
                MailTransport::Smtp(_) => "smtp",
                MailTransport::Graph(_) => "microsoft-graph",
                MailTransport::CommunicationServices(_) => "communication-services",
                MailTransport::Outbox(_) => "folder",
                MailTransport::Memory(_) => "memory",
                MailTransport::Unconfigured | MailTransport::Unresolved(_) => "none",
            },
            Endpoint::Teams { .. } | Endpoint::Chat { .. } => match &self.teams {
                TeamsTransport::Workflows(_) => "teams",
                TeamsTransport::Outbox(_) => "folder",
                TeamsTransport::Memory(_) => "memory",
            },
        }
    }

    async fn send_mail(
        &self,
        to: &EmailAddress,
        mail: &RenderedMail,
        operation: u32,
        until: Instant,
    ) -> Delivery {
        let composed = match compose(mail, &self.sender, to) {
            Ok(composed) => composed,
            // It would fail the same way for ever, so it counts as refused and the fallback hears of it.
            Err(error) => return Delivery::rejected(error.to_string()),
        };
        match &self.mail {
            MailTransport::Smtp(smtp) => smtp.send(&composed, until).await,
            MailTransport::Graph(graph) => graph.send(&composed).await,
            MailTransport::CommunicationServices(services) => {
                services.send(mail, &self.sender, to, operation).await
            }
            MailTransport::Outbox(folder) => {
                let label = FileLabel {
                    date: mail.date,
                    endpoint: to.as_str(),
                    message: &mail.message_id,
                    extension: "eml",
                };
                write(folder, label, composed.bytes).await
            }
            MailTransport::Memory(memory) => {
                memory.answer_to(to.as_str()).unwrap_or_else(|| memory.keep(composed))
            }
            MailTransport::Unconfigured => Delivery::ours(UNCONFIGURED),
            MailTransport::Unresolved(setting) => Delivery::ours(unresolved(setting)),
        }
    }
}

impl MailTransport {
    /// Finds out how far the way of mails can be gone without sending one.
    ///
    /// # Errors
    /// What is wrong, with a hint.
    pub async fn try_reaching(&self) -> Result<String, String> {
        match self {
            Self::Smtp(smtp) => smtp.try_login().await,
            Self::Graph(graph) => graph.try_token().await,
            Self::CommunicationServices(services) => services.try_access().await,
            Self::Outbox(folder) => folder.try_writing().await,
            Self::Memory(_) => Ok("mails are kept in memory".to_owned()),
            Self::Unconfigured => Err(UNCONFIGURED.to_owned()),
            Self::Unresolved(setting) => Err(unresolved(setting)),
        }
    }
}

/// How long an attempt may take where nobody says less.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(29 * 60);

/// Why no mail leaves while the secret of a setting is not there.
pub fn unresolved(setting: &str) -> String {
    format!("{setting} {UNRESOLVED}")
}

/// The same of a setting that was named already.
pub const UNRESOLVED: &str = "still reads `@Microsoft.KeyVault(…)`: put the secret into the vault, or let the app's \
                              identity read it, and restart the app";

const UNCONFIGURED: &str = "no mail service is configured; set NOTIFIER_GRAPH_SENDER, NOTIFIER_SMTP_URL or \
                            NOTIFIER_ACS_ENDPOINT, or NOTIFIER_OUTBOX to write files";

impl<T: Clone> Memory<T> {
    /// Everything sent so far, in order.
    pub fn sent(&self) -> Vec<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything sent since this was asked last, in order.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is answered from now on, by address, in place of keeping what is sent.
    pub fn answer(&self, answers: impl Iterator<Item = (String, Delivery)>) {
        *self.1.lock().unwrap_or_else(PoisonError::into_inner) = answers.collect();
    }

    fn answer_to(&self, address: &str) -> Option<Delivery> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    fn keep(&self, sent: T) -> Delivery {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(sent);
        Delivery::Accepted { reference: format!("memory {}", kept.len()) }
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Arc::default(), Arc::default())
    }
}

impl<T> Clone for Memory<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), Arc::clone(&self.1))
    }
}

async fn write(folder: &OutboxFolder, label: FileLabel<'_>, bytes: Vec<u8>) -> Delivery {
    match folder.write(label, bytes).await {
        Ok(path) => Delivery::Accepted { reference: path.display().to_string() },
        Err(error) => Delivery::ours(format!(
            "the outbox folder {} cannot be written: {error}",
            folder.path().display()
        )),
    }
}

#[cfg(test)]
mod tests;
