//! The page of whoever is signed in, and the pages of those who are lost.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::TimeDelta;

use super::pages::{
    Answer, ORIGIN, Reader, audit_actions, jane, notified, pairs, signed_in, with_claims, world,
};
use super::tenant::TestTenant;

async fn at(reader: &Reader, path: &str, headers: &[(&str, &str)]) -> Answer {
    Reader { path: path.to_owned(), ..reader.clone() }.get_as(headers).await
}

async fn guarded() -> (TestTenant, Reader) {
    jane(world().easy_auth()).await
}

#[tokio::test]
async fn whoever_is_signed_in_finds_their_machines_and_the_page_of_each_without_the_mail() {
    let (tenant, reader) = guarded().await;
    let theirs = signed_in(&tenant, "Jane.Doe@contoso.com").await;
    let page = at(&reader, "/mine", &pairs(&theirs)).await;
    page.is(200).says("vm-web-01").says("Undecided").says("Message about vm-web-01");
    assert!(!page.body.contains("vm-web-02") && !page.body.contains("<form"), "{}", page.body);
    // It leads to the page behind the link in the mail, and not beyond it.
    let link = page.body.split("href=\"").find(|rest| rest.contains("a?t=")).unwrap();
    let link = link.split('"').next().unwrap().replace("&#x2f;", "/");
    assert_eq!(link, reader.path);
    // A person of whom nothing is known is told so, and learns nothing.
    let other = signed_in(&tenant, "arjun.rao@contoso.com").await;
    let page = at(&reader, "/mine", &pairs(&other)).await;
    page.is(200).says("No messages go to arjun.rao@contoso.com");
    assert!(!page.body.contains("vm-web"));
    // Once the time of the link is over, the machine is still shown, without it.
    tenant.clock.advance(TimeDelta::days(12));
    let page = at(&reader, "/mine", &pairs(&theirs)).await;
    page.is(200).says("vm-web-01");
    assert!(!page.body.contains("a?t="), "{}", page.body);
    assert_eq!(audit_actions(&tenant).await, []);
}

#[tokio::test]
async fn nobody_else_is_let_in_to_anybodys_page() {
    let (tenant, reader) = guarded().await;
    at(&reader, "/mine", &[]).await.is(401).says("login&#x2f;aad?post_login_redirect_uri=%2Fmine");
    // The name header alone is anybody's.
    let spoofed = [("x-ms-client-principal-name", "jane.doe@contoso.com")];
    at(&reader, "/mine", &spoofed).await.is(401);
    let elsewhere = with_claims(&[
        ("tid", "aaaabbbb-0000-cccc-1111-dddd2222eeee"),
        ("oid", "461e8683-5575-4561-ac7f-899cc907d62a"),
        ("preferred_username", "jane.doe@contoso.com"),
    ]);
    at(&reader, "/mine", &pairs(&elsewhere)).await.is(403).says("another organisation");
    let hers = signed_in(&tenant, "jane.doe@contoso.com").await;
    let (unguarded, _) = notified(world()).await;
    let open = Reader { pages: maintenance_notifier::web::router(unguarded.app.clone()), ..reader };
    at(&open, "/mine", &pairs(&hers)).await.is(404).says("Sign-in is not set up");
}

#[tokio::test]
async fn whoever_is_lost_gets_a_page_with_a_title_a_language_and_a_way_on() {
    let (_tenant, reader) = guarded().await;
    let mut answers = BTreeMap::new();
    for path in ["/", "/nothing", "/a?t=forged", "/mine", "/unsubscribe?t=forged"] {
        answers.insert(path, at(&reader, path, &[("accept", "text/html")]).await);
    }
    let put = Request::builder().method(Method::PUT).uri(&reader.path).header("origin", ORIGIN);
    answers.insert("PUT", reader.send(put.body(Body::empty()).unwrap()).await);
    let statuses: Vec<(&str, u16)> =
        answers.iter().map(|(path, answer)| (*path, answer.status.as_u16())).collect();
    assert_eq!(
        statuses,
        [
            ("/", 200),
            ("/a?t=forged", 404),
            ("/mine", 401),
            ("/nothing", 404),
            ("/unsubscribe?t=forged", 404),
            ("PUT", 405)
        ]
    );
    for (path, answer) in answers {
        let lacks: Vec<&str> = ["<html lang=\"en\">", "<title>", "<h1>", "<a href=\""]
            .into_iter()
            .filter(|part| !answer.body.contains(part))
            .collect();
        assert!(lacks.is_empty(), "{path} lacks {lacks:?}: {}", answer.body);
        assert!(
            answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'")
        );
    }
}
