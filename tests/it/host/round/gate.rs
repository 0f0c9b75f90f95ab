//! A gate in front of the simulated Azure: it can hold one question, so that whoever asked is surely in the middle.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use maintenance_notifier::clock::{SharedClock, SystemClock};
use maintenance_notifier::demo::{Simulation, SimulationOptions};
use tokio::sync::oneshot;

/// A part of the path of the question to hold, and whom to tell of it.
type Held = Arc<Mutex<Option<(&'static str, oneshot::Sender<()>)>>>;

/// Simulated Azure behind a gate.
pub(super) struct Gate {
    pub(super) address: String,
    held: Held,
}

impl Gate {
    pub(super) async fn before(options: SimulationOptions) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let held = Held::default();
        let clock: SharedClock = Arc::new(SystemClock);
        let simulation = Simulation::new(options);
        // A tenant of this size does not come near the quotas, but for everything being done over and over here.
        simulation.script().switch(|switches| switches.throttling = false);
        let router = simulation.router(clock).layer(middleware::from_fn_with_state(held.clone(), pass));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, held }
    }

    /// Never answers the next question whose path contains `part`. Done when it was asked.
    pub(super) fn hold(&self, part: &'static str) -> oneshot::Receiver<()> {
        let (asked, when_asked) = oneshot::channel();
        *self.held.lock().unwrap() = Some((part, asked));
        when_asked
    }
}

async fn pass(State(held): State<Held>, request: Request, next: Next) -> Response {
    let asked = held.lock().unwrap().take_if(|(part, _)| request.uri().path().contains(*part));
    if let Some((_, asked)) = asked {
        asked.send(()).unwrap();
        return std::future::pending().await;
    }
    next.run(request).await
}
