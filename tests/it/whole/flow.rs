//! A Teams flow on loopback that does as a test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::response::Response;
use chrono::{DateTime, Utc};
use maintenance_notifier::clock::{Clock, ManualClock};

use super::tenant::{Shared, start};

/// What a flow does with the next request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Status(u16, Option<&'static str>),
    Hang,
}

/// A flow that does as told and then takes everything, unless it is broken.
#[derive(Clone)]
pub(crate) struct Flow {
    pub(crate) address: String,
    ways: Shared<VecDeque<Way>>,
    broken: Shared<Option<u16>>,
    seen: Shared<Vec<(DateTime<Utc>, String)>>,
    clock: Shared<Option<Arc<ManualClock>>>,
}

impl Flow {
    pub(crate) async fn start(ways: &[Way]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/workflows/1/invoke?sig=S3cret", listener.local_addr().unwrap());
        let flow = Self {
            address,
            ways: Arc::new(Mutex::new(ways.iter().copied().collect())),
            broken: Arc::default(),
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
            None => (self.broken.lock().unwrap().unwrap_or(202), None),
            Some(Way::Status(status, header)) => (status, header),
            Some(Way::Hang) => std::future::pending().await,
        };
        let mut response = Response::builder().status(status);
        if let Some(wait) = header {
            response = response.header("retry-after", wait);
        }
        response.body(axum::body::Body::empty()).unwrap()
    }

    /// Answers with this status from now on, or takes everything again.
    pub(crate) fn breaks(&self, status: Option<u16>) {
        *self.broken.lock().unwrap() = status;
    }

    /// Takes its time from the tenant.
    pub(crate) fn at(&self, clock: &Arc<ManualClock>) {
        *self.clock.lock().unwrap() = Some(clock.clone());
    }

    /// When each attempt came, in seconds after the start.
    pub(crate) fn attempts(&self) -> Vec<i64> {
        self.seen.lock().unwrap().iter().map(|(at, _)| (*at - start()).num_seconds()).collect()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}
