//! The address that answers when a machine is well, as a tag on the machine names it.
//!
//! Whoever writes tags must not be able to make the notifier connect wherever they like: an address counts only when
//! its host is one of those that the configuration allows, and where it leads to is looked at once more, address by
//! address, before a connection is made ([`crate::probe`]).

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use crate::domain::matcher::Glob;

/// An address that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthAddress {
    /// A page that answers with success.
    Page(Url),
    /// A port that takes connections.
    Port {
        /// The host's name or address, an IPv6 address without brackets.
        host: String,
        port: u16,
    },
}

/// Why the text of a tag is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHealthAddress {
    #[error("write `https://HOST/PATH`, `http://HOST/PATH` or `HOST:PORT`, without a name and a password")]
    Unreadable,
    #[error("{0} is not one of the hosts that `start.health_hosts` allows")]
    NotAllowed(String),
}

impl HealthAddress {
    /// The address that `text` names, when its host is among those `allowed`.
    ///
    /// # Errors
    /// When it cannot be read, or when its host is not allowed.
    pub fn allowed(text: &str, allowed: &[String]) -> Result<Self, InvalidHealthAddress> {
        let address: Self = text.parse()?;
        let host = address.host();
        if allowed.iter().any(|pattern| Glob::new(pattern).matches(&host)) {
            Ok(address)
        } else {
            Err(InvalidHealthAddress::NotAllowed(host))
        }
    }

    /// The host, an IPv6 address without brackets.
    pub fn host(&self) -> String {
        match self {
            Self::Page(url) => match url.host() {
                Some(Host::Ipv6(address)) => address.to_string(),
                Some(host) => host.to_string(),
                None => String::new(),
            },
            Self::Port { host, .. } => host.clone(),
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Page(url) => url.port_or_known_default().unwrap_or_default(),
            Self::Port { port, .. } => *port,
        }
    }
}

impl FromStr for HealthAddress {
    type Err = InvalidHealthAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let is_page = ["http://", "https://"]
            .iter()
            .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
        // Ports are read as the host part of an address, so that every way to write a host means the same in both.
        let url = if is_page { Url::parse(text) } else { Url::parse(&format!("http://{text}/")) };
        let url = url.map_err(|_| InvalidHealthAddress::Unreadable)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.host().is_some();
        if !plain {
            return Err(InvalidHealthAddress::Unreadable);
        }
        let page = Self::Page(url);
        if is_page {
            return Ok(page);
        }
        let port = text.rsplit(':').next().and_then(|port| port.parse().ok()).filter(|port| *port > 0);
        let is_port = !text.contains(['/', '?', '#', '\\']) && !text.ends_with(']');
        match port {
            Some(port) if is_port => Ok(Self::Port { host: page.host(), port }),
            _ => Err(InvalidHealthAddress::Unreadable),
        }
    }
}

impl fmt::Display for HealthAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(url) => f.write_str(url.as_str()),
            Self::Port { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_ports_are_read_and_everything_else_is_not() {
        let port = |host: &str, port| Ok(HealthAddress::Port { host: host.to_owned(), port });
        assert_eq!("sql-01.contoso.com:1433".parse(), port("sql-01.contoso.com", 1433));
        assert_eq!(" [fd00::7]:22 ".parse(), port("fd00::7", 22));
        assert_eq!("SQL-01:80".parse(), port("sql-01", 80));
        // A number is an address in another guise, and is matched as what it is.
        assert_eq!("2130706433:80".parse(), port("127.0.0.1", 80));
        let page: HealthAddress = "https://web-01.contoso.com/health?deep=1".parse().unwrap();
        assert_eq!((page.host().as_str(), page.port()), ("web-01.contoso.com", 443));
        for text in [
            "",
            "sql-01",
            "sql-01:",
            "sql-01:0",
            "sql-01:99999",
            "ftp://sql-01/",
            "file:///etc/passwd",
            "http://user:secret@web-01/",
            "user@web-01:80",
            "web-01:80/x",
            "web-01/x:80",
            "http://",
            "[fd00::7]",
            "web-01:80?x:81",
            "web 01:80",
        ] {
            assert_eq!(text.parse::<HealthAddress>(), Err(InvalidHealthAddress::Unreadable), "{text}");
        }
    }

    #[test]
    fn only_hosts_that_the_configuration_names_are_asked() {
        let allowed = ["*.contoso.com".to_owned(), "10.1.*".to_owned()];
        for text in ["web-01.contoso.com:80", "https://A.CONTOSO.COM/x", "10.1.2.3:443"] {
            assert!(HealthAddress::allowed(text, &allowed).is_ok(), "{text}");
        }
        for text in [
            "web-01.contoso.com.example.org:80",
            "http://example.org/.contoso.com",
            "http://example.org#.contoso.com",
            "http://169.254.169.254/metadata",
            "10.2.2.3:443",
        ] {
            let refused = HealthAddress::allowed(text, &allowed);
            assert!(matches!(refused, Err(InvalidHealthAddress::NotAllowed(_))), "{text}");
        }
        assert!(HealthAddress::allowed("web-01.contoso.com:80", &[]).is_err());
    }
}
