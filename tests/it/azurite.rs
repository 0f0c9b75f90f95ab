//! The emulator of Azure Storage, for as long as it is held.

use std::path::Path;
use std::process::Stdio;

use maintenance_notifier::store::tables::Retries;
use maintenance_notifier::store::{SharedStore, TablesStore, tables::TablesAccount};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The emulator's account, which is the same everywhere.
pub(crate) const ACCOUNT_NAME: &str = "devstoreaccount1";

/// Its key, which is no secret.
pub(crate) const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Azurite, with nothing in it. It ends when this is dropped, or with the process.
pub(crate) struct Azurite {
    tables: u16,
    _child: Child,
    _folder: tempfile::TempDir,
}

impl Azurite {
    pub(crate) async fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/azurite.js");
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new("node")
            .arg(&script)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node can be started; `make tools` installs it");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap();
            let line = line.expect("Azurite listens; `make tools` installs it");
            if let Some(address) = line.strip_prefix("Azurite Table service is successfully listening at ") {
                break address.rsplit_once(':').unwrap().1.parse().unwrap();
            }
        };
        // What it says later is taken, too, or it would wait for ever with a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { tables: port, _child: child, _folder: folder }
    }

    /// The port of its tables.
    pub(crate) fn tables_port(&self) -> u16 {
        self.tables
    }

    /// As `AzureWebJobsStorage` has it.
    pub(crate) fn connection_string(&self) -> String {
        connection_string(self.tables)
    }
}

/// The connection string of an emulator whose tables are at this port.
pub(crate) fn connection_string(port: u16) -> String {
    format!(
        "AccountName={ACCOUNT_NAME};AccountKey={ACCOUNT_KEY};TableEndpoint=http://127.0.0.1:{port}/{ACCOUNT_NAME}"
    )
}

/// A store of its own for each prefix.
pub(crate) fn open(connection_string: &str, prefix: &str) -> SharedStore {
    open_with(connection_string, prefix, Retries::default())
}

/// The same with another patience.
pub(crate) fn open_with(connection_string: &str, prefix: &str, retries: Retries) -> SharedStore {
    let account = TablesAccount::from_connection_string(&connection_string.into()).unwrap();
    std::sync::Arc::new(TablesStore::with_retries(account, prefix, retries).unwrap())
}
