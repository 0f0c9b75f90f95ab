//! Anchors the end of the audit trail where whoever may write to the store cannot reach: in the log, and in a container
//! to which blobs can only be added.

use chrono::TimeDelta;

use super::{App, ServiceError};
use crate::domain::action::audit::anchor_name;
use crate::domain::operator_alert::OperatorAlert;

/// How long the container may refuse before operators are notified.
const REPORT_AFTER: TimeDelta = TimeDelta::hours(1);

/// Anchors the end of the trail if it moved. Two reads when it did not. A container that refuses is tried again with
/// the next run, and is no error.
pub async fn anchor_trail(app: &App) -> Result<(), ServiceError> {
    let head = app.repository.audit_head().await?;
    let (old, etag) = app.repository.anchor().await?;
    let mut row = old.clone();
    if row.logged != head {
        // Whoever keeps the log can show later what the trail was.
        tracing::info!(sequence = head.sequence, hash = head.hash, "the audit trail has a new end");
        row.logged = head.clone();
    }
    if let Some(container) = &app.audit_container
        && row.anchored != head
    {
        let now = app.clock.now();
        let text = serde_json::json!({ "sequence": head.sequence, "hash": head.hash }).to_string();
        match container.add(&anchor_name(&head), &text).await {
            Ok(()) => {
                row.anchored = head;
                if row.failing_since.take().is_some() {
                    app.repository
                        .resolve(&[OperatorAlert::Unanchored { error: String::new() }.key()])
                        .await?;
                }
            }
            Err(error) => {
                tracing::warn!(%error, hint = error.hint(), "the end of the audit trail could not be anchored");
                let since = *row.failing_since.get_or_insert(now);
                if now - since >= REPORT_AFTER {
                    app.report(&[OperatorAlert::Unanchored { error: error.to_string() }], now).await?;
                }
            }
        }
    }
    if row != old {
        app.repository.put_anchor(&row, etag).await?;
    }
    Ok(())
}
