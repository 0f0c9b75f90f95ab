use std::sync::Mutex;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode as Status;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use secrecy::SecretString;

use super::*;
use crate::metrics::Instruments;

/// What a collector got: the key and the decoded request.
type Taken = Arc<Mutex<Vec<(Option<String>, ExportMetricsServiceRequest)>>>;

/// A collector that answers each request with the next of `answers`, and with 200 after the last one.
async fn collector(answers: &[u16]) -> (Url, Taken) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}/v1/metrics", listener.local_addr().unwrap()).parse().unwrap();
    let taken = Taken::default();
    let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
    let log = taken.clone();
    let router = Router::new().fallback(move |request: Request| {
        let (log, answers) = (log.clone(), answers.clone());
        async move {
            assert_eq!(request.headers()["content-type"], "application/x-protobuf");
            let key = request.headers().get("api-key").map(|key| key.to_str().unwrap().to_owned());
            let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
            log.lock().unwrap().push((key, ExportMetricsServiceRequest::decode(body).unwrap()));
            Status::from_u16(answers.lock().unwrap().pop_front().unwrap_or(200)).unwrap()
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, taken)
}

fn settings(endpoint: Url, temporality: Temporality) -> TelemetrySettings {
    TelemetrySettings {
        endpoint,
        headers: vec![("api-key".to_owned(), SecretString::from("k3y"))],
        temporality,
        service: "notifier".to_owned(),
        resource: vec![("deployment.environment.name".to_owned(), "test".to_owned())],
    }
}

const EXPORT_TIMEOUT: Duration = Duration::from_secs(60);

/// The calls counted in each request, and what they count from.
fn counted(taken: &Taken) -> Vec<(i64, i32)> {
    let mut counted = Vec::new();
    for (_, request) in taken.lock().unwrap().iter() {
        for metric in &request.resource_metrics[0].scope_metrics[0].metrics {
            if let (Some(Data::Sum(sum)), "notifier.calls") = (&metric.data, metric.name.as_str()) {
                let value = number(sum.data_points[0].value.as_ref());
                counted.push((value, sum.aggregation_temporality));
            }
        }
    }
    counted
}

fn number(value: Option<&opentelemetry_proto::tonic::metrics::v1::number_data_point::Value>) -> i64 {
    use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
    match value {
        Some(Value::AsInt(number)) => *number,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_delta_counts_from_the_last_export_and_needs_no_instance() {
    let (address, taken) = collector(&[]).await;
    let exporter = Exporter::new(&settings(address, Temporality::Delta)).unwrap();
    let instruments = Instruments::new(&exporter.meter());
    assert!(exporter.is_due(Duration::from_secs(3600)), "the first export is due at once");
    exporter.export(EXPORT_TIMEOUT).await;
    assert_eq!(taken.lock().unwrap().len(), 0, "nothing was measured, so nothing is sent");
    assert!(!exporter.is_due(Duration::from_secs(3600)));
    for calls in [3, 2] {
        (0..calls).for_each(|_| instruments.called("tables", Some(204)));
        exporter.export(EXPORT_TIMEOUT).await;
    }
    assert_eq!(counted(&taken), [(3, 1), (2, 1)]);
    let (key, request) = taken.lock().unwrap()[0].clone();
    assert_eq!(key.as_deref(), Some("k3y"));
    let resource = request.resource_metrics[0].resource.clone().unwrap();
    let mut names: Vec<String> = resource.attributes.into_iter().map(|attribute| attribute.key).collect();
    names.sort();
    assert_eq!(names, ["deployment.environment.name", "service.name", "service.version"]);
    assert!(!format!("{exporter:?}").contains("k3y"));
}

#[tokio::test]
async fn a_cumulative_sum_grows_and_names_its_process() {
    let (address, taken) = collector(&[]).await;
    let exporter = Exporter::new(&settings(address, Temporality::Cumulative)).unwrap();
    let instruments = Instruments::new(&exporter.meter());
    for calls in [3, 2] {
        (0..calls).for_each(|_| instruments.called("tables", Some(204)));
        exporter.export(EXPORT_TIMEOUT).await;
    }
    assert_eq!(counted(&taken), [(3, 2), (5, 2)]);
    let resource = taken.lock().unwrap()[0].1.resource_metrics[0].resource.clone().unwrap();
    assert!(resource.attributes.iter().any(|attribute| attribute.key == "service.instance.id"));
}

#[tokio::test]
async fn what_did_not_get_through_is_sent_with_the_next_export() {
    let (address, taken) = collector(&[503, 200, 400]).await;
    let exporter = Exporter::new(&settings(address, Temporality::Delta)).unwrap();
    let instruments = Instruments::new(&exporter.meter());
    for calls in 1..=4 {
        (0..calls).for_each(|_| instruments.called("tables", None));
        exporter.export(EXPORT_TIMEOUT).await;
    }
    let calls: Vec<i64> = counted(&taken).into_iter().map(|(calls, _)| calls).collect();
    // The first was refused for the moment and came again; the second was refused for good.
    assert_eq!(calls, [1, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_collector_that_is_not_there_costs_little_and_keeps_little() {
    let exporter =
        Exporter::new(&settings("http://127.0.0.1:1/".parse().unwrap(), Temporality::Delta)).unwrap();
    let instruments = Instruments::new(&exporter.meter());
    for _ in 0..3 * KEPT {
        instruments.called("teams", None);
        exporter.export(EXPORT_TIMEOUT).await;
    }
    assert_eq!(exporter.outgoing.lock().await.requests.len(), KEPT);
}
