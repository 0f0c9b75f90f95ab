//! The emulator of Azure Storage, for as long as it is held.

use std::path::Path;
use std::process::Stdio;

use maintenance_notifier::azure::storage::AccountKey;
use maintenance_notifier::clock::{Clock, SystemClock};
use maintenance_notifier::http::client::{ClientOptions, client};
use maintenance_notifier::http::date::http_date;
use maintenance_notifier::store::tables::RetryPolicy;
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
    blobs: u16,
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
        let (mut blobs, mut tables) = (None, None);
        while blobs.is_none() || tables.is_none() {
            let line = lines.next_line().await.unwrap();
            let line = line.expect("Azurite listens; `make tools` installs it");
            let port = || Some(line.rsplit_once(':').unwrap().1.parse().unwrap());
            if line.starts_with("Azurite Blob service is successfully listening at ") {
                blobs = port();
            } else if line.starts_with("Azurite Table service is successfully listening at ") {
                tables = port();
            }
        }
        // What it says later is taken, too, or it would wait for ever with a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { tables: tables.unwrap(), blobs: blobs.unwrap(), _child: child, _folder: folder }
    }

    /// The port of its tables.
    pub(crate) fn tables_port(&self) -> u16 {
        self.tables
    }

    /// As `AzureWebJobsStorage` has it.
    pub(crate) fn connection_string(&self) -> String {
        let tables = connection_string(self.tables);
        format!("{tables};BlobEndpoint=http://127.0.0.1:{}/devstoreaccount1", self.blobs)
    }

    /// The address of a blob.
    pub(crate) fn blob(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/devstoreaccount1/{path}", self.blobs)
    }

    /// Makes a container.
    pub(crate) async fn make_container(&self, name: &str) {
        let address = format!("{}?restype=container", self.blob(name));
        self.ask("PUT", 201, &address, "", "restype:container", None).await;
    }

    /// Writes a blob.
    pub(crate) async fn put_blob(&self, path: &str, text: &str) {
        self.ask("PUT", 201, &self.blob(path), "x-ms-blob-type:BlockBlob\n", "", Some(text)).await;
    }

    /// Takes a blob away.
    pub(crate) async fn delete_blob(&self, path: &str) {
        self.ask("DELETE", 202, &self.blob(path), "", "", None).await;
    }

    /// The names of all its tables.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let key = AccountKey::from_connection_string(&self.connection_string().into()).unwrap();
        let date = http_date(SystemClock.now());
        let signature = key.sign(&format!("{date}\n/{ACCOUNT_NAME}/{ACCOUNT_NAME}/Tables"));
        let response = client(&ClientOptions { use_proxy: false, ..ClientOptions::default() })
            .unwrap()
            .get(format!("http://127.0.0.1:{}/{ACCOUNT_NAME}/Tables", self.tables))
            .header("Authorization", format!("SharedKeyLite {ACCOUNT_NAME}:{signature}"))
            .header("x-ms-date", &date)
            .header("x-ms-version", "2020-10-02")
            .header("accept", "application/json;odata=nometadata")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        let list: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        let names = list["value"].as_array().unwrap().iter();
        names.map(|table| table["TableName"].as_str().unwrap().to_owned()).collect()
    }

    async fn ask(
        &self,
        method: &str,
        expected: u16,
        address: &str,
        more: &str,
        query: &str,
        body: Option<&str>,
    ) {
        let key = AccountKey::from_connection_string(&self.connection_string().into()).unwrap();
        let date = http_date(SystemClock.now());
        let headers = format!("{more}x-ms-date:{date}\nx-ms-version:2020-10-02");
        let url: url::Url = address.parse().unwrap();
        let resource = format!("/{}{}", key.account(), url.path());
        let resource = if query.is_empty() { resource } else { format!("{resource}\n{query}") };
        let length =
            body.filter(|body| !body.is_empty()).map_or(String::new(), |body| body.len().to_string());
        let text = format!("{method}\n\n\n{length}\n\n\n\n\n\n\n\n\n{headers}\n{resource}");
        let mut request = client(&ClientOptions { use_proxy: false, ..ClientOptions::default() })
            .unwrap()
            .request(method.parse().unwrap(), url)
            .header("Authorization", format!("SharedKey {}:{}", key.account(), key.sign(&text)))
            .body(body.unwrap_or_default().to_owned());
        for header in headers.lines() {
            let (name, value) = header.split_once(':').unwrap();
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{}", response.text().await.unwrap());
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
    open_with(connection_string, prefix, RetryPolicy::default())
}

/// The same with another patience.
pub(crate) fn open_with(connection_string: &str, prefix: &str, retries: RetryPolicy) -> SharedStore {
    let account = TablesAccount::from_connection_string(&connection_string.into()).unwrap();
    std::sync::Arc::new(TablesStore::with_retries(account, prefix, retries).unwrap())
}
