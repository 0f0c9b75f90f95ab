//! Mail by SMTP, one envelope for one address.
//!
//! The sessions are driven here command by command instead of by lettre's own transport, because that does not tell
//! a connection lost before the message's end from one lost after it, puts no limit on the number of connections,
//! and waits for an answer without end.

use std::io::Read;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::bounded_stream;
use super::compose::ComposedMail;
use super::outcome::Delivery;
use super::smtp_token::log_in;
use super::smtp_url::{Protection, SmtpUrl};
use super::smtp_verdict::{SmtpFailure, SmtpStep, verdict};
use crate::http::refusal::quotable;
use crate::http::token::TokenSource;

/// How to speak with the mail server, beyond its address.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    /// How many connections this process may hold at once. Exchange Online allows a mailbox three.
    pub connections: NonZeroUsize,
    /// A file with certificates (PEM) that are trusted beside those of the system.
    pub extra_root: Option<PathBuf>,
    /// The name to give in EHLO; this machine's name when absent.
    pub hello_name: Option<String>,
    /// How long to wait for the server.
    pub patience: Patience,
    /// Where tokens come from for a server that wants them in place of a password; meant for
    /// [`SmtpUrl::token_audience`].
    pub tokens: Option<TokenSource>,
}

/// How long to wait for the server at each kind of step.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection, its greeting and TLS.
    pub connect: Duration,
    /// For the answer to a command.
    pub command: Duration,
    /// For the whole message and the answer to it: servers scan before they answer. Also for a free connection.
    pub message: Duration,
}

impl Patience {
    /// The longest that one attempt can take. A lease on the message must be longer.
    pub fn longest_attempt(&self) -> Duration {
        // A free connection, its check, connect and TLS, a token, login (two commands at most), sender, recipient,
        // DATA, the message, a farewell.
        self.message * 2 + self.connect * 2 + self.command * 7 + FAREWELL
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            command: Duration::from_secs(30),
            message: Duration::from_secs(120),
        }
    }
}

impl Default for SmtpOptions {
    fn default() -> Self {
        Self {
            connections: NonZeroUsize::MIN.saturating_add(2),
            extra_root: None,
            hello_name: None,
            patience: Patience::default(),
            tokens: None,
        }
    }
}

/// A mail server set up wrongly.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSetupError {
    #[error("the certificates in {path} cannot be read: {source}")]
    RootFile { path: PathBuf, source: std::io::Error },
    #[error(
        "auth=xoauth2 needs an identity: set NOTIFIER_CLIENT_ID in Azure, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
    )]
    NoIdentity,
    #[error("TLS for the mail server cannot be set up: {0}; install ca-certificates or check the file")]
    Tls(#[from] lettre::transport::smtp::Error),
}

/// Submits mails to one server, over a few connections that are used again.
pub struct SmtpTransport {
    server: SmtpUrl,
    tls: Option<TlsParameters>,
    hello: ClientId,
    patience: Patience,
    tokens: Option<TokenSource>,
    permits: Semaphore,
    idle: Mutex<Vec<IdleConnection>>,
}

struct IdleConnection {
    connection: AsyncSmtpConnection,
    since: Instant,
}

/// A step that failed, and how.
struct Failed(SmtpStep, SmtpFailure);

/// Servers close connections that say nothing for a few minutes; ours are not asked after this long.
const LONGEST_IDLE: Duration = Duration::from_secs(60);

/// How long a farewell may take after a failure.
const FAREWELL: Duration = Duration::from_secs(2);

/// More bytes of extra certificates than this are not read.
const LONGEST_ROOT_FILE: u64 = 1024 * 1024;

/// The message is written in pieces, so that it is known whether its end was reached.
const PIECE: usize = 16 * 1024;

impl SmtpTransport {
    /// A transport for `server`. Nothing is connected yet.
    ///
    /// # Errors
    /// [`SmtpSetupError`] when the certificates cannot be read.
    pub fn new(server: SmtpUrl, options: &SmtpOptions) -> Result<Self, SmtpSetupError> {
        if server.token_audience().is_some() && options.tokens.is_none() {
            return Err(SmtpSetupError::NoIdentity);
        }
        let tls = match server.protection() {
            Protection::None => None,
            Protection::Implicit | Protection::Required | Protection::Opportunistic => {
                Some(tls_parameters(&server, options)?)
            }
        };
        Ok(Self {
            tls,
            hello: options.hello_name.clone().map_or_else(ClientId::default, ClientId::Domain),
            patience: options.patience,
            tokens: options.tokens.clone(),
            permits: Semaphore::new(options.connections.get().min(Semaphore::MAX_PERMITS)),
            idle: Mutex::new(Vec::new()),
            server,
        })
    }

    /// Makes one attempt to hand `mail` over.
    pub async fn send(&self, mail: &ComposedMail) -> Delivery {
        let Ok(Ok(_permit)) = timeout(self.patience.message, self.permits.acquire()).await else {
            return Delivery::unsent(format!("all connections to {} were busy", self.server));
        };
        match self.attempt(mail).await {
            Ok(response) => {
                let said: Vec<&str> = response.message().collect();
                Delivery::Accepted { reference: format!("{} {}", response.code(), quotable(&said.join(" "))) }
            }
            Err(Failed(step, failure)) => verdict(&self.server.to_string(), step, &failure),
        }
    }

    /// Connects and signs in as for a mail, and takes leave again.
    ///
    /// # Errors
    /// What the server refuses, with a hint.
    pub async fn try_login(&self) -> Result<String, String> {
        match self.connect().await {
            Ok(mut connection) => {
                let protected = if self.is_encrypted(&connection) { "over TLS" } else { "in plain text" };
                let login = if self.server.user().is_some() { ", and took the login" } else { "" };
                // What a server says to a farewell matters to nobody.
                let _ = timeout(FAREWELL, connection.quit()).await;
                Ok(format!("{} answered {protected}{login}", self.server))
            }
            Err(Failed(step, failure)) => {
                let verdict = verdict(&self.server.to_string(), step, &failure);
                Err(verdict.error().unwrap_or_default().to_owned())
            }
        }
    }

    async fn attempt(&self, mail: &ComposedMail) -> Result<Response, Failed> {
        let mut connection = match self.reuse().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let result = self.hand_over(&mut connection, mail).await;
        match &result {
            Ok(_) => self.park(connection),
            // A server that answered is told goodbye; any other connection is simply closed.
            Err(Failed(_, SmtpFailure::Reply { .. })) => {
                let _ = timeout(FAREWELL, connection.abort()).await;
            }
            Err(_) => {}
        }
        result
    }

    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &ComposedMail,
    ) -> Result<Response, Failed> {
        let wait = self.patience.command;
        step(SmtpStep::Sender, wait, connection.command(sender_command(&mail.from))).await?;
        let recipient = Rcpt::new(mail.to.clone(), Vec::new());
        step(SmtpStep::Recipient, wait, connection.command(recipient)).await?;
        let invitation = step(SmtpStep::Content, wait, connection.command(Data)).await?;
        // Were a reply out of step, say because someone slipped one in before STARTTLS, the answer to the message
        // would be taken from another command. Only DATA is answered with 354, so here it would be noticed.
        if !invitation.has_code(354) {
            let problem = format!("{} in answer to DATA", invitation.code());
            return Err(Failed(SmtpStep::Content, SmtpFailure::Broken(problem)));
        }

        let all_written = AtomicBool::new(false);
        let mut pieces = mail.bytes.chunks(PIECE);
        let pieces = std::iter::from_fn(|| {
            let piece = pieces.next();
            if piece.is_none() {
                all_written.store(true, Ordering::Relaxed);
            }
            piece
        });
        let result = step(SmtpStep::Content, self.patience.message, connection.message_iter(pieces)).await;
        result.map_err(|Failed(_, failure)| {
            if all_written.load(Ordering::Relaxed) {
                Failed(SmtpStep::Verdict, failure)
            } else {
                Failed(SmtpStep::Content, failure)
            }
        })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failed> {
        let wait = self.patience.connect;
        let implicit_tls = match self.server.protection() {
            Protection::Implicit => self.tls.clone(),
            Protection::Required | Protection::Opportunistic | Protection::None => None,
        };
        let address = (self.server.host(), self.server.port());
        let connecting = bounded_stream::connect(address, &self.hello, implicit_tls);
        let mut connection = step(SmtpStep::Connect, wait, connecting).await?;
        self.protect(&mut connection).await?;
        if let Some(user) = self.server.user() {
            if !self.is_encrypted(&connection) && !self.server.is_this_machine() {
                return Err(Failed(
                    SmtpStep::Login,
                    SmtpFailure::Refused(
                        "the server offers no STARTTLS, and a secret is not sent in plain text".to_owned(),
                    ),
                ));
            }
            match (self.server.password(), &self.tokens) {
                (Some(password), _) => self.log_in_by_password(&mut connection, user, password).await?,
                (None, Some(tokens)) => self.log_in_by_token(&mut connection, user, tokens).await?,
                (None, None) => {}
            }
        }
        Ok(connection)
    }

    async fn log_in_by_password(
        &self,
        connection: &mut AsyncSmtpConnection,
        user: &str,
        password: &SecretString,
    ) -> Result<(), Failed> {
        let credentials = Credentials::new(user.to_owned(), password.expose_secret().to_owned());
        let login = connection.auth(DEFAULT_MECHANISMS, &credentials);
        step(SmtpStep::Login, self.patience.command, login).await?;
        Ok(())
    }

    async fn log_in_by_token(
        &self,
        connection: &mut AsyncSmtpConnection,
        user: &str,
        tokens: &TokenSource,
    ) -> Result<(), Failed> {
        let refused = |problem: String| Failed(SmtpStep::Login, SmtpFailure::Refused(problem));
        let token = match timeout(self.patience.command, tokens.token()).await {
            Ok(token) => token.map_err(|error| refused(error.to_string()))?,
            Err(_) => return Err(refused("no token for the login came in time".to_owned())),
        };
        let login = step(SmtpStep::Login, self.patience.command * 2, log_in(connection, user, &token)).await;
        if let Err(Failed(_, SmtpFailure::Reply { .. })) = &login {
            // The next attempt fetches another: this one may have been revoked, or lack a role granted since.
            tokens.forget(&token).await;
        }
        match login? {
            response if response.has_code(235) => Ok(()),
            response => Err(refused(format!("{} in answer to the token", response.code()))),
        }
    }

    /// Whether nobody on the way can read along. `lettre` knows of TLS that it began itself only.
    fn is_encrypted(&self, connection: &AsyncSmtpConnection) -> bool {
        self.server.protection() == Protection::Implicit || connection.is_encrypted()
    }

    /// STARTTLS, where it is wanted and the connection is not protected already.
    async fn protect(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Failed> {
        let wanted = match self.server.protection() {
            Protection::Required => true,
            Protection::Opportunistic => connection.can_starttls(),
            Protection::Implicit | Protection::None => false,
        };
        let Some(tls) = self.tls.clone().filter(|_| wanted) else {
            return Ok(());
        };
        if !connection.can_starttls() {
            let problem = "the server offers no STARTTLS, so nothing is sent; use tls=opportunistic or tls=none \
                           if plain text is meant";
            return Err(Failed(SmtpStep::Protect, SmtpFailure::Refused(problem.to_owned())));
        }
        let starttls = connection.starttls(tls, &self.hello);
        step(SmtpStep::Protect, self.patience.connect, starttls).await
    }

    /// A connection from before that is still alive. Where one has died the others are given up with it: asking
    /// each in turn could take longer than an attempt may.
    async fn reuse(&self) -> Option<AsyncSmtpConnection> {
        let idle = self.idle().pop()?;
        if idle.since.elapsed() <= LONGEST_IDLE {
            let mut connection = idle.connection;
            if timeout(self.patience.command, connection.test_connected()).await == Ok(true) {
                return Some(connection);
            }
        }
        self.idle().clear();
        None
    }

    fn park(&self, connection: AsyncSmtpConnection) {
        self.idle().push(IdleConnection { connection, since: Instant::now() });
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<IdleConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpTransport")
            .field("server", &self.server)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

async fn step<T>(
    step: SmtpStep,
    wait: Duration,
    work: impl Future<Output = Result<T, impl Into<SmtpFailure>>>,
) -> Result<T, Failed> {
    match timeout(wait, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failed(step, error.into())),
        Err(_) => Err(Failed(step, SmtpFailure::Silence)),
    }
}

fn sender_command(from: &Address) -> Mail {
    Mail::new(Some(from.clone()), Vec::new())
}

fn tls_parameters(server: &SmtpUrl, options: &SmtpOptions) -> Result<TlsParameters, SmtpSetupError> {
    let mut builder = TlsParameters::builder(server.host().to_owned());
    if let Some(path) = &options.extra_root {
        let mut pem = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(LONGEST_ROOT_FILE).read_to_end(&mut pem))
            .map_err(|source| SmtpSetupError::RootFile { path: path.clone(), source })?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem)?);
    }
    Ok(builder.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outbox::LEASE;

    #[test]
    fn an_attempt_ends_before_its_lease_does() {
        assert!(Patience::default().longest_attempt() < LEASE.to_std().unwrap());
    }
}
