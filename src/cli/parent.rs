//! Whether the Functions host that started this process is still there.
//!
//! A host that is killed takes nothing with it: its handler would stay behind, listen on a port that the next host may
//! be given, hold leases and send. So the handler ends by itself, at once and as if it were killed too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};

/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(1);

/// How long the first question may take. A host asks every 25 milliseconds from the start of the process on.
const FIRST_QUESTION: Duration = Duration::from_secs(60);

/// What the process ends with: as after SIGHUP, and never 0, after which no host would start another.
pub(super) const GONE: i32 = 129;

/// Is done when the process that started this one is gone. Who that is, is read by the call itself and not when the
/// result is first polled.
#[cfg(unix)]
pub(super) fn parent_gone() -> impl Future<Output = ()> + Send + 'static {
    use std::os::unix::process::parent_id;
    changed(parent_id(), parent_id)
}

/// Only Unix hands orphans to another parent.
#[cfg(not(unix))]
pub(super) fn parent_gone() -> impl Future<Output = ()> + Send + 'static {
    std::future::pending()
}

/// Is done when `parent` is not `known` any more.
#[cfg_attr(not(unix), expect(dead_code, reason = "used on Unix"))]
async fn changed(known: u32, parent: impl Fn() -> u32 + Send) {
    while parent() == known {
        tokio::time::sleep(PAUSE).await;
    }
}

/// `router`, and what is done when nobody asks it anything for a minute: the host was gone before this process could
/// look who its parent is.
pub(super) fn unasked(router: Router) -> (Router, impl Future<Output = ()> + Send + 'static) {
    let asked = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&asked);
    let router = router.layer(from_fn(move |request: Request, next: Next| {
        note.store(true, Ordering::Relaxed);
        next.run(request)
    }));
    let unasked = async move {
        tokio::time::sleep(FIRST_QUESTION).await;
        if asked.load(Ordering::Relaxed) {
            std::future::pending().await
        }
    };
    (router, unasked)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use axum::body::Body;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn another_parent_is_noticed_and_the_same_one_is_not() {
        let parent = Arc::new(AtomicU32::new(7));
        let seen = Arc::clone(&parent);
        let mut gone = std::pin::pin!(changed(7, move || seen.load(Ordering::Relaxed)));
        tokio::time::timeout(Duration::from_secs(3_600), &mut gone).await.unwrap_err();
        parent.store(1, Ordering::Relaxed);
        gone.await;
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_never_asked_has_no_host() {
        let (_router, unasked) = unasked(Router::new());
        unasked.await;
    }

    #[tokio::test(start_paused = true)]
    async fn one_question_is_enough() {
        let (router, unasked) = unasked(Router::new());
        router.oneshot(Request::new(Body::empty())).await.unwrap();
        tokio::time::timeout(Duration::from_secs(3_600), unasked).await.unwrap_err();
    }

    #[test]
    fn the_host_starts_another_process_after_this_code() {
        assert!(GONE != 0 && u8::try_from(GONE).is_ok());
    }
}
