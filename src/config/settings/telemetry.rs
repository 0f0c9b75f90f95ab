//! Where metrics go, by the names that OpenTelemetry gives its settings.
//!
//! A mistake in these is a warning and switches metrics off: telemetry must never keep anyone from being told.

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::environment::Environment;
use crate::config::finding::Finding;
use crate::config::settings_table;
use crate::http::origin::is_confidential;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const METRICS_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const TEMPORALITY: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
const SERVICE: &str = "OTEL_SERVICE_NAME";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// Where metrics go, and what they say of their origin.
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// The whole address to post to.
    pub endpoint: Url,
    /// What has to be sent with each request, such as a key.
    pub headers: Vec<(String, SecretString)>,
    /// What a sum counts from.
    pub temporality: Temporality,
    /// The service's name.
    pub service: String,
    /// Further attributes of the service.
    pub resource: Vec<(String, String)>,
}

/// What a sum counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temporality {
    /// From the last export. Fits processes that come and go.
    Delta,
    /// From the start of the process.
    Cumulative,
}

/// Reads the settings: `None` when metrics are not wanted, or not possible for the reasons given.
pub fn telemetry(environment: &Environment) -> (Option<TelemetrySettings>, Vec<Finding>) {
    match read(environment) {
        Ok(settings) => (settings, Vec::new()),
        Err(finding) => (None, vec![finding]),
    }
}

fn read(environment: &Environment) -> Result<Option<TelemetrySettings>, Finding> {
    let Some(endpoint) = endpoint(environment)? else { return Ok(None) };
    if let Some(other) = environment.get(PROTOCOL).filter(|protocol| *protocol != "http/protobuf") {
        return Err(off(PROTOCOL, format!("`{other}` is not spoken"))
            .hint("leave it unset, and give the collector's port for OTLP over HTTP, usually 4318"));
    }
    let secret = environment.secret(HEADERS).map_err(|problem| off(HEADERS, problem.to_string()))?;
    let headers = secret.map(|text| pairs(HEADERS, text.expose_secret())).transpose()?.unwrap_or_default();
    if !headers.is_empty() && !is_confidential(&endpoint) {
        return Err(off(HEADERS, "would travel unprotected")
            .hint("give an https address, or a collector on this machine"));
    }
    let temporality = match environment.get(TEMPORALITY).unwrap_or("delta").to_ascii_lowercase().as_str() {
        "delta" | "lowmemory" => Temporality::Delta,
        "cumulative" => Temporality::Cumulative,
        other => {
            return Err(off(TEMPORALITY, format!("`{other}` is neither `delta` nor `cumulative`"))
                .hint("leave it unset for `delta`"));
        }
    };
    let resource = environment.get(ATTRIBUTES).map(|text| pairs(ATTRIBUTES, text)).transpose()?;
    Ok(Some(TelemetrySettings {
        endpoint,
        headers: headers.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect(),
        temporality,
        service: environment.get(SERVICE).unwrap_or(settings_table::default_of(SERVICE)).to_owned(),
        resource: resource.unwrap_or_default(),
    }))
}

/// The address for metrics is used as it is; below the one for all signals, metrics have their own path.
fn endpoint(environment: &Environment) -> Result<Option<Url>, Finding> {
    let (name, text, path) = match (environment.get(METRICS_ENDPOINT), environment.get(ENDPOINT)) {
        (Some(text), _) => (METRICS_ENDPOINT, text, None),
        (None, Some(text)) => (ENDPOINT, text, Some(["v1", "metrics"])),
        (None, None) => return Ok(None),
    };
    let invalid = || {
        off(name, "is no web address").hint("write a whole address, such as https://otel.contoso.com:4318")
    };
    let mut url = Url::parse(text).map_err(|_| invalid())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(invalid());
    }
    if let Some(path) = path {
        url.path_segments_mut().map_err(|()| invalid())?.pop_if_empty().extend(path);
    }
    Ok(Some(url))
}

/// `name=value` with commas, percent-encoded. Values are not shown: they may be keys.
fn pairs(name: &str, text: &str) -> Result<Vec<(String, String)>, Finding> {
    let parts = text.split(',').filter(|part| !part.trim().is_empty()).enumerate();
    parts
        .map(|(index, part)| {
            pair(part).ok_or_else(|| {
                off(name, format!("part {} is not `name=value`", index + 1))
                    .hint("write name=value with commas; a comma in a value is %2C")
            })
        })
        .collect()
}

fn pair(part: &str) -> Option<(String, String)> {
    let decoded =
        |text: &str| percent_decode_str(text.trim()).decode_utf8().ok().map(|text| text.into_owned());
    let (name, value) = part.split_once('=')?;
    let name = decoded(name).filter(|name| !name.is_empty())?;
    Some((name, decoded(value)?))
}

fn off(name: &str, problem: impl Into<String>) -> Finding {
    Finding::warning(name, format!("{}; no metrics are sent", problem.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<TelemetrySettings>, String> {
        match telemetry(&Environment::from_pairs(pairs.iter().copied())) {
            (settings, findings) if findings.is_empty() => Ok(settings),
            (_, findings) => Err(findings.iter().map(|it| format!("{}: {}", it.path, it.problem)).collect()),
        }
    }

    #[test]
    fn nothing_is_sent_without_an_address() {
        assert!(read(&[("OTEL_SERVICE_NAME", "notifier"), (HEADERS, "api-key=x")]).unwrap().is_none());
    }

    #[test]
    fn the_standard_names_are_understood() {
        let settings = read(&[
            (ENDPOINT, "https://otel.contoso.com/collect/"),
            (HEADERS, "api-key=s%2Cecret, x-tenant = a"),
            (ATTRIBUTES, "deployment.environment.name=prod,team=platform%20x"),
        ]);
        let settings = settings.unwrap().unwrap();
        assert_eq!(settings.endpoint.as_str(), "https://otel.contoso.com/collect/v1/metrics");
        assert_eq!(
            (settings.temporality, settings.service.as_str()),
            (Temporality::Delta, "maintenance-notifier")
        );
        let headers: Vec<_> =
            settings.headers.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        assert_eq!(headers, [("api-key", "s,ecret"), ("x-tenant", "a")]);
        assert_eq!(settings.resource[1], ("team".to_owned(), "platform x".to_owned()));
        assert!(!format!("{settings:?}").contains("s,ecret"));
        let own = read(&[
            (ENDPOINT, "https://a"),
            (METRICS_ENDPOINT, "http://b:4318/m"),
            (TEMPORALITY, "Cumulative"),
        ]);
        let own = own.unwrap().unwrap();
        assert_eq!((own.endpoint.as_str(), own.temporality), ("http://b:4318/m", Temporality::Cumulative));
    }

    #[test]
    fn a_mistake_switches_metrics_off_and_shows_no_key() {
        let said = |pairs: &[(&str, &str)]| read(pairs).unwrap_err();
        insta::assert_snapshot!(said(&[(ENDPOINT, "otel.contoso.com:4318")]), @"OTEL_EXPORTER_OTLP_ENDPOINT: is no web address; no metrics are sent");
        insta::assert_snapshot!(said(&[(ENDPOINT, "http://otel.contoso.com:4318"), (HEADERS, "api-key=s3cret")]), @"OTEL_EXPORTER_OTLP_HEADERS: would travel unprotected; no metrics are sent");
        insta::assert_snapshot!(said(&[(ENDPOINT, "https://otel.contoso.com"), (HEADERS, "s3cret")]), @"OTEL_EXPORTER_OTLP_HEADERS: part 1 is not `name=value`; no metrics are sent");
        let file = "OTEL_EXPORTER_OTLP_HEADERS_FILE";
        insta::assert_snapshot!(said(&[(ENDPOINT, "https://otel.contoso.com"), (file, "/nowhere/key")]), @"OTEL_EXPORTER_OTLP_HEADERS: the file `/nowhere/key` with the secret cannot be read: No such file or directory (os error 2); no metrics are sent");
        insta::assert_snapshot!(said(&[(ENDPOINT, "https://otel.contoso.com:4317"), (PROTOCOL, "grpc")]), @"OTEL_EXPORTER_OTLP_PROTOCOL: `grpc` is not spoken; no metrics are sent");
        insta::assert_snapshot!(said(&[(ENDPOINT, "https://otel.contoso.com"), (TEMPORALITY, "hourly")]), @"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: `hourly` is neither `delta` nor `cumulative`; no metrics are sent");
    }
}
