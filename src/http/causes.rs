//! Says what went wrong with a call, without its address.

use std::error::Error;
use std::io;

/// The first cause of `error` that is a `T`, `error` itself included.
pub fn find_cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The words of the innermost cause: they speak of sockets and names, not of whole addresses.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

/// An error and its causes in one line. The address is left out, for it can be a secret.
pub fn describe(error: reqwest::Error) -> String {
    let text = chain(&error.without_url());
    match between(&text) {
        Some(hint) => format!("{text}; {hint}"),
        None => text,
    }
}

/// What the HTTP library's own words of a tunnel say of the proxy that refused it, in whose place no service answered.
fn between(text: &str) -> Option<&'static str> {
    if text.contains("proxy authorization required") {
        Some(
            "the proxy in between wants somebody to sign in (407): put user and password into the address in HTTPS_PROXY",
        )
    } else if text.contains("tunnel error") {
        Some(
            "the proxy in between did not open the connection: look at HTTPS_PROXY, NO_PROXY and what the proxy allows",
        )
    } else {
        None
    }
}

/// An error and its causes in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        // An input or output error passes its inner error over and calls *that* one's source its own.
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => cause.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said when the proxy of an HTTPS request answers its CONNECT with `answer`.
    async fn through_a_proxy_that_says(answer: &'static str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let options = crate::http::client::ClientOptions::default();
        let client = crate::http::client::builder(&options).proxy(reqwest::Proxy::https(proxy).unwrap());
        let sent = client.build().unwrap().get("https://management.invalid/").send();
        let (sent, ()) = tokio::join!(sent, serve);
        describe(sent.unwrap_err())
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_to_connect_is_named_as_the_cause() {
        let text = through_a_proxy_that_says(
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
        )
        .await;
        assert!(text.contains("wants somebody to sign in (407)") && text.contains("HTTPS_PROXY"), "{text}");
        let text = through_a_proxy_that_says("HTTP/1.1 403 Forbidden\r\n\r\n").await;
        assert!(text.contains("did not open the connection") && !text.contains("sign in"), "{text}");
    }

    #[test]
    fn a_cause_within_nested_io_errors_is_found() {
        let tls = rustls::Error::General("no".to_owned());
        let nested = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        assert!(find_cause::<rustls::Error>(&nested).is_some());
        assert_eq!(innermost(&nested), "unexpected error: no");
        assert!(find_cause::<rustls::Error>(&io::Error::other("plain")).is_none());
    }
}
