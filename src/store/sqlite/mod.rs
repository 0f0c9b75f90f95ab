//! The store in one SQLite file that several processes may share.
//!
//! - WAL, so that readers never wait for the writer.
//! - `synchronous=FULL`: every commit is on the disk before it is answered. With `NORMAL` a loss of power could
//!   take back a claim whose mail has already gone out, and the mail would be sent again.
//! - Batches that wait at the same time share one commit, each with its own preconditions.
//! - Writes begin with `BEGIN IMMEDIATE`: preconditions are checked under the lock under which they are written.
//! - Keys are compared byte by byte (SQLite's `BINARY`), which is their order.
//!
//! The file must be on a local disk: SQLite's locks do not hold on network shares.

mod apply;
mod connections;
mod failure;
mod migrations;
mod rows;
mod writer;

pub use self::rows::SqliteStore;
