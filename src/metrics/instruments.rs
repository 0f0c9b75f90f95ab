//! What is measured: names, units and attributes. `docs/OPERATING.md` lists them.

use std::time::Duration;

use chrono::TimeDelta;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};

use crate::domain::stage::Stage;

/// For what takes from milliseconds to the ten minutes of an invocation.
const SECONDS: &[f64] = &[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// For how long people wait for news: from a minute to a week, with night and weekend in between.
const UNTIL_NOTIFIED: &[f64] = &[
    60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 57_600.0, 86_400.0, 172_800.0, 259_200.0,
    604_800.0,
];

/// Every instrument.
#[derive(Debug)]
pub struct Instruments {
    windows: Gauge<u64>,
    messages: Counter<u64>,
    unsent: Gauge<u64>,
    oldest_unsent: Gauge<f64>,
    calls: Counter<u64>,
    throttles: Counter<u64>,
    waits: Histogram<f64>,
    freshness: Histogram<f64>,
    runs: Histogram<f64>,
    operator_alerts: Gauge<u64>,
}

impl Instruments {
    /// The instruments of `meter`.
    pub fn new(meter: &Meter) -> Self {
        let seconds = |name: &'static str, what: &'static str, boundaries: &[f64]| {
            let histogram = meter.f64_histogram(name).with_unit("s").with_description(what);
            histogram.with_boundaries(boundaries.to_vec()).build()
        };
        Self {
            windows: meter
                .u64_gauge("notifier.windows")
                .with_unit("{window}")
                .with_description("Open maintenance windows, by the portal's word for them")
                .build(),
            messages: meter
                .u64_counter("notifier.messages")
                .with_unit("{attempt}")
                .with_description("Attempts to hand over a message, by how it leaves and what came of it")
                .build(),
            unsent: meter
                .u64_gauge("notifier.outbox.unsent")
                .with_unit("{message}")
                .with_description("Messages that wait in the outbox")
                .build(),
            oldest_unsent: meter
                .f64_gauge("notifier.outbox.oldest_unsent")
                .with_unit("s")
                .with_description("For how long the oldest of them has waited; 0 when there is none")
                .build(),
            calls: meter
                .u64_counter("notifier.calls")
                .with_unit("{call}")
                .with_description("Calls to other services, by the class of the answer's status")
                .build(),
            throttles: meter
                .u64_counter("notifier.calls.throttled")
                .with_unit("{call}")
                .with_description("Calls that were answered with the wish to slow down")
                .build(),
            waits: seconds(
                "notifier.calls.wait",
                "For how long calls were held back, because of a quota or before they were made again",
                SECONDS,
            ),
            freshness: seconds(
                "notifier.freshness",
                "From when Azure was first seen to say it until someone responsible had the message",
                UNTIL_NOTIFIED,
            ),
            runs: seconds("notifier.function.duration", "Runs of functions, by their result", SECONDS),
            operator_alerts: meter
                .u64_gauge("notifier.troubles")
                .with_unit("{operator_alert}")
                .with_description("Troubles that an operator should look at, by kind")
                .build(),
        }
    }

    pub(crate) fn called(&self, service: &'static str, status: Option<u16>) {
        let class = match status {
            Some(200..=299) => "2xx",
            Some(300..=399) => "3xx",
            Some(400..=499) => "4xx",
            Some(500..=599) => "5xx",
            Some(_) => "other",
            None => "none",
        };
        self.calls.add(1, &[KeyValue::new("service", service), KeyValue::new("status", class)]);
    }

    pub(super) fn throttled(&self, service: &'static str) {
        self.throttles.add(1, &[KeyValue::new("service", service)]);
    }

    pub(super) fn waited(&self, service: &'static str, wait: Duration) {
        self.waits.record(wait.as_secs_f64(), &[KeyValue::new("service", service)]);
    }

    pub(super) fn message(&self, transport: &'static str, outcome: &'static str) {
        self.messages.add(1, &[KeyValue::new("transport", transport), KeyValue::new("outcome", outcome)]);
    }

    pub(super) fn notified_after(&self, stage: Stage, delay: TimeDelta) {
        self.freshness.record(seconds(delay), &[KeyValue::new("stage", stage.as_str())]);
    }

    pub(super) fn windows(&self, by_status: &[(&'static str, u64)]) {
        for (status, count) in by_status {
            self.windows.record(*count, &[KeyValue::new("status", *status)]);
        }
    }

    pub(super) fn outbox(&self, unsent: u64, oldest: TimeDelta) {
        self.unsent.record(unsent, &[]);
        self.oldest_unsent.record(seconds(oldest), &[]);
    }

    pub(super) fn operator_alerts(&self, by_kind: &[(String, u64)]) {
        for (kind, count) in by_kind {
            self.operator_alerts.record(*count, &[KeyValue::new("kind", kind.clone())]);
        }
    }

    pub(super) fn run(&self, function: &str, result: &'static str, took: Duration) {
        let attributes = [KeyValue::new("function", function.to_owned()), KeyValue::new("result", result)];
        self.runs.record(took.as_secs_f64(), &attributes);
    }
}

fn seconds(span: TimeDelta) -> f64 {
    span.max(TimeDelta::zero()).as_seconds_f64()
}
