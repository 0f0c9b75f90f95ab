//! Azure's quotas, one bucket for each subscription, the tenant and Resource Graph, as far as answers tell of them.
//!
//! Documented at <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling> and
//! <https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests>.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;

use crate::azure::error::AzureError;
use crate::http::calls::Service;

/// Buckets with a wait that is over are dropped when there are more than this.
const CLEAN_ABOVE: usize = 1024;

/// No answer makes a bucket rest longer than this before we ask again.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// What a request is counted against. Microsoft Graph is asked by a client of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Bucket {
    Tenant,
    Subscription(String),
    Graph,
    Directory,
}

impl Bucket {
    pub(crate) fn of_path(path: &str) -> Self {
        let mut parts = path.trim_start_matches('/').split('/');
        match (parts.next(), parts.next()) {
            (Some(first), Some(id)) if first.eq_ignore_ascii_case("subscriptions") => {
                Self::Subscription(id.to_ascii_lowercase())
            }
            (Some(first), Some(namespace))
                if first.eq_ignore_ascii_case("providers")
                    && namespace.eq_ignore_ascii_case("Microsoft.ResourceGraph") =>
            {
                Self::Graph
            }
            (Some("v1.0"), _) => Self::Directory,
            _ => Self::Tenant,
        }
    }

    /// Who answers it.
    pub(super) fn service(&self) -> Service {
        match self {
            Self::Tenant | Self::Subscription(_) => Service::ResourceManager,
            Self::Graph => Service::ResourceGraph,
            Self::Directory => Service::MicrosoftGraph,
        }
    }
}

/// Until when each bucket has to rest.
#[derive(Debug, Default)]
pub(super) struct Buckets(Mutex<HashMap<Bucket, Instant>>);

impl Buckets {
    /// Waits until a request may be sent, and says how long that took.
    ///
    /// # Errors
    /// At once, when that would take longer than `longest`.
    pub(super) async fn wait(&self, bucket: &Bucket, longest: Duration) -> Result<Duration, AzureError> {
        let mut waited = Duration::ZERO;
        // Asked again after the sleep: another answer may have put the end off.
        while let Some(until) = self.resting_until(bucket) {
            let wait = until.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                break;
            }
            // A second for jitter and rounding: who waited for `longest` is not turned away by it.
            if wait > longest + Duration::from_secs(1) {
                return Err(AzureError::Throttled { retry_after: wait });
            }
            tokio::time::sleep_until(until).await;
            waited += wait;
        }
        Ok(waited)
    }

    /// Lets nobody ask for this long.
    pub(super) fn hold(&self, bucket: &Bucket, rest: Duration) {
        let until = Instant::now() + rest.min(LONGEST_REST);
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.len() > CLEAN_ABOVE {
            let now = Instant::now();
            resting.retain(|_, until| *until > now);
        }
        let end = resting.entry(bucket.clone()).or_insert(until);
        *end = until.max(*end);
    }

    /// Slows down when an answer says that little is left.
    pub(super) fn learn(&self, bucket: &Bucket, headers: &HeaderMap) {
        if let Some(rest) = rest_after(headers) {
            self.hold(bucket, rest);
        }
    }

    fn resting_until(&self, bucket: &Bucket) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).copied()
    }
}

/// The rest that an answer's quota headers advise.
fn rest_after(headers: &HeaderMap) -> Option<Duration> {
    let mut rest = None;
    let mut advise = |wait: Duration| rest = rest.max(Some(wait));
    for (name, value) in headers {
        let (name, Ok(value)) = (name.as_str(), value.to_str()) else {
            continue;
        };
        if name == "x-ms-user-quota-remaining" {
            if value.trim() == "0" {
                let resets = headers.get("x-ms-user-quota-resets-after");
                let resets = resets.and_then(|value| value.to_str().ok()).and_then(parse_span);
                advise(resets.unwrap_or(Duration::from_secs(5)));
            }
        } else if name == "x-ms-ratelimit-remaining-resource" {
            // `Microsoft.Compute/LowCostGet3Min;3998,Microsoft.Compute/LowCostGet30Min;31998`
            let remaining =
                value.split(',').filter_map(|policy| policy.rsplit(';').next()?.trim().parse::<u64>().ok());
            if remaining.min().is_some_and(|remaining| remaining < 25) {
                advise(Duration::from_secs(2));
            }
        } else if name.starts_with("x-ms-ratelimit-remaining-") {
            // Reads refill by 25 a second, writes by 10: a rest of 100 ms a request lets either bucket recover.
            match value.trim().parse::<u64>() {
                Ok(0) => advise(Duration::from_secs(1)),
                Ok(1..25) => advise(Duration::from_millis(100)),
                _ => {}
            }
        }
    }
    rest
}

/// `00:00:05`, perhaps with a fraction.
fn parse_span(text: &str) -> Option<Duration> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else {
        return None;
    };
    let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
    let seconds = seconds.parse::<f64>().ok().filter(|seconds| (0.0..3600.0).contains(seconds))?;
    let whole = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    Duration::from_secs(whole).checked_add(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        rest_after(&headers)
    }

    #[test]
    fn little_left_slows_down_and_plenty_does_not() {
        let reads = "x-ms-ratelimit-remaining-subscription-reads";
        assert_eq!(rest(&[(reads, "249")]), None);
        assert_eq!(rest(&[(reads, "11999")]), None);
        assert_eq!(rest(&[(reads, "24")]), Some(Duration::from_millis(100)));
        assert_eq!(rest(&[(reads, "0")]), Some(Duration::from_secs(1)));
        let resource = "x-ms-ratelimit-remaining-resource";
        let low = "Microsoft.Compute/LowCostGet3Min;12,Microsoft.Compute/LowCostGet30Min;31998";
        assert_eq!(rest(&[(resource, low), (reads, "24")]), Some(Duration::from_secs(2)));
        assert_eq!(rest(&[(resource, "Microsoft.Compute/LowCostGet3Min;3998")]), None);
    }

    #[test]
    fn resource_graph_says_when_it_may_be_asked_again() {
        let (remaining, resets) = ("x-ms-user-quota-remaining", "x-ms-user-quota-resets-after");
        assert_eq!(rest(&[(remaining, "14"), (resets, "00:00:05")]), None);
        assert_eq!(rest(&[(remaining, "0"), (resets, "00:00:03")]), Some(Duration::from_secs(3)));
        assert_eq!(rest(&[(remaining, "0"), (resets, "soon")]), Some(Duration::from_secs(5)));
        assert_eq!(parse_span("01:02:03.5"), Some(Duration::from_millis(3_723_500)));
    }

    #[test]
    fn a_path_tells_its_bucket() {
        assert_eq!(Bucket::of_path("/Subscriptions/ABC/x"), Bucket::Subscription("abc".to_owned()));
        assert_eq!(Bucket::of_path("/subscriptions"), Bucket::Tenant);
        assert_eq!(Bucket::of_path("/providers/Microsoft.ResourceGraph/resources"), Bucket::Graph);
        assert_eq!(Bucket::of_path("/providers/Microsoft.Management/x"), Bucket::Tenant);
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_at_rest_makes_others_wait_or_turns_them_away() {
        let buckets = Buckets::default();
        let start = Instant::now();
        buckets.hold(&Bucket::Graph, Duration::from_secs(5));
        buckets.hold(&Bucket::Graph, Duration::from_secs(2));
        buckets.wait(&Bucket::Tenant, Duration::from_secs(60)).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        buckets.wait(&Bucket::Graph, Duration::from_secs(60)).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(5));
        buckets.hold(&Bucket::Graph, Duration::from_secs(1200));
        let error = buckets.wait(&Bucket::Graph, Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(error.to_string(), "Azure asks us to wait 1200 s before the next request");
        buckets.hold(&Bucket::Graph, Duration::MAX);
        tokio::time::advance(LONGEST_REST).await;
        buckets.wait(&Bucket::Graph, Duration::ZERO).await.unwrap();
    }
}
