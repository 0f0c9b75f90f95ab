//! `NOTIFIER_SMTP_URL`, parsed: which mail server, how it is protected, and as whom.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use chrono::TimeDelta;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::smtp_session::Patience;
use crate::domain::schedule::parse_span;

/// A mail server to submit to. Its password is never shown.
#[derive(Clone)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    protection: Protection,
    login: Option<Login>,
    hello: Option<String>,
    patience: Option<Patience>,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, or nothing is sent (`tls=required`, the default of `smtp://`).
    Required,
    /// STARTTLS where the server offers it (`tls=opportunistic`).
    Opportunistic,
    None,
}

#[derive(Clone)]
struct Login {
    user: String,
    proof: Proof,
}

/// What shows that we are the user.
#[derive(Clone)]
enum Proof {
    Password(SecretString),
    /// A token of the app's identity, meant for this audience (`auth=xoauth2`).
    Token {
        audience: Url,
    },
}

/// What stands behind the `?`.
struct Options {
    protection: Protection,
    /// Whom the token is for that replaces a password.
    token_audience: Option<Url>,
    hello: Option<String>,
    patience: Option<Patience>,
}

/// The shortest and the longest wait for a reply that can be set: ten minutes make an attempt of an hour, which the
/// function's own deadline bounds.
const REPLY_TIMEOUTS: RangeInclusive<TimeDelta> = TimeDelta::seconds(1)..=TimeDelta::minutes(10);

/// Exchange Online, of whose tokens SMTP servers of the public cloud want one.
const EXCHANGE_ONLINE: &str = "https://outlook.office365.com/";

/// A text that is no usable mail server address. Says nothing of what the text was, because it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the mail server address cannot be used: {0}. It reads smtps://user:password@host:465 or \
     smtp://user:password@host:587?tls=required (also opportunistic, none), or \
     smtp://mailbox@host:587?auth=xoauth2 with the app's identity in place of a password, and helo=NAME and \
     patience=5m where the server needs them; write @ : / ? # and % in \
     the user and password as %40 %3A %2F %3F %23 %25"
)]
pub struct InvalidSmtpUrl(String);

impl SmtpUrl {
    /// Reads an address such as `smtps://user:password@mail.contoso.com`.
    ///
    /// Ports default to 465 (`smtps`), 587 (`smtp`) and 25 (`tls=none`).
    ///
    /// # Errors
    /// [`InvalidSmtpUrl`] says what is wrong. A password for a connection in plain text is refused unless the
    /// server is this machine.
    pub fn parse(secret: &SecretString) -> Result<Self, InvalidSmtpUrl> {
        let invalid = |problem: &str| InvalidSmtpUrl(problem.to_owned());
        let url = Url::parse(secret.expose_secret().trim())
            .map_err(|error| InvalidSmtpUrl(format!("it is no address ({error})")))?;
        let host =
            url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("it names no host"))?;
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        if host.parse::<IpAddr>().is_err() && !is_host_name(&host) {
            return Err(invalid("its host is no host name"));
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(invalid("something follows the host and port"));
        }
        let Options { protection, token_audience, hello, patience } = options(&url)?;
        let port = url.port().unwrap_or(match protection {
            Protection::Implicit => 465,
            Protection::Required | Protection::Opportunistic => 587,
            Protection::None => 25,
        });
        let login = login(&url, token_audience)?;
        let server = Self { host, port, protection, login, hello, patience };
        if server.login.is_some() && protection == Protection::None && !server.is_this_machine() {
            return Err(invalid(
                "it would send a secret in plain text; use tls=required, or leave user and password out",
            ));
        }
        Ok(server)
    }

    /// The host, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How the connection is protected.
    pub fn protection(&self) -> Protection {
        self.protection
    }

    /// Whether the server runs on this machine, so that nothing crosses a network.
    pub fn is_this_machine(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whom the token is for that this server wants in place of a password (`auth=xoauth2`).
    pub fn token_audience(&self) -> Option<&Url> {
        match &self.login.as_ref()?.proof {
            Proof::Token { audience } => Some(audience),
            Proof::Password(_) => None,
        }
    }

    /// The name to give in EHLO (`helo=`).
    pub fn hello(&self) -> Option<&str> {
        self.hello.as_deref()
    }

    /// The longest wait for one reply (`patience=`).
    pub fn patience(&self) -> Option<Patience> {
        self.patience
    }

    /// Who logs in, if anybody does.
    pub(super) fn user(&self) -> Option<&str> {
        self.login.as_ref().map(|login| login.user.as_str())
    }

    /// The user's password, if that is the proof.
    pub(super) fn password(&self) -> Option<&SecretString> {
        match &self.login.as_ref()?.proof {
            Proof::Password(password) => Some(password),
            Proof::Token { .. } => None,
        }
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpUrl")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("protection", &self.protection)
            .field("with_login", &self.login.is_some())
            .finish()
    }
}

fn options(url: &Url) -> Result<Options, InvalidSmtpUrl> {
    let invalid = |problem: &str| InvalidSmtpUrl(problem.to_owned());
    let mut tls = None;
    let mut by_token = false;
    let mut audience = None;
    let mut hello = None;
    let mut patience = None;
    for (key, value) in url.query_pairs() {
        match (key.as_ref(), value.as_ref()) {
            ("tls", "required") => tls = Some(Protection::Required),
            ("tls", "opportunistic") => tls = Some(Protection::Opportunistic),
            ("tls", "none") => tls = Some(Protection::None),
            ("tls", _) => return Err(invalid("tls is none of required, opportunistic, none")),
            ("auth", "xoauth2") => by_token = true,
            ("scope", scope) => {
                let parsed = scope.strip_suffix("/.default").and_then(|audience| Url::parse(audience).ok());
                let https = parsed.filter(|audience| audience.scheme() == "https");
                audience =
                    Some(https.ok_or_else(|| invalid("its scope does not read https://HOST/.default"))?);
            }
            ("helo", name) if is_hello(name) => hello = Some(name.to_owned()),
            ("helo", _) => {
                return Err(invalid(
                    "helo is no name of a host, and no address in brackets such as [192.0.2.1]",
                ));
            }
            ("patience", text) => {
                let wait = parse_span(text).ok().filter(|wait| REPLY_TIMEOUTS.contains(wait));
                let reply = wait.and_then(|wait| wait.to_std().ok());
                let reply = reply.ok_or_else(|| invalid("patience is no time from 1s to 10m, such as 5m"))?;
                patience = Some(Patience { reply });
            }
            // The name is not quoted: behind an unescaped `?` it is a piece of the password.
            _ => {
                return Err(invalid(
                    "it has settings other than tls, auth, scope, helo and patience, or a value that is none of theirs",
                ));
            }
        }
    }
    if audience.is_some() && !by_token {
        return Err(invalid("a scope belongs to auth=xoauth2"));
    }
    let exchange = || {
        Url::parse(EXCHANGE_ONLINE)
            .map_err(|error| InvalidSmtpUrl(format!("Exchange has no address ({error})")))
    };
    let token_audience = match (by_token, audience) {
        (false, _) => None,
        (true, Some(audience)) => Some(audience),
        (true, None) => Some(exchange()?),
    };
    let protection = match (url.scheme(), tls) {
        ("smtps", None | Some(Protection::Required)) => Protection::Implicit,
        ("smtps", Some(_)) => return Err(invalid("smtps:// is always protected by TLS")),
        ("smtp", tls) => tls.unwrap_or(Protection::Required),
        _ => return Err(invalid("it begins with neither smtp:// nor smtps://")),
    };
    Ok(Options { protection, token_audience, hello, patience })
}

fn login(url: &Url, token_audience: Option<Url>) -> Result<Option<Login>, InvalidSmtpUrl> {
    let invalid = |problem: &str| InvalidSmtpUrl(problem.to_owned());
    let decoded = |text: &str, what: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| InvalidSmtpUrl(format!("its {what} is not UTF-8 once decoded")))
    };
    let proof = match (url.username(), url.password(), token_audience) {
        ("", None, None) => return Ok(None),
        ("", None | Some(""), Some(_)) => {
            return Err(invalid("auth=xoauth2 needs the mailbox as the user"));
        }
        ("", Some(_), _) => return Err(invalid("it has a password without a user")),
        (_, None | Some(""), Some(audience)) => Proof::Token { audience },
        (_, Some(_), Some(_)) => return Err(invalid("auth=xoauth2 takes no password")),
        (_, None | Some(""), None) => return Err(invalid("it has a user without a password")),
        (_, Some(password), None) => Proof::Password(decoded(password, "password")?.into()),
    };
    let user = decoded(url.username(), "user")?;
    // The mechanism puts the user between control characters, which must be its own.
    if user.chars().any(char::is_control) {
        return Err(invalid("its user has control characters"));
    }
    Ok(Some(Login { user, proof }))
}

/// Whether a server may be greeted by this name: a host's, or an address in brackets.
fn is_hello(name: &str) -> bool {
    let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    match literal {
        Some(address) => address.trim_start_matches("IPv6:").parse::<IpAddr>().is_ok(),
        None => is_host_name(name),
    }
}

fn is_host_name(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SmtpUrl, InvalidSmtpUrl> {
        SmtpUrl::parse(&text.into())
    }

    #[test]
    fn ports_and_protection_have_safe_defaults() {
        for (text, host, port, protection) in [
            ("smtps://mail.contoso.com", "mail.contoso.com", 465, Protection::Implicit),
            ("smtps://mail.contoso.com?tls=required", "mail.contoso.com", 465, Protection::Implicit),
            ("smtp://Mail.Contoso.com/", "mail.contoso.com", 587, Protection::Required),
            ("smtp://relay:2525?tls=opportunistic", "relay", 2525, Protection::Opportunistic),
            ("smtp://10.0.0.4?tls=none", "10.0.0.4", 25, Protection::None),
            ("smtp://[::1]:2525?tls=none", "::1", 2525, Protection::None),
        ] {
            let url = parse(text).unwrap();
            assert_eq!((url.host(), url.port(), url.protection()), (host, port, protection), "{text}");
            assert!(url.user().is_none());
        }
    }

    #[test]
    fn user_and_password_are_decoded() {
        let url = parse("smtp://acs%7Capp%7Ctenant:p%40ss%2Fw%3Ard%25+@smtp.azurecomm.net:587").unwrap();
        assert_eq!(url.user(), Some("acs|app|tenant"));
        assert_eq!(url.password().unwrap().expose_secret(), "p@ss/w:rd%+");
        assert!(url.token_audience().is_none());
    }

    #[test]
    fn a_token_takes_the_place_of_the_password() {
        for (text, audience) in [
            ("smtp://jane%40contoso.com@smtp.office365.com?auth=xoauth2", "https://outlook.office365.com/"),
            (
                "smtps://jane%40contoso.com@smtp.contoso.com?auth=xoauth2&scope=https://outlook.office365.us/.default",
                "https://outlook.office365.us/",
            ),
        ] {
            let url = parse(text).unwrap();
            assert_eq!(url.user(), Some("jane@contoso.com"));
            assert_eq!(url.token_audience().map(Url::as_str), Some(audience), "{text}");
            assert!(url.password().is_none());
        }
    }

    #[test]
    fn what_does_not_go_with_a_token_is_refused() {
        for (text, problem) in [
            ("smtp://smtp.office365.com?auth=xoauth2", "needs the mailbox as the user"),
            ("smtp://u:p@smtp.office365.com?auth=xoauth2", "takes no password"),
            ("smtp://u@smtp.office365.com?auth=xoauth2&tls=none", "a secret in plain text"),
            ("smtp://u@smtp.office365.com?auth=xoauth2&scope=http://x/.default", "https://HOST/.default"),
            ("smtp://u@smtp.office365.com?auth=xoauth2&scope=https://x", "https://HOST/.default"),
            ("smtp://u:p@smtp.office365.com?scope=https://x/.default", "belongs to auth=xoauth2"),
            ("smtp://u%01@smtp.office365.com?auth=xoauth2", "control characters"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn s22_what_is_wrong_is_said_without_the_password() {
        let problem = |text: &str| parse(text).map_err(|error| error.to_string()).unwrap_err();
        for text in [
            "https://user:hunter2@mail.contoso.com",
            "smtp://user:hunter2@mail.contoso.com?tls=none",
            "smtp://user:hunter2@mail.contoso.com?tls=maybe",
            "smtp://user:hunter2@mail.contoso.com?auth=xoauth2",
            "smtp://user:hunter2@mail.contoso.com?password=hunter2",
            "smtp://user:hunter2@mail.contoso.com/path",
            "smtp://user:hunter2@mail contoso.com",
            "smtp://user:hunter2@",
            "smtps://user:hunter2@mail.contoso.com?tls=none",
            "smtp://:hunter2@mail.contoso.com",
            "smtp://hunter2@mail.contoso.com",
            "smtp://user:12?hunter2@mail.contoso.com",
            "smtp://user:hunter2%FF@mail.contoso.com",
            "hunter2",
        ] {
            let problem = problem(text);
            assert!(!problem.contains("hunter2"), "{text}: {problem}");
            assert!(problem.contains("smtps://user:password@host"), "{problem}");
        }
        let shown = format!("{0:?} {0}", parse("smtps://user:hunter2@mail.contoso.com").unwrap());
        assert!(!shown.contains("hunter2") && shown.contains("mail.contoso.com:465"), "{shown}");
    }

    #[test]
    fn a_password_in_plain_text_stays_on_this_machine() {
        for text in [
            "smtp://u:p@localhost:2525?tls=none",
            "smtp://u:p@127.0.0.1?tls=none",
            "smtp://u:p@[::1]?tls=none",
        ] {
            assert!(parse(text).unwrap().is_this_machine(), "{text}");
        }
    }
}
