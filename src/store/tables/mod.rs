//! The store in Azure Tables, where all processes of a deployment share it.
//!
//! - One table, `PREFIXstate`, made with the first write. Partitions and rows are Azure's own.
//! - Preconditions are `If-Match`, several writes are an entity group transaction.
//! - Requests are sent again while Azure is busy or an answer is lost, ever later, as long as the work that they belong
//!   to has time: seconds for a page, minutes for a timer (see [`time_budget`](crate::http::time_budget)). A write that
//!   was carried out the first time is recognized by its mark, and a deletion by its row being gone (see `doubt`). When
//!   even that leaves doubt, [`StoreError::Unavailable`](super::StoreError::Unavailable) says so: a write may or may
//!   not have happened.
//! - In a batch, a deletion without an ETag is left out when its row is missing. Azure would refuse the batch. Such a
//!   row is deleted as of the moment before the batch; one that appears in between stays.
//!
//! Documented at <https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api>.

mod account;
mod address;
mod answer;
mod batch;
mod client;
mod doubt;
mod entity;
mod read;
mod retry_policy;
mod rows;
#[cfg(test)]
mod tests;
mod write;

pub use self::account::TablesAccount;
pub use self::retry_policy::RetryPolicy;
pub use self::rows::TablesStore;
