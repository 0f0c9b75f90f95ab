//! How long the work at hand may wait for other services: a page answers within seconds, a timer has minutes.
//!
//! Whoever begins a piece of work says so once, around all of it; whoever sends a request asks.

use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static UNTIL: Instant;
}

/// Does `work`, in which nothing is waited for longer than `allowed` in all. Of two, one within the other, the sooner
/// end counts.
pub async fn within<W: Future>(allowed: Duration, work: W) -> W::Output {
    let until = Instant::now() + allowed;
    let until = UNTIL.try_with(|outer| until.min(*outer)).unwrap_or(until);
    UNTIL.scope(until, work).await
}

/// A part of the work at hand that is done on a task of its own, which would else not know how long it may wait.
pub fn shared<W: Future>(part: W) -> impl Future<Output = W::Output> {
    let allowed = remaining();
    async move {
        match allowed {
            Some(allowed) => within(allowed, part).await,
            None => part.await,
        }
    }
}

/// How long the work at hand may still wait; nothing where nobody said so.
pub fn remaining() -> Option<Duration> {
    UNTIL.try_with(|until| until.saturating_duration_since(Instant::now())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_sooner_of_two_ends_counts_and_nothing_outlives_its_work() {
        let seconds = Duration::from_secs;
        assert_eq!(remaining(), None);
        within(seconds(60), async {
            assert_eq!(remaining(), Some(seconds(60)));
            within(seconds(9), async { assert_eq!(remaining(), Some(seconds(9))) }).await;
            within(seconds(90), async { assert_eq!(remaining(), Some(seconds(60))) }).await;
            let part = tokio::spawn(shared(async { remaining() }));
            assert_eq!(part.await.unwrap(), Some(seconds(60)));
            tokio::time::advance(seconds(61)).await;
            assert_eq!(remaining(), Some(Duration::ZERO));
        })
        .await;
        assert_eq!(remaining(), None);
    }
}
