//! Whether the address of a flow can be reached: names, connection and certificate, and not a byte of a request.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use rustls_platform_verifier::BuilderVerifierExt;
use url::Url;

use super::webhook::{Webhook, WebhookPolicy};
use crate::http::public_network::{PrivateAddress, is_public};

/// For the connection, and again for each step of the handshake.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Webhook {
    /// Connects as for a card, shakes hands, and hangs up.
    ///
    /// # Errors
    /// What is wrong, without the address.
    pub async fn try_reaching(&self) -> Result<String, String> {
        let host = self.host().to_owned();
        let failed = |problem: String| format!("{host} cannot be reached: {problem}");
        let url: Url = self.expose().parse().map_err(|_| failed("its address is none".to_owned()))?;
        let port = url.port_or_known_default().unwrap_or(443);
        // An IPv6 address stands in brackets in an address, and without them everywhere else.
        let name = host.trim_matches(['[', ']']).to_owned();
        let found = tokio::net::lookup_host((name.clone(), port)).await;
        let addresses: Vec<SocketAddr> = found.map_err(|error| failed(error.to_string()))?.collect();
        if self.policy() == WebhookPolicy::PublicOnly
            && let Some(private) = addresses.iter().find(|address| !is_public(address.ip()))
        {
            return Err(PrivateAddress { host: host.clone(), address: private.ip() }.to_string());
        }
        let tls = (url.scheme() == "https").then_some(name);
        let shaken = tokio::task::spawn_blocking(move || shake_hands(&addresses, tls));
        shaken.await.map_err(io::Error::other).flatten().map_err(|error| failed(error.to_string()))?;
        Ok(format!("{host} can be reached; only a card shows whether the flow works"))
    }
}

fn shake_hands(addresses: &[SocketAddr], tls: Option<String>) -> io::Result<()> {
    let mut connected = Err(io::Error::other("it has no address"));
    for address in addresses {
        connected = TcpStream::connect_timeout(address, TIMEOUT);
        if connected.is_ok() {
            break;
        }
    }
    let mut stream = connected?;
    let Some(name) = tls else { return Ok(()) };
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    crate::http::client::install_crypto();
    let config = ClientConfig::builder().with_platform_verifier().map_err(io::Error::other)?;
    let name = ServerName::try_from(name).map_err(io::Error::other)?;
    let mut tls =
        ClientConnection::new(Arc::new(config.with_no_client_auth()), name).map_err(io::Error::other)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut stream)?;
    }
    tls.send_close_notify();
    // They know that we left, or will notice.
    let _ = tls.write_tls(&mut stream);
    Ok(())
}
