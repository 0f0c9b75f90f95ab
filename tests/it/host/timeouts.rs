//! D3 and T3: an answer that the host cannot do anything with, and one that does not come in time, end the process
//! and everything else that it does. Shown with a handler that does so; ours answers before (`t3_…` among the
//! answers).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::answer::Verdict;
use super::app::{self, Declared};
use super::encode;
use super::process::Process;
use super::simulator::Simulator;

/// `POST /Null` is answered with `null`, `POST /Empty` with nothing, `POST /NoContent` with 204; `POST /Never` never,
/// as long as the file `healthy` is missing.
const HANDLER: &str = r#"
import http.server, os, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_):
        pass
    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.reply(200, b"{}")
    def do_POST(self):
        while size := int(self.rfile.readline(), 16):
            self.rfile.read(size + 2)
        self.rfile.readline()
        print("began " + self.path, flush=True)
        if os.path.exists("healthy"):
            return self.reply(200, b"{}")
        if self.path == "/Never":
            time.sleep(100000)
        answers = {"/Null": (200, b"null"), "/Empty": (200, b""), "/NoContent": (204, b"")}
        self.reply(*answers[self.path])
class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
Server(("127.0.0.1", int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])), Handler).serve_forever()
"#;

const MINUTE: Duration = Duration::from_secs(60);

fn function(name: &str) -> Declared {
    let trigger = json!([{ "type": "queueTrigger", "direction": "in", "name": "message", "queueName": "q" }]);
    Declared::new(name, trigger)
}

/// Time passes for the host alone, and at once. It stands still only here: elsewhere sockets are waited for.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// The handler's process, with a host that ends it.
struct Bad {
    folder: tempfile::TempDir,
    process: Arc<Mutex<Process>>,
    host: Arc<Simulator>,
}

impl Bad {
    async fn start(functions: &[&str]) -> Self {
        let python = std::process::Command::new("sh").args(["-c", "command -v python3"]).output().unwrap();
        let python = String::from_utf8(python.stdout).unwrap();
        let folder = app::staged_script(&format!("exec {} handler.py", python.trim()));
        std::fs::write(folder.path().join("handler.py"), HANDLER).unwrap();
        let process = Process::start(folder.path(), &[]);
        process.ready().await;
        let client = process.client.clone();
        let process = Arc::new(Mutex::new(process));
        let functions = functions.iter().map(|name| function(name)).collect();
        let host_json = json!({ "functionTimeout": "00:10:00" });
        let host = Arc::new(Simulator::new(&host_json, functions, &client).killing(&process));
        Self { folder, process, host }
    }

    fn invoke(&self, name: &'static str) -> JoinHandle<Verdict> {
        let host = self.host.clone();
        tokio::spawn(async move {
            let body = encode::queue_message(host.function(name), "x", 1);
            host.invoke(name, &body).await
        })
    }
}

async fn ends_the_process(bad: &'static str) {
    let handler = Bad::start(&[bad, "Never"]).await;
    let Bad { folder, process, host } = &handler;
    let first = process.lock().await.pid();
    let overdue = handler.invoke(bad);
    // The answer is there, and the host does not take it for one.
    host.hangs.notified().await;
    pass(MINUTE).await;
    let other = handler.invoke("Never");
    process.lock().await.said("began /Never").await;
    pass(4 * MINUTE).await;
    assert!(!overdue.is_finished() && !other.is_finished(), "functionTimeout is not over");
    pass(5 * MINUTE).await;
    assert_eq!(overdue.await.unwrap(), Verdict::Failed(format!("{bad} was not done within 600s")));
    let Verdict::Failed(reason) = other.await.unwrap() else { panic!("it outlived its process") };
    assert!(!reason.contains("was not done"), "it failed with its process: {reason}");

    std::fs::write(folder.path().join("healthy"), "").unwrap();
    let process = process.lock().await;
    assert_ne!(process.pid(), first, "another process, on the same port");
    process.ready().await;
    for name in [bad, "Never"] {
        host.invoke(name, &encode::queue_message(host.function(name), "x", 1)).await.success();
    }
}

#[tokio::test]
async fn d3_after_a_null_the_host_waits_for_its_timeout_and_ends_the_process_with_all_its_work() {
    ends_the_process("Null").await;
}

#[tokio::test]
async fn d3_after_an_empty_answer_the_host_waits_for_its_timeout_and_ends_the_process() {
    ends_the_process("Empty").await;
}

#[tokio::test]
async fn d3_after_no_content_the_host_waits_for_its_timeout_and_ends_the_process() {
    ends_the_process("NoContent").await;
}

#[tokio::test]
async fn t3_without_any_answer_the_host_waits_for_its_timeout_and_ends_the_process() {
    let handler = Bad::start(&["Never"]).await;
    let first = handler.process.lock().await.pid();
    let invocation = handler.invoke("Never");
    handler.process.lock().await.said("began /Never").await;
    pass(10 * MINUTE).await;
    assert_eq!(invocation.await.unwrap(), Verdict::Failed("Never was not done within 600s".into()));
    assert_ne!(handler.process.lock().await.pid(), first);
}
