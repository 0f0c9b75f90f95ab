//! Trying again after a conflict.

use super::error::StoreError;

/// An error that may be no more than a conflict with another writer.
pub trait MaybeConflict {
    /// Whether somebody else wrote at the same time, so that trying again is all it takes.
    fn is_conflict(&self) -> bool;
}

impl MaybeConflict for StoreError {
    fn is_conflict(&self) -> bool {
        Self::is_conflict(self)
    }
}

/// How often a service tries again: somebody else wrote each time.
pub const TRIES: usize = 5;

/// Runs an attempt until it ends in anything but a conflict, `tries` times at most, and gives its last result. Each
/// attempt has to read anew and decide anew.
///
/// `return` and `?` in it end the attempt. A macro and no function, because the compiler cannot see yet that the future
/// of an async closure that borrows is `Send`.
macro_rules! retry_on_conflict {
    ($tries:expr, $attempt:block) => {{
        let mut tries = 1;
        loop {
            match async { $attempt }.await {
                Err(error) if tries < $tries && $crate::store::MaybeConflict::is_conflict(&error) => {
                    tries += 1
                }
                done => break done,
            }
        }
    }};
}
pub(crate) use retry_on_conflict;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{PartitionKey, RowKey};

    fn conflict() -> StoreError {
        let (partition, row) = (PartitionKey::new("p").unwrap(), RowKey::new("r").unwrap());
        StoreError::Conflict { partition, row }
    }

    #[tokio::test]
    async fn conflicts_are_tried_again_as_often_as_allowed_and_other_errors_never() {
        let mut attempts = 0;
        let third: Result<usize, StoreError> = retry_on_conflict!(5, {
            attempts += 1;
            if attempts < 3 { Err(conflict()) } else { Ok(attempts) }
        });
        assert_eq!(third.unwrap(), 3);

        let mut attempts = 0;
        let never: Result<(), StoreError> = retry_on_conflict!(5, {
            attempts += 1;
            Err(conflict())
        });
        assert!(never.unwrap_err().is_conflict());
        assert_eq!(attempts, 5);

        let mut attempts = 0;
        let refused: Result<(), StoreError> = retry_on_conflict!(5, {
            attempts += 1;
            Err(StoreError::Refused("x".to_owned()))
        });
        assert!(!refused.unwrap_err().is_conflict());
        assert_eq!(attempts, 1);
    }
}
