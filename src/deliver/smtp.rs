//! Mail by SMTP, one envelope for one address.
//!
//! The sessions are driven here command by command: whether a connection was lost before the message's end or after it
//! decides about a second copy, the number of connections is bounded, and so is every wait.

use std::io::Read;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::compose::ComposedMail;
use super::outcome::Delivery;
use super::smtp_login::{by_password, by_token};
use super::smtp_reply::Reply;
pub use super::smtp_session::Patience;
use super::smtp_session::{Failed, Session, Waits, refused};
use super::smtp_stream::TlsSetup;
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
    /// The name to give in EHLO where the address names none.
    pub hello_name: Option<String>,
    /// How long to wait for the server where the address does not say.
    pub patience: Patience,
    /// Where tokens come from for a server that wants them in place of a password; meant for
    /// [`SmtpUrl::token_audience`].
    pub tokens: Option<TokenSource>,
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
    Tls(#[from] rustls::Error),
}

/// Submits mails to one server, over a few connections that are used again.
pub struct SmtpTransport {
    server: SmtpUrl,
    tls: Option<TlsSetup>,
    hello: String,
    patience: Patience,
    tokens: Option<TokenSource>,
    permits: Semaphore,
    idle: Mutex<Vec<IdleSession>>,
}

struct IdleSession {
    session: Session,
    since: Instant,
}

/// Servers close connections that say nothing for a few minutes; ours are not asked after this long.
const LONGEST_IDLE: Duration = Duration::from_secs(60);

/// How long a connection from before is asked whether it lives.
const LIFE_SIGN: Duration = Duration::from_secs(30);

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// More bytes of extra certificates than this are not read.
const LONGEST_ROOT_FILE: u64 = 1024 * 1024;

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
                Some(tls_setup(&server, options)?)
            }
        };
        let hello = server.hello().map(str::to_owned).or_else(|| options.hello_name.clone());
        Ok(Self {
            tls,
            hello: hello.unwrap_or_else(|| "localhost".to_owned()),
            patience: server.patience().unwrap_or(options.patience),
            tokens: options.tokens.clone(),
            permits: Semaphore::new(options.connections.get().min(Semaphore::MAX_PERMITS)),
            idle: Mutex::new(Vec::new()),
            server,
        })
    }

    /// How long one attempt may take.
    pub fn longest_attempt(&self) -> Duration {
        self.patience.longest_attempt()
    }

    /// Makes one attempt to hand `mail` over, which is over at `until`.
    pub async fn send(&self, mail: &ComposedMail, until: Instant) -> Delivery {
        let waits = self.waits(until);
        let free = timeout(waits.at_most(self.patience.reply), self.permits.acquire()).await;
        let Ok(Ok(_permit)) = free else {
            return Delivery::unsent(format!("all connections to {} were busy", self.server));
        };
        match self.attempt(mail, waits).await {
            Ok(reply) => Delivery::Accepted {
                reference: format!("{} {}", reply.code, quotable(&reply.text())).trim_end().to_owned(),
            },
            Err(Failed(step, failure)) => verdict(&self.server.to_string(), step, &failure),
        }
    }

    /// Connects and signs in as for a mail, and takes leave again.
    ///
    /// # Errors
    /// What the server refuses, with a hint.
    pub async fn try_login(&self) -> Result<String, String> {
        match self.connect(self.waits(Instant::now() + self.longest_attempt())).await {
            Ok(session) => {
                let protected = if session.stream.is_encrypted() { "over TLS" } else { "in plain text" };
                let login = if self.server.user().is_some() { ", and took the login" } else { "" };
                let found = format!("{} answered {protected}{login}", self.server);
                take_leave(session).await;
                Ok(found)
            }
            Err(Failed(step, failure)) => {
                let verdict = verdict(&self.server.to_string(), step, &failure);
                Err(verdict.error().unwrap_or_default().to_owned())
            }
        }
    }

    fn waits(&self, until: Instant) -> Waits {
        let own = Instant::now() + self.longest_attempt();
        Waits { patience: self.patience, until: until.min(own) }
    }

    async fn attempt(&self, mail: &ComposedMail, waits: Waits) -> Result<Reply, Failed> {
        let mut session = match self.reuse(waits).await {
            Some(session) => session,
            None => self.connect(waits).await?,
        };
        let result = session.hand_over(mail, waits).await;
        match &result {
            Ok(_) if session.stream.is_whole() => self.park(session),
            // A server that answered is told goodbye; any other connection is simply closed.
            Ok(_) | Err(Failed(_, SmtpFailure::Reply { .. } | SmtpFailure::TooLarge(_))) => {
                take_leave(session).await;
            }
            Err(_) => {}
        }
        result
    }

    async fn connect(&self, waits: Waits) -> Result<Session, Failed> {
        let implicit_tls = self.tls.as_ref().filter(|_| self.server.protection() == Protection::Implicit);
        let address = (self.server.host(), self.server.port());
        let session = Session::open(address, &self.hello, implicit_tls, waits).await?;
        let mut session = self.protect(session, waits).await?;
        if let Some(user) = self.server.user() {
            if !session.stream.is_encrypted() && !self.server.is_this_machine() {
                return Err(Failed(
                    SmtpStep::Login,
                    SmtpFailure::Refused(
                        "the server offers no STARTTLS, and a secret is not sent in plain text".to_owned(),
                    ),
                ));
            }
            match (self.server.password(), &self.tokens) {
                (Some(password), _) => by_password(&mut session, user, password, waits).await?,
                (None, Some(tokens)) => self.log_in_by_token(&mut session, user, tokens, waits).await?,
                (None, None) => {}
            }
        }
        Ok(session)
    }

    async fn log_in_by_token(
        &self,
        session: &mut Session,
        user: &str,
        tokens: &TokenSource,
        waits: Waits,
    ) -> Result<(), Failed> {
        let refusal = |problem: String| Failed(SmtpStep::Login, SmtpFailure::Refused(problem));
        let token: SecretString = match timeout(waits.at_most(self.patience.connect()), tokens.token()).await
        {
            Ok(token) => token.map_err(|error| refusal(error.to_string()))?,
            Err(_) => return Err(refusal("no token for the login came in time".to_owned())),
        };
        let reply = by_token(session, user, &token, waits).await?;
        if reply.is_positive() {
            return Ok(());
        }
        // The next attempt fetches another: this one may have been revoked, or lack a role granted since.
        tokens.forget(&token).await;
        Err(refused(SmtpStep::Login, &reply))
    }

    /// STARTTLS, where it is wanted and the connection is not protected already. A server that offers it is never spoken
    /// to in plain text, unless `tls=none` says so.
    async fn protect(&self, session: Session, waits: Waits) -> Result<Session, Failed> {
        let offered = session.offers.starttls;
        let wanted = match self.server.protection() {
            Protection::Required => true,
            Protection::Opportunistic => offered,
            Protection::Implicit | Protection::None => false,
        };
        let Some(tls) = self.tls.as_ref().filter(|_| wanted) else {
            return Ok(session);
        };
        if !offered {
            take_leave(session).await;
            let problem = "the server offers no STARTTLS, so nothing is sent; use tls=opportunistic or tls=none \
                           if plain text is meant";
            return Err(Failed(SmtpStep::Protect, SmtpFailure::Refused(problem.to_owned())));
        }
        session.protect(tls, &self.hello, waits).await
    }

    /// A connection from before that is still alive. Where one has died the others are given up with it: asking
    /// each in turn could take longer than an attempt may.
    async fn reuse(&self, waits: Waits) -> Option<Session> {
        let idle = self.idle().pop()?;
        if idle.since.elapsed() <= LONGEST_IDLE {
            let mut session = idle.session;
            let asked = session.command(SmtpStep::Sender, "NOOP", waits);
            if let Ok(Ok(reply)) = timeout(LIFE_SIGN, asked).await
                && reply.is_positive()
            {
                return Some(session);
            }
        }
        self.idle().clear();
        None
    }

    fn park(&self, session: Session) {
        self.idle().push(IdleSession { session, since: Instant::now() });
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<IdleSession>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a server says to a farewell matters to nobody.
async fn take_leave(mut session: Session) {
    let waits = Waits { patience: Patience { reply: FAREWELL }, until: Instant::now() + FAREWELL };
    let _ = session.command(SmtpStep::Sender, "QUIT", waits).await;
}

impl std::fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpTransport")
            .field("server", &self.server)
            .field("hello", &self.hello)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

fn tls_setup(server: &SmtpUrl, options: &SmtpOptions) -> Result<TlsSetup, SmtpSetupError> {
    let mut roots = Vec::new();
    if let Some(path) = &options.extra_root {
        let unreadable = |source| SmtpSetupError::RootFile { path: path.clone(), source };
        let mut pem = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(LONGEST_ROOT_FILE).read_to_end(&mut pem))
            .map_err(unreadable)?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            roots.push(certificate.map_err(|error| unreadable(std::io::Error::other(error)))?);
        }
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, provider.clone())?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = ServerName::try_from(server.host().to_owned())
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    Ok(TlsSetup { connector: TlsConnector::from(Arc::new(config)), name })
}
