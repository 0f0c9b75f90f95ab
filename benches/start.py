#!/usr/bin/env python3
"""How long the packaged program takes from exec to its first answered probe, and what it holds when it idles.

It is started as the Functions host starts it: the staged package as working directory, the port in the environment, its
output read through pipes. Prints a table, and writes target/bench/start.json for comparisons. Needs nothing but Python.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGED = ROOT / "target/x86_64-unknown-linux-gnu/release/maintenance-notifier"
LIMITS = {"first_probe_ms": 10, "idle_resident_mb": 20, "size_mb": 24}

CONFIGURATION = """
[defaults]
timezone = "Europe/Berlin"
fallback = ["platform"]
[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
"""


def stage(executable, folder):
    """Lays out the package as it is deployed, with a configuration; returns what to run."""
    done = subprocess.run(
        [executable, "package", "--dir", folder, "--source", ROOT], capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(done.stderr.rstrip())
    (folder / "notifier.toml").write_text(CONFIGURATION)
    description = json.loads((folder / "host.json").read_text())["customHandler"]["description"]
    return [folder / description["defaultExecutablePath"], *description["arguments"]]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def settings(folder, azure, port):
    """Everything a deployed app is given, with this machine in Azure's place."""
    return {
        "FUNCTIONS_CUSTOMHANDLER_PORT": str(port),
        "FUNCTIONS_APP_ROOT_PATH": str(folder),
        "NOTIFIER_STORE": f"sqlite:{folder / 'state.db'}",
        "NOTIFIER_ARM_ENDPOINT": azure,
        "NOTIFIER_ARM_AUDIENCE": azure,
        "IDENTITY_ENDPOINT": f"{azure}/msi/token",
        "IDENTITY_HEADER": "a-header",
        "NOTIFIER_GRAPH_SENDER": "maintenance@contoso.com",
        "NOTIFIER_MAIL_FROM": "maintenance@contoso.com",
    }


class Handler:
    """The program as the host's child."""

    def __init__(self, command, folder, azure):
        self.port = free_port()
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=settings(folder, azure, self.port),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.get("/")
        self.first_probe = time.perf_counter() - begun
        self.processor_until_probe = self.processor()
        for line in self.process.stdout:
            if json.loads(line).get("message") == "ready":
                break
        else:
            sys.exit("the program ended before it was ready")
        self.ready = time.perf_counter() - begun
        self.processor_until_ready = self.processor()

    def get(self, path):
        """Asks until somebody listens, and returns the first line of the answer."""
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port)) as connection:
                    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                    return connection.recv(64).split(b"\r\n")[0].decode()
            except ConnectionRefusedError:
                if self.process.poll() is not None:
                    sys.exit("the program ended before it answered")
                time.sleep(0.0001)

    def processor(self):
        """Seconds that all of its threads computed so far, however busy the machine is."""
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def resident(self):
        """Resident memory in MB: all of it, and what is the process's own rather than pages of its file."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return [int(fields[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "RssAnon")]

    def stop(self):
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()


def smallest_process():
    """What starting any process costs on this machine, to compare machines by."""
    begun = time.perf_counter()
    subprocess.run(["/bin/true"], env={}, check=True)
    return time.perf_counter() - begun


def quantiles(seconds):
    ordered = sorted(seconds)
    at = lambda part: round(ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000, 2)
    return {"median": round(statistics.median(ordered) * 1000, 2), "p95": at(0.95), "most": at(1)}


def measure(executable, runs, idle):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="notifier-bench-"))
    # Azure takes connections and never answers.
    azure = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{azure.getsockname()[1]}"
    try:
        command = stage(executable, folder)
        handlers, reference = [], []
        for run in range(runs + 1):
            smallest = smallest_process()
            handler = Handler(command, folder, address)
            handler.stop()
            if run > 0:  # The first one brings the file into memory.
                reference.append(smallest)
                handlers.append(handler)
        of = lambda name: [getattr(handler, name) for handler in handlers]
        resident = []
        for _ in range(3):
            handler = Handler(command, folder, address)
            answer = handler.get("/health")
            time.sleep(idle)
            resident.append(handler.resident())
            handler.stop()
        return {
            "size_mb": round(pathlib.Path(executable).stat().st_size / 1e6, 2),
            "first_probe_ms": quantiles(of("first_probe")),
            "first_probe_processor_ms": quantiles(of("processor_until_probe")),
            "ready_ms": quantiles(of("ready")),
            "ready_processor_ms": quantiles(of("processor_until_ready")),
            "smallest_process_ms": quantiles(reference),
            "probe_in_smallest_processes": round(
                statistics.median(of("first_probe")) / statistics.median(reference), 1
            ),
            "idle_resident_mb": round(max(all for all, _ in resident), 1),
            "idle_own_mb": round(max(own for _, own in resident), 1),
            "health": answer,
            "runs": runs,
        }
    finally:
        azure.close()
        shutil.rmtree(folder)


def machine():
    processors = pathlib.Path("/proc/cpuinfo").read_text()
    names = [line.split(":")[1].strip() for line in processors.splitlines() if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.release(),
        "load": round(os.getloadavg()[0], 1),
    }


def table(found):
    probe, ready = found["first_probe_ms"], found["ready_ms"]
    probe_used, ready_used = found["first_probe_processor_ms"], found["ready_processor_ms"]
    smallest = found["smallest_process_ms"]
    rows = [
        ("size of the executable", f"{found['size_mb']} MB", f"{LIMITS['size_mb']} MB"),
        ("exec to first answered probe, median", f"{probe['median']} ms", f"{LIMITS['first_probe_ms']} ms"),
        ("exec to first answered probe, p95", f"{probe['p95']} ms", f"{LIMITS['first_probe_ms']} ms"),
        ("processor time until then, median", f"{probe_used['median']} ms", ""),
        ("exec to ready for invocations, median", f"{ready['median']} ms", ""),
        ("processor time until then, median", f"{ready_used['median']} ms", ""),
        ("resident memory when idle, most", f"{found['idle_resident_mb']} MB", f"{LIMITS['idle_resident_mb']} MB"),
        ("of it the process's own", f"{found['idle_own_mb']} MB", ""),
        ("starting /bin/true here, median", f"{smallest['median']} ms", ""),
        ("first probe, in starts of /bin/true", f"{found['probe_in_smallest_processes']}", ""),
    ]
    lines = ["| what | measured | limit |", "|---|---|---|"]
    return "\n".join(lines + [f"| {what} | {value} | {limit} |" for what, value, limit in rows])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("executable", nargs="?", default=PACKAGED, help="default: what `make package` built")
    arguments.add_argument("--runs", type=int, default=60)
    arguments.add_argument("--idle", type=float, default=5, help="seconds without work before memory is read")
    arguments.add_argument("--out", default=ROOT / "target/bench/start.json", type=pathlib.Path)
    options = arguments.parse_args()
    executable = pathlib.Path(options.executable)
    if not executable.exists():
        sys.exit(f"{executable} is not there; `make package` builds it")
    found = {"machine": machine(), **measure(executable.resolve(), options.runs, options.idle)}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n")
    here = found["machine"]
    print(f"{found['runs']} starts on {here['cores']} × {here['processor']}, load {here['load']}\n")
    print(table(found))


if __name__ == "__main__":
    main()
