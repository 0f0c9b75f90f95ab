"""Whether the real Azure CLI takes every `az` line of the documents. Nothing is executed and nothing asked of Azure: its
parser reads the lines, with its commands, its options and what they may be.

Run by `make az-lines`, which installs the CLI: too large for every run of the tests.
"""

import contextlib
import io
import os
import re
import shlex
import sys
from pathlib import Path

from azure.cli.core import get_default_cli
from azure.cli.core.commands import AzCliCommandInvoker

FENCE = re.compile(r"^```(?:bash|sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(az [^`]+)`")
# Beginnings that are named in a sentence, without what belongs to them.
BEGINNINGS = {"az bicep install"}


def without_substitutions(line, found):
    """The line with a word in place of every `$(…)`; what stands in those goes to `found`."""
    while "$(" in line:
        start = line.rindex("$(")
        depth, end = 0, start + 1
        while end < len(line):
            depth += {"(": 1, ")": -1}.get(line[end], 0)
            if depth == 0:
                break
            end += 1
        found.append(line[start + 2 : end])
        line = line[:start] + "value" + line[end + 1 :]
    return line


def commands_of(script):
    """Every `az` command of a script, as a list of words."""
    waiting = script.replace("\\\n", " ").splitlines()
    while waiting:
        line = waiting.pop().strip()
        if line.startswith("#"):
            continue
        line = without_substitutions(line, waiting)
        # A function of the shell holds a command.
        line = re.sub(r"^\w+\(\) *\{", "", line)
        line = re.sub(r"\$\{?(\w+|[@*#?0-9])\}?(:-[^}]*\})?", "value", line)
        # In double quotes the shell takes a backslash off this one too.
        words = shlex.split(line.replace("\\`", "`"), comments=True)
        command = []
        for word in [*words, ";"]:
            ends = word.endswith(";")
            if word in {"|", "||", "&&", ";", ">", ">>", "do", "then", "}"} or word.startswith("2>"):
                ends, word = True, ""
            if word.rstrip(";"):
                command.append(word.rstrip(";"))
            if ends:
                if command[:1] == ["az"]:
                    yield command[1:]
                elif "az" in command[:4]:
                    # Behind an assignment, or a word of the shell.
                    yield command[command.index("az") + 1 :]
                command = []


def documents():
    for path in [Path("README.md"), *sorted(Path("docs").glob("*.md")), *sorted(Path("infra").glob("*.sh")), *sorted(Path(".github").rglob("*.yml")), *sorted(Path(".azuredevops").glob("*.yml"))]:
        text = path.read_text()
        if path.suffix == ".sh":
            scripts = [text]
        elif path.suffix == ".yml":
            scripts = re.findall(r"^ *(az (?:.*\\\n)*.*)$", text, re.MULTILINE)
        else:
            inline = [line.replace("\n", " ") for line in INLINE.findall(text)]
            inline = [line for line in inline if line not in BEGINNINGS and "…" not in line]
            scripts = FENCE.findall(text) + [line for line in inline if "-" in line]
        for script in scripts:
            for command in commands_of(script):
                yield path, command


def main():
    # Neither what a value would be looked up for nor the command itself.
    AzCliCommandInvoker._validation = lambda self, parsed: None
    AzCliCommandInvoker._run_jobs_serially = lambda self, jobs, ids: ([], [])
    AzCliCommandInvoker._run_jobs_concurrently = lambda self, jobs, ids: ([], [])
    os.environ["AZURE_CORE_DISABLE_CONFIRM_PROMPT"] = "yes"
    os.environ["AZURE_CORE_COLLECT_TELEMETRY"] = "no"
    refused = seen = 0
    for path, command in documents():
        seen += 1
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            try:
                code = get_default_cli().invoke(command, out_file=io.StringIO())
            except SystemExit as exit_:
                code = exit_.code
        if code:
            refused += 1
            last = [line for line in said.getvalue().splitlines() if line.strip()][:3]
            print(f"{path}: az {shlex.join(command)}\n  " + "\n  ".join(last))
    print(f"{seen} lines, {refused} refused")
    return 1 if refused or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
