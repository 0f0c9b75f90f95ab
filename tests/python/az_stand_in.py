"""Stands in for the Azure CLI, and for the program beside it, while docs/DEPLOYING.md is walked by tests/it/infrastructure.

It knows the commands of the ten minutes, and refuses what Azure would refuse there: options that are missing, a deployment
by somebody who is not Owner yet, a resource provider that is not registered. What a deployment leaves is the snapshot that
the deployment engine's own evaluation made; what stands there as an expression gets a value. Every call is noted.

WALK names a folder with `snapshot.json`, and takes `calls.jsonl` and `state.json`.
"""

import json
import os
import re
import sys
from pathlib import Path

WALK = Path(os.environ["WALK"])
SNAPSHOT = json.loads((WALK / "snapshot.json").read_text())
RESOURCES = SNAPSHOT["predictedResources"]
ENGINEER = "00000000-0000-0000-0000-00000000e001"
# Every subscription has these.
ALWAYS = {"Microsoft.Authorization", "Microsoft.Resources"}
TABLE_READER = "76199698-9eea-4c19-bc75-cec21354c6b6"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


def refuse(problem):
    print(f"ERROR: {problem}", file=sys.stderr)
    sys.exit(1)


def state(change=None):
    path = WALK / "state.json"
    known = json.loads(path.read_text()) if path.exists() else {"owner_of": [], "providers": [], "deployed": []}
    if change:
        change(known)
        path.write_text(json.dumps(known))
    return known


def options(words, required, optional=()):
    """The options of a command. Nothing else may stand there."""
    found = {}
    words = list(words)
    while words:
        name = words.pop(0)
        if name not in (*required, *optional):
            refuse(f"unrecognized arguments: {name}")
        if name in ("--overwrite", "--yes", "--confirm-with-what-if"):
            found[name] = "true"
            continue
        if not words or words[0].startswith("--") or not words[0]:
            refuse(f"argument {name}: expected one argument")
        found[name] = words.pop(0)
    missing = [name for name in required if name not in found]
    if missing:
        refuse(f"the following arguments are required: {', '.join(missing)}")
    return found


def parameters(path):
    """The parameters of a `.bicepparam` file, by name, as they are written."""
    path = Path(path)
    if not path.is_file():
        refuse(f"{path}: no such file")
    text = path.read_text()
    using = re.search(r"^using '([^']+)'", text, re.MULTILINE)
    if not using or not (path.parent / using.group(1)).is_file():
        refuse(f"{path}: no template")
    given = re.findall(r"^param (\w+) = (.*)$", text, re.MULTILINE)
    return {name: re.sub(r"\s{2,}//.*$", "", value) for name, value in given}


# What only Azure can know, by the property that is asked for.
VALUES = {
    "defaultHostName": "app.stand-in.invalid",
    "table": "https://{account}.table.core.windows.net/",
    "blob": "https://{account}.blob.core.windows.net/",
    "vaultUri": "https://{account}.vault.azure.net/",
}


def evaluate(text):
    """The value of an expression of the template language, as far as the next steps use it."""
    tokens = re.findall(r"'(?:[^']|'')*'|[A-Za-z]\w*|\.|[(),]|\d+", text)

    def value():
        token = tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdigit():
            return int(token)
        assert tokens.pop(0) == "(", text
        arguments = []
        while tokens[0] != ")":
            arguments.append(value())
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        path = []
        while tokens and tokens[0] == ".":
            tokens.pop(0)
            path.append(tokens.pop(0))
        if token == "createArray":
            return arguments
        if token == "format":
            return re.sub(r"\{(\d+)\}", lambda found: str(arguments[1 + int(found.group(1))]), arguments[0])
        if token == "reference":
            return VALUES[path[-1]].format(account=arguments[0].rsplit("/", 1)[-1])
        raise AssertionError(f"{token} in {text}")

    return value()


def output(name):
    found = SNAPSHOT["outputs"][name]
    return evaluate(found[1:-1]) if isinstance(found, str) and found.startswith("[") else found


def holds(role, account):
    """Whether the deployment gives whoever deploys a role on an account, or below it."""
    return any(
        one["type"] == "Microsoft.Authorization/roleAssignments"
        and re.search(rf"/storageAccounts/{account}\b", one["id"])
        and one["properties"]["roleDefinitionId"].endswith(role)
        and "deployer()" in one["properties"]["principalId"]
        for one in RESOURCES
    )


def deployment(words, deploys):
    given = options(
        words, ("--management-group-id", "--location", "--name", "--parameters"), ("--query", "--output", "--confirm-with-what-if") if deploys else ()
    )
    scope = f"/providers/Microsoft.Management/managementGroups/{given['--management-group-id']}"
    if scope not in state()["owner_of"]:
        refuse(f"AuthorizationFailed: no Microsoft.Resources/deployments/write over {scope}")
    asked = parameters(given["--parameters"])
    evaluated = parameters(WALK / "case" / "case.bicepparam")
    evaluated.pop("cloud")
    if asked != evaluated:
        refuse(f"no snapshot has these parameters: {asked}")
    if asked["location"] != f"'{given['--location']}'":
        refuse(f"the deployment would be kept in {given['--location']}")
    if not deploys:
        return
    namespaces = {one["type"].split("/")[0] for one in RESOURCES}
    missing = sorted(namespaces - ALWAYS - set(state()["providers"]))
    if missing:
        refuse(f"MissingSubscriptionRegistration: {', '.join(missing)}")
    state(lambda known: known["deployed"].append(given["--name"]))
    query = re.fullmatch(r"properties\.outputs\.(\w+)\.value", given.get("--query", ""))
    if query:
        found = output(query.group(1))
        print("\n".join(found) if isinstance(found, list) else found)


def az(words):
    if words[:1] != ["login"] and not state().get("signed_in"):
        refuse("Please run 'az login' to setup account.")
    match words:
        case ["ad", "signed-in-user", "show", *rest]:
            options(rest, ("--query", "--output"))
            print(ENGINEER)
        case ["role", "assignment", "create", *rest]:
            given = options(rest, ("--role", "--assignee", "--scope"))
            if given["--assignee"] != ENGINEER:
                refuse(f"nobody has the id {given['--assignee']}")
            if given["--role"] == "Owner":
                state(lambda known: known["owner_of"].append(given["--scope"]))
        case ["role", "assignment", "delete", *rest]:
            given = options(rest, ("--role", "--assignee", "--scope"))
            if given["--scope"] not in state()["owner_of"]:
                refuse("no such assignment")
            state(lambda known: known["owner_of"].remove(given["--scope"]))
        case ["login", *rest]:
            options(rest, (), ("--output",))
            state(lambda known: known.update(signed_in=True))
        case ["account", "set", *rest]:
            options(rest, ("--subscription",))
        case ["provider", "register", *rest]:
            given = options(rest, ("--namespace", "--subscription"))
            state(lambda known: known["providers"].append(given["--namespace"]))
        case ["deployment", "mg", "what-if", *rest]:
            deployment(rest, False)
        case ["deployment", "mg", "create", *rest]:
            deployment(rest, True)
        case ["storage", "blob", "upload", *rest]:
            given = options(
                rest, ("--auth-mode", "--account-name", "--container-name", "--name", "--file"), ("--overwrite",)
            )
            container = f"{given['--account-name']}/default/{given['--container-name']}"
            if not any(one["name"] == container and one["type"].endswith("/containers") for one in RESOURCES):
                refuse(f"ContainerNotFound: {container}")
            if not holds(BLOB_CONTRIBUTOR, given["--account-name"]):
                refuse("AuthorizationPermissionMismatch")
        case _:
            refuse(f"'{' '.join(words)}' is misspelled or not recognized by the system")


def program(words):
    """What the program needs to look at a deployed store."""
    if not state()["deployed"]:
        refuse("nothing is deployed")
    if words[:2] == ["check", "--deployment"]:
        if words[2:] != [output("publicUrl")]:
            refuse(f"nothing answers at {words[2:]}")
        return
    if words[0] not in ("windows", "preview", "explain", "outbox"):
        refuse(f"{words[0]} changes something, or is none of the ten minutes")
    account = output("stateAccountName")
    if os.environ.get("AzureWebJobsStorage__tableServiceUri") != f"https://{account}.table.core.windows.net/":
        refuse("no store")
    settings = next(one["properties"] for one in RESOURCES if one["name"].endswith("/appsettings"))
    for name in ("NOTIFIER_STORE", "NOTIFIER_OPERATORS"):
        if os.environ.get(name, "tables:notifier") != settings.get(name, "tables:notifier"):
            refuse(f"{name} is another one in the app")
    if not holds(TABLE_READER, account):
        refuse("AuthorizationPermissionMismatch")


if __name__ == "__main__":
    name, *words = sys.argv[1:]
    with (WALK / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps([name, *words]) + "\n")
    az(words) if name == "az" else program(words)
