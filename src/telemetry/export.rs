//! Collects what was measured and posts it as OTLP/HTTP with protobuf, by the client that everything else uses.
//!
//! The exporters of `opentelemetry-otlp` are not used: they read the environment on their own, retry on their own, and
//! want a thread or a runtime of their own.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality as SdkTemporality,
};
use prost::Message as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::Instant;
use url::Url;

use crate::http::body::read_bounded;
use crate::http::causes::describe;
use crate::http::client::{ClientOptions, ClientSetupError, client};
use crate::metrics::settings::{TelemetrySettings, Temporality};

/// How many exports that did not get through are kept for the next one.
const KEPT: usize = 8;

/// More than any answer says that matters to us.
const ANSWER_LIMIT: usize = 64 * 1024;

/// The metrics cannot be sent as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum ExportSetupError {
    /// There is no client.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
    #[error("OTEL_EXPORTER_OTLP_HEADERS has a name or a value that cannot be a header")]
    Header,
}

/// Gathers measurements and sends them.
pub(super) struct Exporter {
    provider: SdkMeterProvider,
    reader: Reader,
    temporality: Temporality,
    client: Client,
    endpoint: Url,
    headers: HeaderMap,
    last: std::sync::Mutex<Option<Instant>>,
    /// Held during an export: what leaves first arrives first.
    outgoing: tokio::sync::Mutex<Outgoing>,
}

#[derive(Default)]
struct Outgoing {
    requests: VecDeque<Bytes>,
    failing: bool,
}

/// Why a request did not get through.
struct Failure {
    problem: String,
    may_pass_later: bool,
}

impl Exporter {
    pub(super) fn new(settings: &TelemetrySettings) -> Result<Self, ExportSetupError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let name: HeaderName = name.parse().map_err(|_| ExportSetupError::Header)?;
            let mut value: HeaderValue =
                value.expose_secret().parse().map_err(|_| ExportSetupError::Header)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let options = ClientOptions { idle_connections: 1, ..ClientOptions::default() };
        let reader = Reader(Arc::new(
            ManualReader::builder()
                .with_temporality(match settings.temporality {
                    Temporality::Delta => SdkTemporality::Delta,
                    Temporality::Cumulative => SdkTemporality::Cumulative,
                })
                .build(),
        ));
        let provider =
            SdkMeterProvider::builder().with_reader(reader.clone()).with_resource(resource(settings)).build();
        Ok(Self {
            provider,
            reader,
            temporality: settings.temporality,
            client: client(&options)?,
            endpoint: settings.endpoint.clone(),
            headers,
            last: std::sync::Mutex::default(),
            outgoing: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn meter(&self) -> Meter {
        self.provider.meter(env!("CARGO_PKG_NAME"))
    }

    /// Whether the last export was at least so long ago. The first one always is due: the process may not get older.
    pub(super) fn is_due(&self, age: Duration) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|last| last.elapsed() >= age)
    }

    /// Sends what was measured since the last time and what did not get through then, within `allowed`. An export
    /// that is under way stands for this one.
    pub(super) async fn export(&self, allowed: Duration) {
        let Ok(mut outgoing) = self.outgoing.try_lock() else { return };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.collect(&mut outgoing.requests);
        let sent = tokio::time::timeout(allowed, self.send_all(&mut outgoing.requests)).await;
        let failure = match sent {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure.problem),
            Err(_) => Some(format!("no answer within {} ms", allowed.as_millis())),
        };
        match failure {
            Some(problem) if !outgoing.failing => {
                tracing::warn!(problem, "could not export metrics; this is logged once until it works again");
                outgoing.failing = true;
            }
            None if outgoing.failing => {
                tracing::info!("exporting metrics works again");
                outgoing.failing = false;
            }
            _ => {}
        }
    }

    fn collect(&self, requests: &mut VecDeque<Bytes>) {
        let mut collected = ResourceMetrics::default();
        if let Err(error) = self.reader.collect(&mut collected) {
            tracing::debug!(%error, "could not collect metrics");
            return;
        }
        if collected.scope_metrics().all(|scope| scope.metrics().next().is_none()) {
            return;
        }
        // A later cumulative export says all that an earlier one did; a delta is in no other.
        let keep = if self.temporality == Temporality::Cumulative { 0 } else { KEPT - 1 };
        while requests.len() > keep {
            requests.pop_front();
        }
        requests.push_back(ExportMetricsServiceRequest::from(&collected).encode_to_vec().into());
    }

    async fn send_all(&self, requests: &mut VecDeque<Bytes>) -> Result<(), Failure> {
        while let Some(request) = requests.front() {
            let sent = self.post(request.clone()).await;
            if sent.as_ref().is_err_and(|failure| failure.may_pass_later) {
                return sent;
            }
            requests.pop_front();
            sent?;
        }
        Ok(())
    }

    async fn post(&self, request: Bytes) -> Result<(), Failure> {
        let answer = self
            .client
            .post(self.endpoint.clone())
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .body(request)
            .send()
            .await
            .map_err(|error| Failure { problem: describe(error), may_pass_later: true })?;
        let status = answer.status();
        // Read to its end, so that the connection can be used again.
        let _ = read_bounded(answer, ANSWER_LIMIT).await;
        if status.is_success() {
            return Ok(());
        }
        // Those that the protocol names as worth another attempt.
        let may_pass_later = matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        );
        Err(Failure { problem: format!("the collector answered {status}"), may_pass_later })
    }
}

impl std::fmt::Debug for Exporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exporter").field("temporality", &self.temporality).finish_non_exhaustive()
    }
}

fn resource(settings: &TelemetrySettings) -> Resource {
    let attributes = settings.resource.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    let mut resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attributes(attributes)
        .with_attribute(KeyValue::new("service.name", settings.service.clone()));
    // Sums that only ever grow need to be distinguished by process. Deltas do not, and Functions start a process for
    // each function and more under load: each would be a new series.
    if settings.temporality == Temporality::Cumulative {
        let instance = uuid::Uuid::new_v4().to_string();
        resource = resource.with_attribute(KeyValue::new("service.instance.id", instance));
    }
    resource.build()
}

/// The SDK keeps a reader to itself; this one can be asked as well.
#[derive(Debug, Clone)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> SdkTemporality {
        self.0.temporality(kind)
    }
}

#[cfg(test)]
mod tests;
