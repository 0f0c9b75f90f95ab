"""Stands in for the Azure CLI in a tenant that has more in it than a notifier, while infra/remove.sh is run by
tests/it/infrastructure: other teams' roles, topics, subscriptions to them, locks and resource groups.

TENANT names a folder with `tenant.json`, which lists what is there by its kind, and takes `deleted.jsonl`. A list answers as
the CLI does: with more than what was meant, where its options do not leave it out.
"""

import json
import os
import re
import sys
from pathlib import Path

FOLDER = Path(os.environ["TENANT"])
TENANT = json.loads((FOLDER / "tenant.json").read_text())


def refuse(problem):
    print(f"ERROR: {problem}", file=sys.stderr)
    sys.exit(1)


def condition(text, row):
    """One condition of a query, on one row."""
    text = text.strip()
    if found := re.fullmatch(r"starts_with\((\w+), '([^']*)'\)", text):
        return row[found[1]].startswith(found[2])
    if found := re.fullmatch(r"contains\((\w+), '([^']*)'\)", text):
        return found[2] in row[found[1]]
    if found := re.fullmatch(r"(\w+)=='([^']*)'", text):
        return row[found[1]] == found[2]
    if found := re.fullmatch(r"(\w+)\[0\]=='([^']*)'", text):
        return bool(row[found[1]]) and row[found[1]][0] == found[2]
    if found := re.fullmatch(r"length\((\w+)\)==`(\d+)`", text):
        return len(row[found[1]]) == int(found[2])
    refuse(f"a condition that no query has: {text}")


def answer(rows, query):
    found = re.fullmatch(r"\[(?:\?(.*))?\]\.(\w+|\[[\w, ]+\])", query)
    if not found:
        refuse(f"invalid jmespath_type value: {query}")
    conditions = found[1].split(" && ") if found[1] else []
    for row in rows:
        if all(condition(one, row) for one in conditions):
            print("\t".join(row[name.strip()] for name in found[2].strip("[]").split(",")))


def options(words):
    """The options of a command; what stands in front of them; a value may follow a name, and must not be empty."""
    command, given = [], {}
    words = list(words)
    while words:
        word = words.pop(0)
        if not word:
            refuse("an empty word")
        if not word.startswith("--"):
            command.append(word)
            continue
        given[word] = words.pop(0) if words and not words[0].startswith("--") else "true"
        if not given[word]:
            refuse(f"argument {word}: expected one argument")
    return " ".join(command), given


def delete(kind, **which):
    with (FOLDER / "deleted.jsonl").open("a") as deleted:
        deleted.write(json.dumps([kind, which]) + "\n")


def below(scope, of):
    """Whether something at `scope` applies at `of`: there, or above. The CLI's lists of roles show all of that."""
    return of == scope or of.startswith(f"{scope}/") or scope.startswith("/providers/Microsoft.Management/")


def az(words):
    command, given = options(words)
    subscription = given.get("--subscription", TENANT["current"])
    group = given.get("--resource-group")
    match command:
        case "deployment mg show" | "deployment sub show":
            found = re.fullmatch(r"properties\.(outputs|parameters)\.(\w+)\.value", given["--query"])
            print(TENANT[found[1]][found[2]])
        case "account list":
            answer([{"id": one} for one in TENANT["subscriptions"]], given["--query"])
        case "account set" | "functionapp stop":
            pass
        case "lock list":
            answer([one for one in TENANT["locks"] if one["group"] == group], given["--query"])
        case "policy remediation list":
            answer(TENANT["remediations"], given["--query"])
        case "eventgrid system-topic list":
            answer([one for one in TENANT["topics"] if one["subscription"] == subscription], given["--query"])
        case "eventgrid system-topic event-subscription list":
            answer([one for one in TENANT["eventSubscriptions"] if one["topic"] == given["--system-topic-name"]], given["--query"])
        case "group exists":
            print("true" if [subscription, given["--name"]] in TENANT["groups"] else "false")
        case "identity list":
            answer([one for one in TENANT["identities"] if one["group"] == group], given["--query"])
        case "role assignment list":
            at = given.get("--scope") or f"/subscriptions/{subscription}"
            found = [one for one in TENANT["assignments"] if one["principal"] == given["--assignee"]]
            answer([one for one in found if one["scope"] == at or ("--all" in given and one["scope"].startswith(at))], given["--query"])
        case "role definition list":
            at = given.get("--scope") or f"/subscriptions/{subscription}/resourceGroups/{group}"
            roles = [one for one in TENANT["roles"] if any(below(scope, at) for scope in one["assignableScopes"])]
            answer(roles, given["--query"])
        case "monitor private-link-scope scoped-resource list":
            answer(TENANT["links"], given["--query"])
        case "storage container immutability-policy show":
            print(TENANT["etag"])
        case _ if command.endswith(" delete"):
            delete(command.removesuffix(" delete"), **given)
        case _:
            refuse(f"'{command}' is misspelled or not recognized by the system")


if __name__ == "__main__":
    az(sys.argv[1:])
