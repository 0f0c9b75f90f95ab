//! The handler's process: how the host starts it, waits for it, reads what it says, and ends it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::app;
use super::http::{Answer, Body, Client};

pub(super) const PROBE_PAUSE: Duration = Duration::from_millis(25);
pub(super) const INITIALIZATION_TIMEOUT: Duration = Duration::from_secs(30);

/// What the host makes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Information,
    Warning,
    Error,
}

/// What the host does after a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: every invocation fails from now on.
    Dead,
    Restarted,
    /// The third crash within half an hour; with the last lines of stderr.
    HostStopped(Vec<String>),
}

/// A process, and the next one on the same port.
pub(super) struct Process {
    root: PathBuf,
    program: PathBuf,
    arguments: Vec<String>,
    settings: Vec<(String, String)>,
    pub(super) port: u16,
    pub(super) client: Arc<Client>,
    child: Option<Child>,
    readers: Vec<JoinHandle<()>>,
    lines: Arc<Lines>,
    /// Minutes of the virtual clock at which it crashed.
    crashes: Vec<u64>,
}

impl Process {
    /// Starts the program of the app at `root`. Of the environment it gets `settings` and the host's five variables.
    pub(super) fn start(root: &Path, settings: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        Self::start_at(port, root, settings)
    }

    pub(super) fn start_at(port: u16, root: &Path, settings: &[(&str, &str)]) -> Self {
        let (host_json, _) = app::read(root).unwrap();
        let description = &host_json["customHandler"]["description"];
        let arguments = description["arguments"].as_array().cloned().unwrap_or_default();
        let mut process = Self {
            root: root.to_owned(),
            program: root.join(description["defaultExecutablePath"].as_str().unwrap()),
            arguments: arguments.iter().map(|argument| argument.as_str().unwrap().to_owned()).collect(),
            settings: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            port,
            client: Arc::new(Client::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))),
            child: None,
            readers: Vec::new(),
            lines: Arc::default(),
            crashes: Vec::new(),
        };
        process.restart();
        process
    }

    fn restart(&mut self) {
        self.client.forget();
        let worker = Uuid::new_v4().to_string();
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(&self.root)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", self.port.to_string())
            .env("FUNCTIONS_HTTPWORKER_PORT", self.port.to_string())
            .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &worker)
            .env("FUNCTIONS_HTTPWORKER_ID", &worker)
            .env("FUNCTIONS_APP_ROOT_PATH", &self.root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        self.readers = vec![
            read_lines(stdout, self.lines.clone(), |_| Level::Information),
            read_lines(stderr, self.lines.clone(), |line| {
                if line.to_lowercase().contains("warn") { Level::Warning } else { Level::Error }
            }),
        ];
        self.child = Some(child);
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id().unwrap()
    }

    /// Asks until there is an answer, whatever it is.
    pub(super) async fn ready(&self) -> Answer {
        let mut waited = Duration::ZERO;
        loop {
            match self.probe().await {
                Ok(answer) => return answer,
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                    assert!(
                        waited < INITIALIZATION_TIMEOUT,
                        "Initializing HttpWorker timed out: {:?}",
                        self.lines()
                    );
                    tokio::time::sleep(PROBE_PAUSE).await;
                    waited += PROBE_PAUSE;
                }
                Err(error) => panic!("the probe failed: {error}: {:?}", self.lines()),
            }
        }
    }

    pub(super) async fn probe(&self) -> std::io::Result<Answer> {
        self.client.send(&format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}", self.port), Body::None).await
    }

    /// SIGKILL, without a warning, and the next process at once on the same port.
    pub(super) async fn kill_and_restart(&mut self) {
        self.child.as_mut().unwrap().kill().await.unwrap();
        self.restart();
    }

    /// Waits for the process to end by itself: its exit code as a shell would tell it, and everything it said.
    pub(super) async fn ended(&mut self) -> i32 {
        use std::os::unix::process::ExitStatusExt;
        let status = self.child.as_mut().unwrap().wait().await.unwrap();
        for reader in self.readers.drain(..) {
            reader.await.unwrap();
        }
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
    }

    /// What the host does when the process ended with `code` at this minute of the virtual clock.
    pub(super) fn after_exit(&mut self, code: i32, minute: u64) -> Next {
        match code {
            0 => return Next::Dead,
            200 => {}
            _ => {
                if self.crashes.last().is_some_and(|last| minute >= last + 30) {
                    self.crashes.clear();
                }
                self.crashes.push(minute);
                if self.crashes.len() >= 3 {
                    let mut errors: Vec<String> = self
                        .lines()
                        .into_iter()
                        .filter(|(level, _)| *level != Level::Information)
                        .map(|(_, line)| line)
                        .collect();
                    return Next::HostStopped(errors.split_off(errors.len().saturating_sub(3)));
                }
            }
        }
        self.restart();
        Next::Restarted
    }

    pub(super) fn lines(&self) -> Vec<(Level, String)> {
        self.lines.said.lock().unwrap().clone()
    }

    /// Waits for a line that contains `text`.
    pub(super) async fn said(&self, text: &str) {
        loop {
            let mut news = std::pin::pin!(self.lines.news.notified());
            news.as_mut().enable();
            let lines = self.lines();
            if lines.iter().any(|(_, line)| line.contains(text)) {
                return;
            }
            let open = self.lines.open.load(Ordering::SeqCst);
            assert!(open > 0, "the process ended and never said `{text}`: {lines:?}");
            news.await;
        }
    }

    /// The events of the whole log: every line on stdout is one, and nothing else was said. A line that the process
    /// wrote may not have been read yet, so the process is ended first, and its pipes are read to their ends.
    pub(super) async fn log(&mut self) -> Vec<serde_json::Value> {
        self.child.as_mut().unwrap().kill().await.unwrap();
        for reader in self.readers.drain(..) {
            reader.await.unwrap();
        }
        self.lines()
            .into_iter()
            .map(|(level, line)| {
                assert_eq!(level, Level::Information, "{line}");
                assert!(!line.starts_with("LanguageWorkerConsoleLog") && !line.starts_with("azfuncjsonlog:"));
                // Whatever a test does with the program: nobody's address is in its log.
                assert!(!line.contains("@contoso.com") && !line.contains("%40contoso.com"), "{line}");
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }
}

/// What a process said so far.
#[derive(Default)]
struct Lines {
    said: Mutex<Vec<(Level, String)>>,
    /// How many of its pipes are open.
    open: AtomicUsize,
    news: Notify,
}

fn read_lines(
    stream: impl AsyncRead + Unpin + Send + 'static,
    lines: Arc<Lines>,
    level: fn(&str) -> Level,
) -> JoinHandle<()> {
    lines.open.fetch_add(1, Ordering::SeqCst);
    tokio::spawn(async move {
        let mut stream = BufReader::new(stream).lines();
        while let Ok(Some(line)) = stream.next_line().await {
            lines.said.lock().unwrap().push((level(&line), line));
            lines.news.notify_waiters();
        }
        lines.open.fetch_sub(1, Ordering::SeqCst);
        lines.news.notify_waiters();
    })
}
