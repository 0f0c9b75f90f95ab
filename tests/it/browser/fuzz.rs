//! Requests that nobody meant, in great number.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};

use super::{Demo, client};

const REQUESTS: usize = 2000;

/// A request around a genuine link.
#[derive(Debug, Clone)]
struct Odd {
    method: &'static str,
    /// What is done to the link.
    mangle: Mangle,
    content_type: &'static str,
    body: String,
    refers: bool,
}

#[derive(Debug, Clone)]
enum Mangle {
    Nothing,
    Flip(usize),
    Append(String),
    OtherPath(&'static str),
}

fn odd() -> impl Strategy<Value = Odd> {
    let methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"];
    let types = ["application/x-www-form-urlencoded", "application/json", "text/plain", ""];
    let mangle = prop_oneof![
        3 => Just(Mangle::Nothing),
        2 => (0usize..90).prop_map(Mangle::Flip),
        1 => "[&?#%=+a-z0-9]{1,12}".prop_map(Mangle::Append),
        1 => prop::sample::select(vec!["/", "/b", "/a/", "/genuine", "/health", "/CollectMaintenance"])
            .prop_map(Mangle::OtherPath),
    ];
    let body = prop_oneof![
        3 => "(do=(start|object|accept|dance)|m=[0-9]-[0-9]|nonce=[A-Za-z0-9_-]{0,50}|name=[a-z0-9-]{0,9}|&){0,9}",
        1 => "\\PC{0,60}",
        1 => Just("note=".to_owned() + &"x".repeat(5000)),
    ];
    let choices = (
        prop::sample::select(methods.to_vec()),
        mangle,
        prop::sample::select(types.to_vec()),
        body,
        any::<bool>(),
    );
    choices.prop_map(|(method, mangle, content_type, body, refers)| Odd {
        method,
        mangle,
        content_type,
        body,
        refers,
    })
}

#[tokio::test]
async fn s10_whatever_comes_the_token_is_in_no_log_no_header_and_no_error_page() {
    let demo = Demo::start(1, 12, "trace").await;
    let link = demo.link("anna@contoso.com").await;
    let token = link.split_once("?t=").unwrap().1;
    let client = client();
    let mut random = TestRunner::deterministic();
    let strategy = odd();
    let (mut errors, mut pages) = (0, 0);
    for _ in 0..REQUESTS {
        let odd = strategy.new_tree(&mut random).unwrap().current();
        let address = match &odd.mangle {
            Mangle::Nothing => link.clone(),
            Mangle::Flip(place) => {
                let place = link.len() - token.len() + place % token.len();
                let flipped = if link.as_bytes()[place] == b'A' { "B" } else { "A" };
                format!("{}{flipped}{}", &link[..place], &link[place + 1..])
            }
            Mangle::Append(text) => format!("{link}{text}"),
            Mangle::OtherPath(path) => format!("{}{path}?t={token}", demo.base),
        };
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_str(&demo.base).unwrap());
        if odd.refers {
            headers.insert("referer", HeaderValue::from_str(&link).unwrap());
        }
        if !odd.content_type.is_empty() {
            headers.insert("content-type", HeaderValue::from_static(odd.content_type));
        }
        let method = Method::from_bytes(odd.method.as_bytes()).unwrap();
        let request = client.request(method, &address).headers(headers).body(odd.body.clone());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let in_header =
            answer.headers().values().any(|value| value.to_str().is_ok_and(|it| it.contains(token)));
        assert!(!in_header, "{odd:?}: {:?}", answer.headers());
        let body = answer.text().await.unwrap();
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{odd:?}");
        // The page about the machines has the link in its forms; nothing else does.
        match body.contains("class=\"machine\"") {
            true => pages += 1,
            false => {
                errors += 1;
                assert!(!body.contains(token), "{odd:?}: {body}");
            }
        }
    }
    assert!(errors > REQUESTS / 4 && pages > REQUESTS / 20, "{errors} and {pages}");
    let starts = demo.starts_in_azure().await;
    let log = demo.log().await;
    assert_eq!(starts, Vec::<String>::new());
    assert!(log.contains("refused a form"), "everything was logged");
    assert!(!log.contains(token), "{}", log.lines().find(|line| line.contains(token)).unwrap_or_default());
}
