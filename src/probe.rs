//! Asks the address that a machine's owner named whether the machine answers.
//!
//! Whoever writes tags chooses the address, within the hosts that the configuration allows. So the connection is made
//! to the very addresses that were looked at, never to this machine, its neighbours on the link, or what Azure's
//! platform has there; no redirect is followed, nothing of an answer is read but its status, and all of it takes five
//! seconds at most.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::domain::action::health::HealthAddress;
use crate::http::causes::describe;
use crate::http::client::{ClientOptions, builder};
use crate::http::public_network::is_of_a_network;

/// How long an address has to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks addresses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Probe {
    this_machine: bool,
}

impl Probe {
    /// `this_machine` lets it ask this machine too, for tests.
    pub fn new(this_machine: bool) -> Self {
        Self { this_machine }
    }

    /// Whether the address answers: a page with success or a redirect, a port by taking the connection.
    ///
    /// # Errors
    /// Why not, in words for the log.
    pub async fn ask(self, address: &HealthAddress) -> Result<(), String> {
        match timeout(CONNECT_TIMEOUT, self.connect(address)).await {
            Ok(answered) => answered,
            Err(_) => Err(format!("no answer within {} seconds", CONNECT_TIMEOUT.as_secs())),
        }
    }

    async fn connect(self, address: &HealthAddress) -> Result<(), String> {
        let (host, port) = (address.host(), address.port());
        let found = lookup_host((host.as_str(), port)).await.map_err(|error| error.to_string())?;
        let found: Vec<SocketAddr> = found.collect();
        if let Some(refused) = found.iter().map(SocketAddr::ip).find(|ip| !self.may_ask(*ip)) {
            return Err(format!("{host} has the address {refused}, which is never asked"));
        }
        match address {
            HealthAddress::Port { .. } => {
                TcpStream::connect(found.as_slice()).await.map(drop).map_err(|error| error.to_string())
            }
            HealthAddress::Page(url) => {
                let options = ClientOptions { use_proxy: false, ..ClientOptions::default() };
                let client = builder(&options).resolve_to_addrs(&host, &found).build().map_err(describe)?;
                let answer = client.get(url.clone()).send().await.map_err(describe)?;
                let status = answer.status();
                let well = status.is_success() || status.is_redirection();
                if well { Ok(()) } else { Err(format!("it answered HTTP {}", status.as_u16())) }
            }
        }
    }

    fn may_ask(self, address: IpAddr) -> bool {
        is_of_a_network(address) || self.this_machine && address.is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::Fake;

    fn address(text: &str) -> HealthAddress {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_page_answers_with_its_status_and_redirects_are_not_followed() {
        let fake = Fake::start(|request| match request.path.as_str() {
            "/well" => (200, "").into(),
            "/moved" => crate::azure::testing::Reply::from((302, String::new())).with("location", "/ill"),
            _ => (503, "").into(),
        })
        .await;
        let asked = async |path: &str| Probe::new(true).ask(&address(fake.url(path).as_str())).await;
        assert_eq!(asked("/well").await, Ok(()));
        assert_eq!(asked("/moved").await, Ok(()));
        assert_eq!(asked("/ill").await, Err("it answered HTTP 503".to_owned()));
        assert_eq!(fake.seen().len(), 3);
    }

    #[tokio::test]
    async fn a_port_answers_by_taking_the_connection() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        assert_eq!(Probe::new(true).ask(&address(&port)).await, Ok(()));
        drop(listener);
        assert!(Probe::new(true).ask(&address(&port)).await.is_err());
    }

    #[tokio::test]
    async fn this_machine_and_what_azure_has_beside_it_are_never_asked() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
            let refused = Probe::default().ask(&address(&format!("{host}:{port}"))).await.unwrap_err();
            assert!(refused.ends_with("which is never asked"), "{refused}");
        }
        for host in ["169.254.169.254", "168.63.129.16", "[fe80::1]", "0.0.0.0", "[64:ff9b::a9fe:a9fe]"] {
            for text in [format!("{host}:80"), format!("http://{host}/metadata/instance")] {
                let refused = Probe::new(true).ask(&address(&text)).await.unwrap_err();
                assert!(refused.ends_with("which is never asked"), "{refused}");
            }
        }
    }
}
