//! A recipient's dates as feeds, asked for by programs that have nothing but the address.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::services::revoke_links::{RevokedLinks, revoke_links};
use maintenance_notifier::web;

use super::pages::{ORIGIN, Reader, notified, to, world};
use super::tenant::TestTenant;

fn at(tenant: &TestTenant, path: &str) -> Reader {
    Reader { pages: web::router(tenant.app.clone()), path: path.to_owned() }
}

/// Jane after her first mail: the feed that it names, and those on her page.
async fn jane() -> (TestTenant, String, Vec<String>) {
    let (tenant, letters) = notified(world()).await;
    let letter = to(&letters, "jane.doe");
    let (content, mail) = tenant.read(letter).await;
    let url = content.feed.expect("a first mail tells of the feed");
    assert!(mail.text.contains(&url) && mail.html.contains(&url), "{}", mail.text);
    let page = Reader::of(&tenant, letter).await.get().await.body;
    let on_page = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let feeds = on_page.map(|path| path.replace("&#x2f;", "/")).filter(|path| path.starts_with("/calendar."));
    let feeds = feeds.collect();
    (tenant, url.strip_prefix(ORIGIN).unwrap().to_owned(), feeds)
}

#[tokio::test]
async fn a_feed_has_all_dates_and_names_machines_only_where_the_recipient_took_that_address_from_their_page()
{
    let (tenant, path, on_page) = jane().await;
    assert_eq!(on_page.len(), 3, "{on_page:?}");
    assert_eq!(on_page[0], path, "the same feed in mail and page");
    let plain = at(&tenant, &path).get().await;
    assert_eq!(plain.status, 200);
    assert_eq!(plain.headers["content-type"], "text/calendar; charset=utf-8");
    let lines: Vec<&str> = plain.body.split("\r\n").collect();
    assert!(lines.contains(&"METHOD:PUBLISH"));
    assert!(lines.contains(&"REFRESH-INTERVAL;VALUE=DURATION:PT1H"), "{}", plain.body);
    assert!(lines.iter().all(|line| line.len() <= 75), "{}", plain.body);
    let unfolded = plain.body.replace("\r\n ", "");
    assert!(unfolded.contains("SUMMARY:Last chance to choose a time"), "{unfolded}");
    assert!(!unfolded.contains("vm-web") && !unfolded.contains("rg-"), "{unfolded}");
    let named = at(&tenant, &on_page[1]).get().await.body.replace("\r\n ", "");
    assert!(named.contains("vm-web-01"), "{named}");
    let atom = at(&tenant, &on_page[2]).get().await;
    assert_eq!(atom.headers["content-type"], "application/atom+xml; charset=utf-8");
    assert!(atom.body.starts_with("<?xml version=\"1.0\"") && atom.body.contains("<entry>"), "{}", atom.body);
    assert!(!atom.body.contains("vm-web"), "{}", atom.body);
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let (tenant, path, on_page) = jane().await;
    for path in [&path, &on_page[2]] {
        let feed = at(&tenant, path);
        let first = feed.get().await;
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        tenant.clock.advance(TimeDelta::minutes(30));
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = feed.get_as(&[("if-none-match", &known)]).await;
            assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""), "{known}");
        }
        assert_eq!(feed.get_as(&[("if-none-match", "\"other\"")]).await.body, first.body);
    }
}

#[tokio::test]
async fn a_feed_opens_nothing_else_and_is_withdrawn_with_the_other_links_of_its_recipient() {
    let (tenant, path, on_page) = jane().await;
    let token = path.split_once("t=").unwrap().1;
    for other in ["a", "unsubscribe"] {
        assert_eq!(at(&tenant, &format!("/{other}?t={token}")).get().await.status, 404);
    }
    let whose = RevokedLinks::Recipient("jane.doe@contoso.com".parse().unwrap());
    let now = tenant.now();
    revoke_links(&tenant.repository, &whose, now, Actor::default(), now).await.unwrap();
    for path in &on_page {
        assert_eq!(at(&tenant, path).get().await.status, 410, "{path}");
    }
    // A year later, when others have been withdrawn since, this is not forgotten.
    tenant.clock.advance(TimeDelta::days(390));
    let (other, now) = (RevokedLinks::Recipient("mei.lin@contoso.com".parse().unwrap()), tenant.now());
    revoke_links(&tenant.repository, &other, now, Actor::default(), now).await.unwrap();
    assert_eq!(at(&tenant, &path).get().await.status, 410);
    tenant.clock.advance(TimeDelta::days(30));
    assert_eq!(at(&tenant, &path).get().await.status, 410, "its time is over");
}
