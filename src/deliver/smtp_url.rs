//! `NOTIFIER_SMTP_URL`, parsed: which mail server, how it is protected, and as whom.

use std::fmt;
use std::net::IpAddr;

use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// A mail server to submit to. Its password is never shown.
#[derive(Clone)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    protection: Protection,
    login: Option<Login>,
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
    /// Plain text (`tls=none`).
    None,
}

#[derive(Clone)]
struct Login {
    user: String,
    password: SecretString,
}

/// A text that is no usable mail server address. Says nothing of what the text was, because it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the mail server address cannot be used: {0}. It reads smtps://user:password@host:465 or \
     smtp://user:password@host:587?tls=required (also opportunistic, none); write @ : / ? # and % in the user and \
     password as %40 %3A %2F %3F %23 %25"
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
        let protection = protection(&url)?;
        let port = url.port().unwrap_or(match protection {
            Protection::Implicit => 465,
            Protection::Required | Protection::Opportunistic => 587,
            Protection::None => 25,
        });
        let login = login(&url)?;
        let server = Self { host, port, protection, login };
        if server.login.is_some() && protection == Protection::None && !server.is_this_machine() {
            return Err(invalid(
                "it would send the password in plain text; use tls=required, or leave user and password out",
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

    /// User and password for the mail library.
    pub(super) fn credentials(&self) -> Option<Credentials> {
        self.login
            .as_ref()
            .map(|login| Credentials::new(login.user.clone(), login.password.expose_secret().to_owned()))
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

fn protection(url: &Url) -> Result<Protection, InvalidSmtpUrl> {
    let mut tls = None;
    for (key, value) in url.query_pairs() {
        match (key.as_ref(), value.as_ref()) {
            ("tls", "required") => tls = Some(Protection::Required),
            ("tls", "opportunistic") => tls = Some(Protection::Opportunistic),
            ("tls", "none") => tls = Some(Protection::None),
            ("tls", _) => {
                return Err(InvalidSmtpUrl("tls is none of required, opportunistic, none".to_owned()));
            }
            ("auth", "xoauth2") => {
                return Err(InvalidSmtpUrl(
                    "auth=xoauth2 is not in this build yet; use a password".to_owned(),
                ));
            }
            // The name is not quoted: behind an unescaped `?` it is a piece of the password.
            _ => {
                return Err(InvalidSmtpUrl(
                    "it has settings other than tls and auth, or a value that is none of theirs".to_owned(),
                ));
            }
        }
    }
    match (url.scheme(), tls) {
        ("smtps", None | Some(Protection::Required)) => Ok(Protection::Implicit),
        ("smtps", Some(_)) => Err(InvalidSmtpUrl("smtps:// is always protected by TLS".to_owned())),
        ("smtp", tls) => Ok(tls.unwrap_or(Protection::Required)),
        _ => Err(InvalidSmtpUrl("it begins with neither smtp:// nor smtps://".to_owned())),
    }
}

fn login(url: &Url) -> Result<Option<Login>, InvalidSmtpUrl> {
    let decoded = |text: &str, what: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .map(|text| text.into_owned())
            .map_err(|_| InvalidSmtpUrl(format!("its {what} is not UTF-8 once decoded")))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err(InvalidSmtpUrl("it has a password without a user".to_owned())),
        (_, None | Some("")) => Err(InvalidSmtpUrl("it has a user without a password".to_owned())),
        (user, Some(password)) => {
            Ok(Some(Login { user: decoded(user, "user")?, password: decoded(password, "password")?.into() }))
        }
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
            assert!(url.credentials().is_none());
        }
    }

    #[test]
    fn user_and_password_are_decoded() {
        let url = parse("smtp://acs%7Capp%7Ctenant:p%40ss%2Fw%3Ard%25+@smtp.azurecomm.net:587").unwrap();
        let expected = Credentials::new("acs|app|tenant".to_owned(), "p@ss/w:rd%+".to_owned());
        assert!(url.credentials() == Some(expected));
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
        assert!(problem("smtp://u:p@h?auth=xoauth2").contains("not in this build yet"));
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
