//! The inbox over a folder.

use std::sync::Arc;

use axum::body::Body;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;
use crate::clock::SystemClock;
use crate::domain::time_zone::Tz;

const MAIL: &str = "20261130T182933Z-jane@contoso.com-0a1b.eml";
const CARD: &str = "20261130T182934Z-platform-0a1c.json";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

async fn get(folder: &std::path::Path, path: &str, host: &str) -> Answer {
    let pages = Router::new().route("/overview", get_pages());
    let options = InboxOptions {
        folder: folder.to_owned(),
        clock: Arc::new(SystemClock),
        zone: Tz::UTC,
        speed: 1,
        overview: true,
    };
    let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
    let answer = inbox(options, pages).oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

fn get_pages() -> axum::routing::MethodRouter {
    axum::routing::get(|| async { "the overview" })
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mail = "From: Azure maintenance <azure@contoso.com>\r\nTo: jane@contoso.com\r\nSubject: =?utf-8?q?Act_by_Fri=3A_3_of_your_machines?=\r\n\
                MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n\
                --x\r\nContent-Type: text/plain\r\n\r\nplain\r\n\
                --x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                <html><head><title>m</title></head><body><script>alert(1)</script><a href=3D\"http://127.0.0.1:7071/a?t=3Dx\">Choose</a></body></html>\r\n\
                --x\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n\
                BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Choose a time\\, today\r\nDTSTART:20261204T170000Z\r\nDTEND:20261204T173000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n\
                --x--\r\n";
    std::fs::write(folder.path().join(MAIL), mail).unwrap();
    let card = serde_json::json!({ "attachments": [{ "content": {
        "fallbackText": "3 machines of <sap>",
        "body": [{ "type": "Container", "items": [{ "type": "TextBlock", "text": "<b>vm</b>" }] }],
        "actions": [
            { "type": "Action.OpenUrl", "title": "Open", "url": "http://127.0.0.1:7071/a?t=y" },
            { "type": "Action.OpenUrl", "title": "Run", "url": "javascript:alert(1)" },
        ],
    } }] });
    std::fs::write(folder.path().join(CARD), card.to_string()).unwrap();
    std::fs::write(folder.path().join(".hidden.eml"), "secret").unwrap();
    std::fs::write(folder.path().join("state.txt"), "secret").unwrap();
    folder
}

#[tokio::test]
async fn the_inbox_shows_every_message_and_the_open_one_in_a_frame_that_can_do_nothing() {
    let folder = folder();
    let list = get(folder.path(), "/", "127.0.0.1:7071").await;
    assert_eq!(list.status, StatusCode::OK);
    for text in
        ["2 messages", "Act by Fri: 3 of your machines", "3 machines of &lt;sap&gt;", "jane@contoso.com"]
    {
        assert!(list.body.contains(text), "{text}: {}", list.body);
    }
    assert!(!list.body.contains("<iframe"));
    let open = get(folder.path(), &format!("/?open={MAIL}"), "localhost:7071").await;
    for text in [
        "<iframe",
        "sandbox=\"allow-popups allow-popups-to-escape-sandbox\"",
        "Calendar: Choose a time, today",
    ] {
        assert!(open.body.contains(text), "{text}: {}", open.body);
    }
    assert!(!open.body.contains("alert(1)"));
    let body = get(folder.path(), &format!("/inbox/{MAIL}"), "[::1]:7071").await;
    assert!(body.body.contains("href=\"http://127.0.0.1:7071/a?t=x\"") && body.body.contains("<base target"));
    let policy = body.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("sandbox allow-popups")
            && !policy.contains("script")
    );
    let card = get(folder.path(), &format!("/inbox/{CARD}"), "127.0.0.1").await;
    assert!(
        card.body.contains("&lt;b&gt;vm") && card.body.contains("t=y") && !card.body.contains("javascript")
    );
    assert_eq!(get(folder.path(), "/overview", "127.0.0.1").await.body, "the overview");
}

#[tokio::test]
async fn the_inbox_opens_nothing_but_its_messages_and_answers_no_other_name() {
    let folder = folder();
    for name in ["state.txt", ".hidden.eml", "..%2Fstate.txt", "%2Fetc%2Fpasswd", "nothing.eml"] {
        for tail in ["", "/file"] {
            let answer = get(folder.path(), &format!("/inbox/{name}{tail}"), "127.0.0.1:7071").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
        }
        let answer = get(folder.path(), &format!("/?open={name}"), "127.0.0.1:7071").await;
        assert!(answer.status == StatusCode::OK && !answer.body.contains("secret"));
    }
    for host in ["rebound.example", "127.0.0.1.example:7071", "", "localhost.example"] {
        for path in ["/".to_owned(), format!("/inbox/{MAIL}"), format!("/inbox/{MAIL}/file")] {
            assert_eq!(get(folder.path(), &path, host).await.status, StatusCode::FORBIDDEN, "{host}");
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_yet_has_no_messages() {
    let folder = tempfile::tempdir().unwrap();
    let list = get(&folder.path().join("outbox"), "/", "127.0.0.1").await;
    assert!(list.status == StatusCode::OK && list.body.contains("Nobody was notified yet"));
}
