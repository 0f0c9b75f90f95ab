//! The copies of windows that recipients hold.

use futures::stream::{StreamExt, TryStreamExt};
use futures::{FutureExt, stream};

use super::super::access::{ATTEMPTS, Repository};
use super::super::batch;
use super::super::loaded::log_unreadable;
use super::super::recipient_keys::{copy_key, partition};
use super::super::writes::exactly;
use crate::domain::assignment::Assignment;
use crate::domain::recipient_name::RecipientName;
use crate::store::codec::Versioned;
use crate::store::{PartitionKey, StoreError, Write, retry_on_conflict};

/// How many rows are read at the same time.
const CONCURRENT_READS: usize = 8;

impl Versioned for Assignment {}

impl Repository {
    /// Gives a recipient these copies. Doing it twice is the same as doing it once.
    ///
    /// A copy with newer facts is kept: two looks at one subscription can spread at the same time, and the slower
    /// one must not take back what the faster one has reported. Copies stay when a newer program wrote them.
    pub async fn put_assignments(
        &self,
        recipient: &RecipientName,
        assignments: &[Assignment],
    ) -> Result<(), StoreError> {
        let partition = partition(recipient)?;
        retry_on_conflict!(ATTEMPTS, {
            // Boxed one by one: callers have to be Send, which the compiler cannot see through a lazy closure.
            let reads: Vec<_> = assignments
                .iter()
                .map(|assignment| self.assignment_write(&partition, assignment).boxed())
                .collect();
            let writes: Vec<Option<Write>> =
                stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await?;
            let writes = writes.into_iter().flatten().collect();
            batch::write_all(&*self.store, &partition, writes).await?;
            Ok(())
        })
    }

    /// What is to write so that the recipient holds `assignment`; nothing when they hold it, or a newer one.
    async fn assignment_write(
        &self,
        partition: &PartitionKey,
        assignment: &Assignment,
    ) -> Result<Option<Write>, StoreError> {
        let row = copy_key(&assignment.window.id)?;
        let Some(found) = self.store.get(partition, &row).await? else {
            return exactly(row, assignment, None).map(Some);
        };
        let etag = found.etag.clone();
        match self.stored::<Assignment>(partition, found) {
            Ok(held) if held.value == *assignment => Ok(None),
            Ok(held) if held.value.window.changed > assignment.window.changed => Ok(None),
            Err(error @ StoreError::Newer { .. }) => {
                log_unreadable(&[error]);
                Ok(None)
            }
            // A copy that cannot be read is made anew from the window.
            Ok(_) | Err(StoreError::Corrupt { .. }) => exactly(row, assignment, Some(etag)).map(Some),
            Err(error) => Err(error),
        }
    }
}
