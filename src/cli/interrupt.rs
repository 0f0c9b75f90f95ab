//! Being asked to stop.

/// Is done when the process is asked to stop. It listens for that from the call on, not from the first time that the
/// result is polled: whoever is asked to stop a moment after it began says so too.
#[cfg(unix)]
pub(super) fn interrupted() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    async move {
        match signals {
            [Ok(mut terminate), Ok(mut interrupt)] => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            // Without a handler the default action ends the process, which is safe at any moment.
            _ => std::future::pending().await,
        }
    }
}

/// Is done when the process is asked to stop.
#[cfg(not(unix))]
pub(super) async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}
