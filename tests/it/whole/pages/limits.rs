//! Too much, too long, too often, too slow.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures::future::join_all;
use futures::{StreamExt as _, stream};

use super::{ORIGIN, Reader, jane, pairs, starts, world};

#[tokio::test]
async fn s12_what_is_too_long_no_form_or_too_often_is_refused_but_who_is_late_is_answered() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let nonce = reader.get().await.nonce("acknowledge");
    let long = "x".repeat(4096);
    reader.post(&[&pairs(&fields)[..], &[("note", long.as_str())]].concat()).await.is(413);
    reader.post_as(&pairs(&fields), &[]).await.is(200).says("started");
    let json =
        Request::post(&reader.path).header("origin", ORIGIN).header("content-type", "application/json");
    reader.send(json.body(Body::from("{}")).unwrap()).await.is(415);
    let note = |note: usize| note.to_string();
    let mut refused = 0;
    for number in 0..60 {
        let note = note(number);
        let known = [("nonce", nonce.as_str()), ("do", "acknowledge"), ("m", "0-1"), ("note", &note)];
        let answer = reader.post(&known).await;
        refused += usize::from(answer.status == 429);
    }
    assert!(refused > 0 && refused < 60, "{refused}");
    reader.post(&pairs(&fields)).await.is(200).says("Under way: started by");
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn s12_a_form_that_comes_drop_by_drop_is_given_up_and_holds_up_nobody() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let begun = || Request::post(&reader.path).header("origin", ORIGIN);
    let slow = (0..50).map(|_| {
        let drops =
            stream::once(async { Ok::<_, std::io::Error>("nonce=".to_owned()) }).chain(stream::pending());
        reader.send(begun().body(Body::from_stream(drops)).unwrap())
    });
    let mut slow = Box::pin(join_all(slow));
    assert!(futures::poll!(&mut slow).is_pending());
    reader.post(&pairs(&fields)).await.is(200).says("vm-web-01: started");
    tokio::time::pause();
    let answers = tokio::time::timeout(Duration::from_secs(11), slow).await.expect("they are given up");
    assert!(answers.iter().all(|answer| answer.status == 408 && answer.body.contains("within ten seconds")));
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn s12_looking_has_a_limit_too_and_what_leads_nowhere_does_not_count() {
    let (_tenant, mut reader) = jane(world()).await;
    let genuine = reader.path.clone();
    let long = Reader { path: format!("{genuine}&x={}", "x".repeat(8192)), ..reader.clone() };
    long.get().await.is(414);
    let from = |address: &'static str| [("x-forwarded-for", address)];
    reader.path = format!("{genuine}x");
    for _ in 0..700 {
        reader.get_as(&from("203.0.113.7:1")).await.is(404);
    }
    reader.path = genuine.clone();
    let mut looks = 0;
    while reader.get_as(&from("203.0.113.7:1")).await.status == 200 {
        looks += 1;
        assert!(looks < 2000, "there is no limit");
    }
    // A page on which something is under way loads itself again twenty times in five minutes.
    assert!(looks > 200, "{looks}");
    let refused = reader.get_as(&from("203.0.113.8:1")).await;
    assert_eq!(refused.is(429).headers["retry-after"], "300");
    // Whatever stands behind the link is the same link.
    reader.path = format!("{genuine}&n=1");
    reader.get().await.is(429);
}

#[tokio::test]
async fn s12_one_address_cannot_fill_the_place_with_bodies_that_do_not_come() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let slow = (0..100).map(|_| {
        let request = Request::post(&reader.path).header("x-forwarded-for", "198.51.100.1, 203.0.113.7:4711");
        reader.send(request.body(Body::from_stream(stream::pending::<std::io::Result<String>>())).unwrap())
    });
    let mut slow = Box::pin(join_all(slow));
    assert!(futures::poll!(&mut slow).is_pending());
    let mine = [("x-forwarded-for", "203.0.113.8:4711")];
    reader.post_as(&pairs(&fields), &mine).await.is(200).says("vm-web-01: started");
    let theirs = [("x-forwarded-for", "203.0.113.7:4712")];
    reader.post_as(&pairs(&fields), &theirs).await.is(429);
    tokio::time::pause();
    let answers = tokio::time::timeout(Duration::from_secs(11), slow).await.expect("they are given up");
    tokio::time::resume();
    assert_eq!(answers.iter().filter(|answer| answer.status == 408).count(), 64);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 36);
    assert!(answers.iter().all(|answer| answer.headers["connection"] == "close"));
    assert_eq!(starts(&tenant), 1);
    reader.post_as(&pairs(&fields), &theirs).await.is(200).says("Under way");
}
