//! Requests of visitors: what the host forwards as it came, and what it describes in an envelope.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::answer::{Output, Verdict};
use super::encode;
use super::http::{Answer, Body};
use super::simulator::{Simulator, VERSION};

impl Simulator {
    /// A visitor's request to a forwarded function: what is dropped, joined and added on the way. The front end of
    /// App Service, which adds more, is not part of the host.
    pub(super) async fn forward(&self, name: &str, request: &Visit<'_>) -> Answer {
        let function = self.function(name);
        assert!(function.is_forwarded(), "{name} is invoked, not forwarded");
        if function.trigger()["authLevel"] != "anonymous" && !request.has_key {
            return answer(401, "Unauthorized", BTreeMap::new(), "");
        }
        if request.chunked {
            return answer(500, "Internal Server Error", BTreeMap::new(), "");
        }
        let client = self.client(name);
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: {}", request.method, request.target(), request.host());
        for (header, value) in request.headers {
            if !["content-encoding", "content-language", "content-disposition"].contains(header) {
                head.push_str(&format!("\r\n{header}: {value}"));
            }
        }
        head.push_str(&format!(
            "\r\nUser-Agent: Azure-Functions-Host/{VERSION}\r\nX-Azure-Functions-HostVersion: {VERSION}\r\n\
             X-Azure-Functions-InvocationId: {}",
            Uuid::new_v4()
        ));
        let body = request.body.map_or(Body::None, |body| Body::Sized(body.as_bytes()));
        client.send(&head, body).await.unwrap()
    }

    /// A visitor's request to a function that is not forwarded.
    pub(super) async fn call(&self, name: &str, request: &Visit<'_>) -> Answer {
        let function = self.function(name);
        if function.trigger()["authLevel"] != "anonymous" && !request.has_key {
            return answer(401, "Unauthorized", BTreeMap::new(), "");
        }
        let url = format!("https://{}{}", request.host(), request.target());
        let body = encode::visitor(function, request.method, &url, request.headers, request.body);
        let verdict = self.invoke(name, &body).await;
        self.deliver_outputs(function, &verdict);
        let Verdict::Succeeded(success) = verdict else {
            return answer(500, "Internal Server Error", BTreeMap::new(), "");
        };
        let mut outputs = success.outputs.into_values();
        let reply = outputs.find_map(|output| match output {
            Output::Http { status, headers, body } => Some(answer(status, "", headers, &body)),
            _ => None,
        });
        reply.unwrap_or_else(|| answer(200, "OK", BTreeMap::new(), ""))
    }
}

fn answer(status: u16, reason: &str, headers: BTreeMap<String, String>, body: &str) -> Answer {
    Answer { status, reason: reason.into(), headers: headers.into_iter().collect(), body: body.into() }
}

/// What a visitor asks for.
#[derive(Default)]
pub(super) struct Visit<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// The address that was asked, when it is not the app's own.
    pub(super) host: Option<&'a str>,
    /// Pairs of the query; repeated keys are joined.
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a str>,
    pub(super) chunked: bool,
    pub(super) has_key: bool,
}

impl Visit<'_> {
    pub(super) fn host(&self) -> &str {
        self.host.unwrap_or("notifier.azurewebsites.net")
    }

    fn target(&self) -> String {
        let mut joined: Vec<(&str, String)> = Vec::new();
        for (key, value) in self.query {
            match joined.iter_mut().find(|(known, _)| known == key) {
                Some((_, values)) => *values = format!("{values},{value}"),
                None => joined.push((key, (*value).to_owned())),
            }
        }
        let query: Vec<String> = joined.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, query.join("&")) }
    }
}
