//! Which addresses may get our secrets.

use url::{Host, Url};

/// Whether two addresses have the same scheme, host and port.
pub fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// Whether an address can be sent a secret: it is https, or it does not leave this machine.
pub fn is_confidential(address: &Url) -> bool {
    match address.scheme() {
        "https" => true,
        "http" => match address.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            None => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leaves_the_machine_over_https_only() {
        let is = |text: &str| is_confidential(&text.parse().unwrap());
        assert!(is("https://management.azure.com"));
        assert!(is("http://127.0.0.1:8080"));
        assert!(is("http://[::1]:8080"));
        assert!(!is("http://management.azure.com"));
        assert!(!is("http://127.0.0.1.example.com"));
        assert!(!is("ftp://localhost"));
    }
}
