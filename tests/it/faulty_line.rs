//! A line to the emulator of Azure Storage on which everything happens that happens in front of the real one: it is busy,
//! fails before or after it has done what was asked, hangs, hangs up, refuses without cause, loses answers, and ends its
//! pages early.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maintenance_notifier::store::SharedStore;
use maintenance_notifier::store::tables::RetryPolicy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::azurite::{self, Azurite};
use crate::simulation::random::Random;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Not done: 503.
    Busy,
    /// Not done: 500.
    Fails,
    /// Done: 500.
    FailsAfter,
    /// Not done: the line is closed.
    HangsUp,
    /// Done: the line is closed.
    LosesAnswer,
    /// Not done, and nothing is ever said.
    Hangs,
    /// Not done: a precondition is said not to hold.
    RefusesWithoutCause,
}

const FAULTS: [Fault; 7] = [
    Fault::Busy,
    Fault::Fails,
    Fault::FailsAfter,
    Fault::HangsUp,
    Fault::LosesAnswer,
    Fault::Hangs,
    Fault::RefusesWithoutCause,
];

/// The line.
pub(crate) struct FaultyLine {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: u16,
    percent: AtomicU32,
    is_away: AtomicBool,
    random: Mutex<Random>,
    happened: Mutex<BTreeMap<Fault, usize>>,
}

impl FaultyLine {
    /// A line on which so many of a hundred requests meet a fault.
    pub(crate) async fn to(azurite: &Azurite, percent: u32, seed: u64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            target: azurite.tables_port(),
            percent: AtomicU32::new(percent),
            is_away: AtomicBool::new(false),
            random: Mutex::new(Random::new(seed)),
            happened: Mutex::default(),
        });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let shared = serving.clone();
                tokio::spawn(async move { shared.answer(near).await });
            }
        });
        Self { port, shared }
    }

    /// A store at the end of the line, which waits milliseconds where the real one waits seconds.
    pub(crate) fn store(&self, prefix: &str) -> SharedStore {
        let moment = Duration::from_millis(1);
        let retries = RetryPolicy {
            first_delay: moment,
            longest_delay: moment * 5,
            longest_attempt: Duration::from_millis(400),
            ..RetryPolicy::default()
        };
        azurite::open_with(&azurite::connection_string(self.port), prefix, retries)
    }

    /// From now on so many of a hundred requests meet a fault.
    pub(crate) fn fails(&self, percent: u32) {
        self.shared.percent.store(percent, Ordering::SeqCst);
    }

    /// How often each fault has happened.
    pub(crate) fn happened(&self) -> BTreeMap<Fault, usize> {
        self.shared.happened.lock().unwrap().clone()
    }
}

/// A request as it came.
struct Asked {
    head: String,
    body: Vec<u8>,
}

impl Shared {
    /// Answers the one request of a connection.
    async fn answer(&self, mut near: TcpStream) {
        let Some(asked) = read(&mut near).await else { return };
        let fault = self.fault(&asked);
        if let Some(fault) = fault {
            *self.happened.lock().unwrap().entry(fault).or_default() += 1;
        }
        let answer = match fault {
            Some(Fault::Busy) => error(503, "ServerBusy"),
            Some(Fault::Fails) => error(500, "InternalError"),
            Some(Fault::HangsUp) => return,
            Some(Fault::Hangs) => {
                // Until whoever asked has enough of it.
                let _ = near.read(&mut [0]).await;
                return;
            }
            Some(Fault::RefusesWithoutCause) => refused(&asked),
            Some(Fault::FailsAfter) => {
                self.pass_on(&asked).await;
                error(500, "OperationTimedOut")
            }
            Some(Fault::LosesAnswer) => {
                self.pass_on(&asked).await;
                return;
            }
            None => match self.empty_page(&asked) {
                Some(page) => page,
                None => self.pass_on(&self.shortened(asked)).await,
            },
        };
        let _ = near.write_all(&answer).await;
        let _ = near.shutdown().await;
    }

    fn fault(&self, asked: &Asked) -> Option<Fault> {
        if self.is_away.load(Ordering::SeqCst) {
            return Some(Fault::Busy);
        }
        let mut random = self.random.lock().unwrap();
        if !random.percent(i64::from(self.percent.load(Ordering::SeqCst))) {
            return None;
        }
        let fault = *random.one(&FAULTS);
        let has_condition = asked.head.to_lowercase().contains("\r\nif-match: w/") || is_batch(asked);
        Some(if fault == Fault::RefusesWithoutCause && !has_condition { Fault::Busy } else { fault })
    }

    /// Every second page has three rows at most.
    fn shortened(&self, asked: Asked) -> Asked {
        if !self.random.lock().unwrap().percent(50) {
            return asked;
        }
        let line = asked.head.lines().next().unwrap_or_default();
        let Some((before, after)) = line.split_once("$top=").or_else(|| line.split_once("%24top=")) else {
            return asked;
        };
        let top: String = after.chars().take_while(char::is_ascii_digit).collect();
        if top.parse::<usize>().unwrap_or(0) <= 3 {
            return asked;
        }
        let mark = &line[before.len()..line.len() - after.len()];
        let head = asked.head.replacen(&format!("{mark}{top}"), &format!("{mark}3"), 1);
        Asked { head, ..asked }
    }

    /// One of four pages after the first is empty, and goes on where it began.
    fn empty_page(&self, asked: &Asked) -> Option<Vec<u8>> {
        let path = asked.head.split(' ').nth(1)?;
        let address: url::Url = format!("http://line{path}").parse().ok()?;
        let value = |name: &str| {
            let found = address.query_pairs().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.into_owned())
        };
        let partition = value("NextPartitionKey")?;
        if !self.random.lock().unwrap().percent(25) {
            return None;
        }
        let row = value("NextRowKey").map(|row| format!("x-ms-continuation-NextRowKey: {row}\r\n"));
        let body = r#"{"value":[]}"#;
        Some(
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\
                 x-ms-continuation-NextPartitionKey: {partition}\r\n{}\r\n{body}",
                body.len(),
                row.unwrap_or_default()
            )
            .into_bytes(),
        )
    }

    async fn pass_on(&self, asked: &Asked) -> Vec<u8> {
        let mut far = TcpStream::connect(("127.0.0.1", self.target)).await.unwrap();
        let head = asked.head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        far.write_all(head.as_bytes()).await.unwrap();
        far.write_all(&asked.body).await.unwrap();
        let mut answer = Vec::new();
        let _ = far.read_to_end(&mut answer).await;
        answer
    }
}

async fn read(near: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let size = near.read(&mut piece).await.ok().filter(|size| *size > 0)?;
        bytes.extend(&piece[..size]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end + 4].to_vec()).ok()?;
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .unwrap_or(0);
        if bytes.len() >= end + 4 + length {
            return Some(Asked { head, body: bytes[end + 4..end + 4 + length].to_vec() });
        }
    }
}

fn is_batch(asked: &Asked) -> bool {
    asked.head.lines().next().is_some_and(|line| line.contains("batch "))
}

fn error(status: u16, code: &str) -> Vec<u8> {
    answer(status, &said(code))
}

fn said(code: &str) -> String {
    format!(r#"{{"odata.error":{{"code":"{code}","message":{{"lang":"en-US","value":"0:So it goes."}}}}}}"#)
}

/// That a precondition does not hold: of a batch in the way of batches.
fn refused(asked: &Asked) -> Vec<u8> {
    let said = said("UpdateConditionNotSatisfied");
    if !is_batch(asked) {
        return answer(412, &said);
    }
    answer(202, &format!("--b\r\n\r\n--c\r\n\r\nHTTP/1.1 412 X\r\n\r\n{said}\r\n--c--\r\n--b--\r\n"))
}

fn answer(status: u16, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
