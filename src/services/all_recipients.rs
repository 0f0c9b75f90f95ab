//! Everybody whom the notifier writes to.

use std::collections::BTreeSet;

use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::SubscriptionId;
use crate::store::StoreError;

use super::App;
use super::log_unreadable;

/// Everybody who may have to be notified.
pub async fn all_recipients(app: &App) -> Result<BTreeSet<RecipientName>, StoreError> {
    let repository = &app.repository;
    let summaries = repository.subscription_rows().await?;
    let subscriptions: Vec<SubscriptionId> =
        summaries.values().map(|summary| summary.subscription.clone()).collect();
    let windows = repository.windows_everywhere(&subscriptions).await?;
    log_unreadable("a window", &windows.unreadable);
    let mut names: BTreeSet<RecipientName> =
        windows.values().flat_map(|row| row.holders.iter().map(|holder| holder.recipient.clone())).collect();
    names.extend(repository.everyone_waiting().await?);
    names.extend(app.policy().fallback.iter().cloned());
    Ok(names)
}
