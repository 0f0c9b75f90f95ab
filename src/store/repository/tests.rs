use super::testing::repository;
use crate::domain::fixtures::utc;
use crate::domain::operator_alert::OperatorAlert;

fn operator_alert(scope: &str, reason: &str) -> OperatorAlert {
    OperatorAlert::Unseen { scope: scope.to_owned(), reason: reason.to_owned(), cause: Default::default() }
}

#[tokio::test]
async fn updates_of_many_at_once_are_all_kept() {
    let repository = repository();
    let subscription = "sub-1".parse().unwrap();
    let updates = (0..20).map(|number| {
        let (repository, subscription) = (&repository, &subscription);
        async move {
            repository
                .update_subscription(subscription, move |summary| {
                    summary.unowned.push(format!("vm-{number}"))
                })
                .await
        }
    });
    futures::future::try_join_all(updates).await.unwrap();
    let summary = repository.subscription_row(&subscription).await.unwrap().unwrap();
    assert_eq!(summary.value.unowned.len(), 20);
}

#[tokio::test]
async fn unreadable_rows_are_set_aside_and_newer_ones_never_overwritten() {
    let repository = repository();
    let (first, second) = (utc("2026-12-01T10:00:00Z"), utc("2026-12-02T10:00:00Z"));
    let operator_alerts =
        [operator_alert("a", "403"), operator_alert("b", "403"), operator_alert("c", "403")];
    repository.report(&operator_alerts, first).await.unwrap();
    let rows = repository.rows("troubles").await;
    repository.overwrite("troubles", &rows[0].key, r#"{"v":9,"form":"unknown"}"#).await;
    repository.overwrite("troubles", &rows[1].key, "torn").await;
    repository.report(&operator_alerts, second).await.unwrap();

    let loaded = repository.operator_alerts().await.unwrap();
    assert_eq!(loaded.unreadable.len(), 2);
    assert!(loaded.unreadable.iter().all(|error| error.is_unreadable_row()));
    assert_eq!(
        loaded.values().map(|row| (row.first_seen, row.last_seen)).collect::<Vec<_>>(),
        [(first, second)]
    );
    assert_eq!(repository.rows("troubles").await[0].value, r#"{"v":9,"form":"unknown"}"#);
}

#[tokio::test]
async fn an_operator_alert_is_the_same_whatever_its_wording_until_it_is_resolved() {
    let repository = repository();
    let (first, second) = (utc("2026-12-01T10:00:00Z"), utc("2026-12-02T10:00:00Z"));
    let new = repository.report(&[operator_alert("Sub-1", "HTTP 403")], first).await.unwrap();
    assert_eq!(new, [operator_alert("Sub-1", "HTTP 403")]);
    assert_eq!(repository.report(&[operator_alert("sub-1", "HTTP 404")], second).await.unwrap(), []);
    let loaded = repository.operator_alerts().await.unwrap();
    let row = &loaded.rows[0].value;
    assert_eq!(loaded.rows.len(), 1);
    assert_eq!((&row.operator_alert, row.first_seen), (&operator_alert("sub-1", "HTTP 404"), first));
    repository.resolve(&[row.operator_alert.key(), "unknown".to_owned()]).await.unwrap();
    assert!(repository.operator_alerts().await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn a_dead_endpoint_keeps_the_first_answer_until_it_is_revived() {
    let repository = repository();
    let jane = crate::domain::fixtures::recipient("jane").endpoints().remove(0);
    let now = utc("2026-12-01T10:00:00Z");
    let later = now + chrono::TimeDelta::hours(1);
    repository.mark_dead(&jane, None, "550 no such user", now).await.unwrap();
    repository.mark_dead(&jane, None, "551 moved", later).await.unwrap();
    let dead = repository.dead_endpoints().await.unwrap();
    assert_eq!(dead.iter().map(|dead| dead.error.as_str()).collect::<Vec<_>>(), ["550 no such user"]);
    assert_eq!((dead[0].since, dead[0].last_tried()), (now, later));
    repository.revive(&jane).await.unwrap();
    assert!(repository.dead_endpoints().await.unwrap().is_empty());
}
