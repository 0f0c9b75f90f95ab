//! When a request is sent again, and how long we wait before.

use std::time::Duration;

use super::options::ArmOptions;
use crate::azure::error::AzureError;

/// The wait that a 429 without `Retry-After` is passed on with.
const UNSAID_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The wait before the next attempt; `None` when another one cannot help.
pub(super) fn delay(failure: &AzureError, attempt: u32, options: &ArmOptions) -> Option<Duration> {
    let asked_for = match failure {
        AzureError::Refused(error) if error.status == 429 || error.status == 503 => error.retry_after,
        _ if !is_worth_repeating(failure) => return None,
        _ => None,
    };
    let random = (options.jitter)().clamp(0.0, 1.0);
    match asked_for {
        Some(wait) if wait > options.longest_retry_after => None,
        // Never earlier than asked, and a little later, so that those who were turned away together return apart.
        Some(wait) => Some(wait + options.first_delay.mul_f64(random)),
        None => {
            let doubled = options.first_delay.saturating_mul(1 << attempt.saturating_sub(1).min(16));
            Some(doubled.min(options.longest_delay).mul_f64(0.5 + random / 2.0))
        }
    }
}

fn is_worth_repeating(failure: &AzureError) -> bool {
    match failure {
        AzureError::Refused(error) => matches!(error.status, 408 | 429) || error.status >= 500,
        AzureError::Unreachable { .. } => true,
        _ => false,
    }
}

/// The error that the caller sees: a 429 that outlasted our patience is [`AzureError::Throttled`].
pub(super) fn final_error(failure: AzureError) -> AzureError {
    match &failure {
        AzureError::Refused(error) if error.status == 429 => {
            AzureError::Throttled { retry_after: error.retry_after.unwrap_or(UNSAID_RETRY_AFTER) }
        }
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::azure::ArmError;

    fn refused(status: u16, retry_after: Option<u64>) -> AzureError {
        ArmError { status, retry_after: retry_after.map(Duration::from_secs), ..ArmError::default() }.into()
    }

    fn options(random: f64) -> ArmOptions {
        ArmOptions { jitter: Arc::new(move || random), ..ArmOptions::default() }
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        let wait = |attempt| delay(&refused(500, None), attempt, &options(1.0)).unwrap().as_millis();
        assert_eq!([1, 2, 3, 4, 10, 60].map(wait), [500, 1000, 2000, 4000, 20_000, 20_000]);
        assert_eq!(delay(&refused(500, None), 1, &options(0.0)), Some(Duration::from_millis(250)));
    }

    #[test]
    fn azures_own_wait_is_never_shortened() {
        assert_eq!(delay(&refused(429, Some(7)), 1, &options(0.0)), Some(Duration::from_secs(7)));
        assert_eq!(delay(&refused(503, Some(7)), 1, &options(1.0)), Some(Duration::from_millis(7500)));
        assert_eq!(delay(&refused(429, Some(1200)), 1, &options(0.0)), None);
    }

    #[test]
    fn what_cannot_change_is_not_repeated() {
        for status in [400, 401, 403, 404, 409, 422] {
            assert_eq!(delay(&refused(status, None), 1, &options(0.0)), None, "{status}");
        }
    }
}
