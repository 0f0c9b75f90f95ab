//! What people have in their hands when a program takes over the state of an earlier one: links in their mails, and entries
//! in their calendars.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::place::{Place, rows};

/// A link that an earlier program wrote into a mail: the text of that mail is in the state.
const WRITTEN_THEN: &str =
    "AQR0ZXN0tyHpozH2lMYOD98ogoslU230P4gAAAAFayuwuLb3auCc2iOn5h10tr7U7TYvBGYchiRqbj26rH0BJnue";

/// 1 January 2027.
const ENDS: u32 = 1_798_761_600;

/// The token of a message, as each version signed it: without a purpose, with one, and with the beginning of its id.
fn token(version: u8, message: &Value) -> String {
    let text = |name: &str| message[name].as_str().unwrap();
    let recipient = Sha256::digest(text("recipient").to_lowercase().as_bytes());
    let sequence = u32::try_from(message["sequence"].as_u64().unwrap()).unwrap();
    let mut bytes = vec![version];
    if version > 1 {
        bytes.push(if text("kind") == "drill" { 3 } else { 1 });
    }
    bytes.push(4);
    bytes.extend(b"test");
    bytes.extend(&recipient[..20]);
    bytes.extend(sequence.to_be_bytes());
    if version == 3 {
        bytes.extend(u64::from_str_radix(&text("id")[..16], 16).unwrap().to_be_bytes());
    }
    bytes.extend(ENDS.to_be_bytes());
    let prefix: &[u8] = match version {
        1 => b"maintenance-notifier action link 1\0",
        _ => b"maintenance-notifier action link 2\0",
    };
    let mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap().chain_update(prefix).chain_update(&bytes);
    bytes.extend(mac.finalize().into_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The program as the Functions host begins it.
struct Pages {
    handler: Child,
    address: String,
    client: reqwest::Client,
}

impl Pages {
    async fn begin(place: &Place) -> Self {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut command: Command = place.command(&["handler"]);
        command.env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string());
        let handler = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Another test of this process may have done so.
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut pages = Self { handler, address: format!("http://127.0.0.1:{port}"), client };
        while pages.client.get(&pages.address).send().await.is_err() {
            assert_eq!(pages.handler.try_wait().unwrap(), None, "it ended");
            tokio::task::yield_now().await;
        }
        pages
    }

    async fn opens(&self, token: &str) -> u16 {
        let page = self.client.get(format!("{}/a?t={token}", self.address));
        page.header("host", "maintenance.contoso.com").send().await.unwrap().status().as_u16()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.handler.kill();
        let _ = self.handler.wait();
    }
}

#[tokio::test]
async fn links_of_before_open() {
    let place = Place::new();
    let pages = Pages::begin(&place).await;
    assert_eq!(pages.opens(WRITTEN_THEN).await, 200);
    assert_eq!(pages.opens(&WRITTEN_THEN.replace("AQR0", "AQR1")).await, 404);
    // Every message that was sent, by a link as one of the versions signed it.
    let mut opened: BTreeMap<String, usize> = BTreeMap::new();
    let sent = rows("recipient", "m|").into_iter().map(|row| &row["d"]);
    for (number, message) in sent.filter(|message| message["state"] == "frozen").enumerate() {
        let version = u8::try_from(number % 3 + 1).unwrap();
        let status = pages.opens(&token(version, message)).await;
        *opened.entry(format!("{} {status}", message["kind"].as_str().unwrap())).or_default() += 1;
    }
    let opened: Vec<String> = opened.iter().map(|(what, count)| format!("{what}: {count}")).collect();
    // What has no machines has no page, and what is long over says so.
    insta::assert_snapshot!(opened.join("\n"), @r"
    alert 200: 35
    alert 410: 1
    coverage 410: 1
    digest 200: 7
    digest 410: 5
    drill 200: 16
    drill 410: 1
    go-live 200: 1
    heartbeat 410: 3
    operator 410: 2
    summary 410: 4
    ");
}

/// The UID and the sequence of every calendar entry in a mail, in which both stand as they are.
fn entries(mail: &str) -> Vec<(&str, u64)> {
    let calendars =
        mail.split("BEGIN:VCALENDAR").skip(1).map(|rest| rest.split("END:VCALENDAR").next().unwrap());
    calendars
        .map(|calendar| (value(calendar, "UID:"), value(calendar, "SEQUENCE:").parse().unwrap()))
        .collect()
}

fn value<'calendar>(calendar: &'calendar str, name: &str) -> &'calendar str {
    calendar.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim_end()
}

#[test]
fn calendar_entries_of_before_are_continued_under_their_names() {
    let place = Place::new();
    place.run(&["replay", "--state", "state.json", "--at", "2026-12-21T09:00:00Z", "--out", "later"]);
    let mut before: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for row in rows("recipient", "m|") {
        for entry in row["d"]["calendar"].as_array().into_iter().flatten() {
            let sequence = entry["sequence"].as_u64().unwrap();
            before.entry(entry["uid"].as_str().unwrap()).or_default().insert(sequence);
        }
    }
    let mut continued = 0;
    for file in std::fs::read_dir(place.path("later")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        for (uid, sequence) in entries(&std::fs::read_to_string(&path).unwrap()) {
            let known = before.get(uid);
            let known = known.unwrap_or_else(|| panic!("{}: {uid} was {before:#?}", path.display()));
            // No calendar takes an entry that counts from the beginning again.
            assert!(
                known.contains(&sequence) || known.iter().all(|known| *known < sequence),
                "{uid} {sequence}"
            );
            continued += 1;
        }
    }
    assert!(continued > 6, "{continued}");
}
