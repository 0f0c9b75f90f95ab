//! Finding the partitions that there are.

use maintenance_notifier::store::{PartitionKey, Store};

use super::{Fixture, delete, insert, partition};

/// Every partition, one after the other.
async fn all(store: &dyn Store) -> Vec<PartitionKey> {
    let mut found: Vec<PartitionKey> = Vec::new();
    while let Some(next) = store.next_partition(found.last()).await.unwrap() {
        found.push(next);
    }
    found
}

pub(super) async fn meets_every_partition_once_and_in_order(fixture: Fixture) {
    assert_eq!(all(fixture.other()).await, []);
    for name in ["windows", "a", "due", "recipient", "Z", "ä", "o|x"] {
        let rows = (0..3).map(|row| insert(&row.to_string(), name)).collect();
        fixture.one().write(&partition(name), rows).await.unwrap();
    }
    let mut expected = ["windows", "a", "due", "recipient", "Z", "ä", "o|x"].map(partition).to_vec();
    expected.sort();
    assert_eq!(all(fixture.other()).await, expected);
    let between = PartitionKey::new("dud").unwrap();
    assert_eq!(fixture.other().next_partition(Some(&between)).await.unwrap(), Some(partition("due")));
}

pub(super) async fn forgets_partitions_without_rows(fixture: Fixture) {
    let (one, other) = (partition("one"), partition("other"));
    for partition in [&one, &other] {
        fixture.one().write(partition, vec![insert("r", "1")]).await.unwrap();
    }
    fixture.one().write(&one, vec![delete("r")]).await.unwrap();
    assert_eq!(all(fixture.other()).await, [other]);
}
