//! Teams flows that are busy, refuse or hang, beside people who get mails.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::clock::{Clock, ManualClock};
use maintenance_notifier::domain::message::Trouble;

use super::tenant::{CONFIGURATION, Letter, Setup, Shared, TestTenant, small_world, start};

/// What a flow does with the next request.
#[derive(Debug, Clone, Copy)]
enum Way {
    Status(u16, Option<&'static str>),
    Hang,
}

/// A flow that does as told and then takes everything.
#[derive(Clone)]
struct Flow {
    address: String,
    ways: Shared<VecDeque<Way>>,
    seen: Shared<Vec<(DateTime<Utc>, String)>>,
    clock: Shared<Option<Arc<ManualClock>>>,
}

impl Flow {
    async fn start(ways: &[Way]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/workflows/1/invoke?sig=S3cret", listener.local_addr().unwrap());
        let flow = Self {
            address,
            ways: Arc::new(Mutex::new(ways.iter().copied().collect())),
            seen: Arc::default(),
            clock: Arc::default(),
        };
        let served = flow.clone();
        let router = Router::new().fallback(move |body: Bytes| {
            let flow = served.clone();
            async move { flow.answer(&body).await }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        flow
    }

    async fn answer(&self, body: &[u8]) -> Response {
        let at = self.clock.lock().unwrap().as_ref().map_or_else(start, |clock| clock.now());
        self.seen.lock().unwrap().push((at, String::from_utf8(body.to_vec()).unwrap()));
        let way = self.ways.lock().unwrap().pop_front();
        let (status, header) = match way {
            None => (202, None),
            Some(Way::Status(status, header)) => (status, header),
            Some(Way::Hang) => std::future::pending().await,
        };
        let mut response = Response::builder().status(status);
        if let Some(wait) = header {
            response = response.header("retry-after", wait);
        }
        response.body(axum::body::Body::empty()).unwrap()
    }

    /// When each attempt came, in seconds after the start.
    fn attempts(&self) -> Vec<i64> {
        self.seen.lock().unwrap().iter().map(|(at, _)| (*at - start()).num_seconds()).collect()
    }

    fn bodies(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

/// A tenant whose platform team has this flow beside its address, and whose channel has it alone.
async fn tenant(flow: &Flow) -> TestTenant {
    let address = &flow.address;
    let configuration = format!(
        "{CONFIGURATION}\n[[recipients]]\nname = \"channel\"\nteams = {{ webhook = \"{address}\" }}\n\n\
         [[routes]]\nmatch = {{ resource_group = \"rg-test\" }}\nto = [\"channel\"]\n"
    );
    let tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "")]))
        .configuration(configuration)
        .workflows(Duration::from_millis(300))
        .begin()
        .await;
    *flow.clock.lock().unwrap() = Some(tenant.clock.clone());
    tenant
}

/// One whole run against a flow with a first answer; gives when it was tried.
async fn run(way: Way) -> (TestTenant, Flow, Vec<Letter>) {
    let flow = Flow::start(&[way]).await;
    let mut tenant = tenant(&flow).await;
    tenant.round().await;
    let letters = tenant.messages().await;
    let told = tenant.told(&letters).await;
    assert!(
        told.contains(&"jane.doe@contoso.com vm-web-01 announced".to_owned()),
        "others are unaffected: {told:?}"
    );
    (tenant, flow, letters)
}

#[tokio::test]
async fn f5_a_busy_flow_gets_the_card_when_it_asked_for_it() {
    let (tenant, flow, _) = run(Way::Status(429, Some("1800"))).await;
    tenant.advance(TimeDelta::minutes(29)).await;
    assert_eq!(flow.attempts(), [0], "not before it asked for it");
    tenant.advance(TimeDelta::minutes(10)).await;
    assert_eq!(flow.attempts().len(), 2);
    assert!(flow.attempts()[1] >= 1800);
    let bodies = flow.bodies();
    assert_eq!(bodies[0], bodies[1]);
    assert!(tenant.is_settled().await);
}

#[tokio::test]
async fn f5_a_flow_that_breaks_or_hangs_gets_the_same_card_again() {
    for way in [Way::Status(503, None), Way::Status(500, None), Way::Status(429, Some("30")), Way::Hang] {
        let (tenant, flow, _) = run(way).await;
        tenant.advance(TimeDelta::minutes(10)).await;
        let bodies = flow.bodies();
        assert_eq!(bodies.len(), 2, "{way:?}");
        assert_eq!(bodies[0], bodies[1], "{way:?}");
        assert!(flow.attempts()[1] >= 30, "{way:?}");
        assert!(tenant.is_settled().await);
        assert_eq!(tenant.troubles().await, []);
    }
}

#[tokio::test]
async fn f5_a_card_that_is_too_large_is_reported_once_and_not_sent_for_ever() {
    let (mut tenant, flow, mut letters) = run(Way::Status(413, None)).await;
    tenant.advance(TimeDelta::hours(30)).await;
    assert_eq!(flow.attempts().len(), 1);
    let troubles = tenant.troubles().await;
    assert!(matches!(&troubles[..], [Trouble::Undeliverable { .. }]), "{troubles:?}");
    letters.extend(tenant.messages().await);
    let mut reports = 0;
    for letter in &letters {
        reports += tenant.read(letter).await.0.troubles.len();
    }
    assert_eq!(reports, 1);
}
