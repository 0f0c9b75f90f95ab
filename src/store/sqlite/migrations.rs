//! Opening the file and bringing its tables forward.
//!
//! `user_version` counts the migrations that a file has had. They only go forward, each in one transaction, so a
//! program that is killed in between leaves a file that the next one can go on with.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::connections::{BUSY_TIMEOUT, retry_busy};
use super::failure::Failure;
use crate::private_file;
use crate::store::StoreError;

/// Tells our files from other programs' (`PRAGMA application_id`): "MNTN" in ASCII.
const APPLICATION: i64 = 0x4d4e_544e;

/// Migration `n` takes a file from version `n` to `n + 1`. Never change one that was released; add another.
const MIGRATIONS: &[&str] = &[
    // Strict, so that a text can be nothing but a text. Without a row id, so that the rows of a partition lie
    // side by side and a range is read in one go.
    "CREATE TABLE rows (
        partition TEXT NOT NULL,
        row TEXT NOT NULL,
        etag INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (partition, row)
    ) STRICT, WITHOUT ROWID",
];

/// Opens the file, or makes it with its folder.
pub(super) fn open_file(path: &Path) -> Result<Connection, StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|cause| StoreError::Unusable {
            path: path.to_owned(),
            reason: format!("the folder {} cannot be made ({cause}); name another path", folder.display()),
        })?;
    }
    // SQLite would make a file that everybody may read; its journals have the permissions of the file. Where it is there
    // already, or cannot be made, SQLite says what is wrong.
    let _ = private_file::create_new(path);
    retry_busy(|| {
        let mut connection = Connection::open(path)?;
        prepare(&mut connection, path)?;
        Ok(connection)
    })
    .map_err(|failure| explain(failure, path))
}

/// Makes a store in memory.
pub(super) fn open_memory() -> Result<Connection, StoreError> {
    let path = Path::new(":memory:");
    let open = || {
        let mut connection = Connection::open_in_memory()?;
        prepare(&mut connection, path)?;
        Ok(connection)
    };
    open().map_err(|failure| explain(failure, path))
}

fn prepare(connection: &mut Connection, path: &Path) -> Result<(), Failure> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Rows of one to two KB are usual, and a page of 4 KiB would keep only a quarter of a page of each in place.
    connection.pragma_update(None, "page_size", 8192)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    check(connection, path)?;
    // Answers the mode it got: a file system without shared memory keeps the old mode, which is slower but as safe.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    migrate(connection, path, MIGRATIONS)
}

/// Refuses a file of another program before anything is written.
fn check(connection: &mut Connection, path: &Path) -> Result<(), Failure> {
    // In one transaction: another process may be making the tables of a new file right now.
    let transaction = connection.transaction()?;
    let application: i64 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if application != APPLICATION && (application != 0 || tables > 0) {
        let reason = "this database belongs to another program; name another path".to_owned();
        return Err(StoreError::Unusable { path: path.to_owned(), reason }.into());
    }
    Ok(())
}

fn migrate(connection: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), Failure> {
    loop {
        let version = user_version(connection)?;
        if version > migrations.len() {
            let reason = format!(
                "this state has version {version}, and this program knows versions up to {}; run the newer program, \
                 or name another path",
                migrations.len()
            );
            return Err(StoreError::Unusable { path: path.to_owned(), reason }.into());
        }
        let Some(migration) = migrations.get(version) else {
            return Ok(());
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        if user_version(&transaction)? == version {
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(
                None,
                "user_version",
                i64::try_from(version + 1).unwrap_or(i64::MAX),
            )?;
            transaction.commit()?;
        }
    }
}

fn user_version(connection: &Connection) -> Result<usize, rusqlite::Error> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

fn explain(failure: Failure, path: &Path) -> StoreError {
    let error = match failure {
        Failure::Store(error) => return error,
        Failure::Sqlite(error) => error,
    };
    let reason = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "this file is no SQLite database; name another path".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => "this database is damaged; restore it from a backup".to_owned(),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            format!(
                "this file cannot be opened for writing ({error}); name another path, or allow writing here"
            )
        }
        _ => {
            return StoreError::Unavailable { store: path.display().to_string(), cause: Box::new(error) };
        }
    };
    StoreError::Unusable { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message_of(path: &Path, outcome: Result<Connection, StoreError>) -> String {
        let message = outcome.unwrap_err().to_string();
        message.replace(path.parent().unwrap().to_str().unwrap(), "")
    }

    #[test]
    fn makes_missing_folders_and_opens_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/state.db");
        for _ in 0..2 {
            let connection = open_file(&path).unwrap();
            assert_eq!(user_version(&connection).unwrap(), MIGRATIONS.len());
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            assert_eq!(mode, "wal");
            let synchronous: i64 =
                connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
            assert_eq!(synchronous, 2);
        }
    }

    #[test]
    fn is_made_by_several_at_the_same_time() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("new/state.db");
            std::thread::scope(|scope| {
                let openers: Vec<_> = (0..4).map(|_| scope.spawn(|| open_file(&path))).collect();
                for opener in openers {
                    opener.join().unwrap().unwrap();
                }
            });
        }
    }

    #[test]
    fn refuses_state_of_a_newer_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        open_file(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        insta::assert_snapshot!(message_of(&path, open_file(&path)), @"/state.db: this state has version 99, and this program knows versions up to 1; run the newer program, or name another path");
    }

    #[test]
    fn refuses_files_of_others_and_leaves_them_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.db");
        let other = Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE theirs (x)").unwrap();
        drop(other);
        let before = std::fs::read(&path).unwrap();
        insta::assert_snapshot!(message_of(&path, open_file(&path)), @"/other.db: this database belongs to another program; name another path");
        assert_eq!(std::fs::read(&path).unwrap(), before);

        let path = folder.path().join("letter.txt");
        std::fs::write(&path, "Dear reader, this is not a database at all.\n".repeat(50)).unwrap();
        insta::assert_snapshot!(message_of(&path, open_file(&path)), @"/letter.txt: this file is no SQLite database; name another path");
        insta::assert_snapshot!(message_of(&path, open_file(&path.join("state.db"))), @"/letter.txt/state.db: the folder /letter.txt cannot be made (File exists (os error 17)); name another path");
    }

    #[test]
    fn goes_forward_step_by_step_and_keeps_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let mut connection = open_file(&path).unwrap();
        connection.execute("INSERT INTO rows VALUES ('p', 'r', 1, 'kept')", []).unwrap();
        let with_two_more =
            [MIGRATIONS[0], "ALTER TABLE rows ADD COLUMN more TEXT", "UPDATE rows SET more = 'new'"];
        migrate(&mut connection, &path, &with_two_more).unwrap();
        let row: String =
            connection.query_row("SELECT value || ' ' || more FROM rows", [], |row| row.get(0)).unwrap();
        assert_eq!(row, "kept new");
        assert!(migrate(&mut connection, &path, MIGRATIONS).is_err());
    }

    #[test]
    fn takes_back_a_migration_that_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let mut connection = open_file(&path).unwrap();
        let broken = [MIGRATIONS[0], "ALTER TABLE rows ADD COLUMN more TEXT; SELECT nothing FROM nowhere"];
        assert!(migrate(&mut connection, &path, &broken).is_err());
        assert_eq!(user_version(&connection).unwrap(), 1);
        assert!(connection.prepare("SELECT more FROM rows").is_err());
    }
}
