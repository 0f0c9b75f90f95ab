#!/usr/bin/env python3
"""What one round costs, beside Alertmanager: from the first look at Azure to the last mail, on one machine.

Simulated Azure and the mail server (Postfix's `smtp-sink`) are processes of their own and not counted. Alertmanager gets
the same machines as alerts, grouped by owner, without waiting for its groups. Each command runs RUNS times, in turn.
Prints a table of medians with the least and the most, and writes target/bench/round.json. Needs Python, and Debian's
`prometheus-alertmanager`, which it installs, and `postfix`, which it unpacks into target/bench.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / "target/bench/debian"
PACKAGED = ROOT / "target/x86_64-unknown-linux-gnu/release/maintenance-notifier"

CONFIGURATION = """
[defaults]
timezone = "UTC"
hours    = "always"
quiet    = []
settle   = "0m"
fallback = ["platform"]
[owners]
tags            = ["owner"]
allowed_domains = ["contoso.com"]
[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
"""

ALERTMANAGER = """
global:
  smtp_smarthost: 127.0.0.1:{port}
  smtp_from: maintenance@contoso.com
  smtp_require_tls: false
route:
  receiver: owner
  group_by: [owner]
  group_wait: 0s
  group_interval: 1h
receivers:
  - name: owner
    email_configs:
      - to: '{{{{ .GroupLabels.owner }}}}'
"""


def install_peers():
    """Debian's packages: Postfix only unpacked, since all that is wanted of it are its two test programs."""
    if not (TOOLS / "usr/sbin/smtp-sink").exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["apt-get", "download", "-qq", "postfix"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
            for package in pathlib.Path(folder).glob("*.deb"):
                subprocess.run(["dpkg", "-x", package, TOOLS], check=True)
    # It reads its templates where its package puts them.
    if not shutil.which("prometheus-alertmanager"):
        command = ["apt-get", "install", "-qq", "--no-install-recommends", "prometheus-alertmanager"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Sink:
    """A mail server that takes everything and counts it."""

    def __init__(self):
        self.port = free_port()
        # It rewrites one line with its counters: sessions, recipients, messages, …
        self.shown = tempfile.TemporaryFile()
        environment = {"LD_LIBRARY_PATH": str(TOOLS / "usr/lib/postfix"), "PATH": os.environ["PATH"]}
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [TOOLS / "usr/sbin/smtp-sink", *user, "-c", f"127.0.0.1:{self.port}", "200"]
        self.process = subprocess.Popen(command, env=environment, stdout=self.shown, stderr=subprocess.STDOUT)
        wait_for_port(self.port)

    def messages(self):
        self.shown.seek(0)
        counters = re.findall(rb"mesg=(\d+)", self.shown.read())
        return int(counters[-1]) if counters else 0

    def end(self):
        self.process.terminate()
        self.process.wait()
        return self.messages()


def wait_for_port(port):
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.025)
    sys.exit(f"nobody listens on port {port}")


def counted(process, begun):
    """Waits for the end of a process; what it took."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "wall_s": time.monotonic() - begun,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def notify(program, azure, sink, folder):
    """One round of the program on the store in this folder."""
    (folder / "notifier.toml").write_text(CONFIGURATION)
    environment = {
        "PATH": os.environ["PATH"],
        "NOTIFIER_CONFIG": str(folder / "notifier.toml"),
        "NOTIFIER_STORE": f"sqlite:{folder / 'state.db'}",
        "NOTIFIER_ARM_ENDPOINT": azure,
        "NOTIFIER_ARM_AUDIENCE": azure,
        "IDENTITY_ENDPOINT": f"{azure}/msi/token",
        "IDENTITY_HEADER": "simulated-identity",
        "NOTIFIER_SMTP_URL": f"smtp://127.0.0.1:{sink.port}?tls=none",
        "NOTIFIER_MAIL_FROM": "maintenance@contoso.com",
        "NOTIFIER_LOG": "error",
    }
    begun = time.monotonic()
    command = [program, "local", "--once", "--format", "json"]
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        cost = counted(process, begun)
    if process.returncode != 0:
        sys.exit(f"the program failed: {(folder / 'said').read_text()[-2000:]}")
    return cost


def alert(sink, folder, machines, owners):
    """The same machines through Alertmanager; ends once every owner has a mail."""
    port = free_port()
    (folder / "alertmanager.yml").write_text(ALERTMANAGER.format(port=sink.port))
    begun = time.monotonic()
    command = [
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(port)
    for first in range(0, machines, 1000):
        alerts = [
            {
                "labels": {"alertname": "maintenance", "machine": f"vm-{number:06}", "owner": f"owner{number % owners:05}@contoso.com"},
                "annotations": {"summary": "Azure restarts it from 12 Dec on; choose your own time until 9 Dec"},
            }
            for number in range(first, min(first + 1000, machines))
        ]
        body = json.dumps(alerts).encode()
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/api/v2/alerts", body, headers)).close()
    while sink.messages() < owners and time.monotonic() - begun < 120:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    return counted(process, begun)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, default=PACKAGED, help="what to run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--machines", type=int, default=10_000)
    parser.add_argument("--owners", type=int, default=2_000)
    parser.add_argument("--subscriptions", type=int, default=50)
    options = parser.parse_args()
    install_peers()
    counts = [str(count) for count in (options.machines, options.owners, options.subscriptions)]
    simulated = ["cargo", "bench", "--quiet", "--bench", "azure", "--", *counts]
    azure = subprocess.Popen(simulated, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    costs = {"first look": [], "second look, nothing changed": [], "Alertmanager": []}
    try:
        address = azure.stdout.readline().strip()
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                sink = Sink()
                costs["first look"].append(notify(options.program, address, sink, folder))
                first = sink.messages()
                costs["second look, nothing changed"].append(notify(options.program, address, sink, folder))
                sent = sink.end()
                if first < options.owners or sent != first:
                    sys.exit(f"{first} mails of the first look and {sent - first} of the second, for {options.owners} owners")
            with tempfile.TemporaryDirectory() as name:
                sink = Sink()
                costs["Alertmanager"].append(alert(sink, pathlib.Path(name), options.machines, options.owners))
                if (mails := sink.end()) < options.owners:
                    sys.exit(f"Alertmanager sent {mails} mails to {options.owners} owners")
    finally:
        os.killpg(azure.pid, signal.SIGTERM)
    print(f"{options.machines} machines of {options.owners} owners in {options.subscriptions} subscriptions, {options.runs} runs")
    for what, runs in costs.items():
        def figure(key):
            values = [run[key] for run in runs]
            return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
        print(f"{what:30} CPU s {figure('cpu_s')}  wall s {figure('wall_s')}  peak MB {figure('peak_mb')}")
    result = ROOT / "target/bench/round.json"
    result.parent.mkdir(parents=True, exist_ok=True)
    result.write_text(json.dumps({"options": vars(options) | {"program": str(options.program)}, "costs": costs}, indent=1))


if __name__ == "__main__":
    main()
