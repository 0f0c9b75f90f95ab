"""Simulated Azure, judged by others: Microsoft's own clients drive it, and Azure's own schemas check its answers.

`SIMULATED_AZURE_URL` is the address of a running simulation. The schemas are read from
`$NOTIFIER_REFERENCE_DIR/azure/payloads/specs`; without that folder those checks are left out, and the report says so.
"""

import functools
import json
import os
import pathlib
import time
import urllib.error
import urllib.parse
import urllib.request

import jsonschema
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

AZURE = os.environ["SIMULATED_AZURE_URL"]
REFERENCE = os.environ.get("NOTIFIER_REFERENCE_DIR")
SPECS = pathlib.Path(REFERENCE) / "azure" / "payloads" / "specs" if REFERENCE else None


class StaticCredential:
    """Stands in for a real credential; the header policy below is what authenticates."""

    def get_token(self, *scopes, **options):
        return AccessToken("python", int(time.time()) + 3600)


class StaticToken(SansIOHTTPPolicy):
    """Sends a bearer token over plain HTTP, which Azure's own policy rightly refuses."""

    def __init__(self, principal):
        self.principal = principal

    def on_request(self, request):
        request.http_request.headers["Authorization"] = f"Bearer {self.principal}"


def client(kind, *arguments, principal="python", **options):
    return kind(
        StaticCredential(),
        *arguments,
        base_url=AZURE,
        authentication_policy=StaticToken(principal),
        **options,
    )


@pytest.fixture(scope="module")
def subscriptions():
    return {each.display_name: each.subscription_id for each in client(SubscriptionClient).subscriptions.list()}


@pytest.fixture(scope="module")
def production(subscriptions):
    return client(ComputeManagementClient, subscriptions["Contoso Production"])


def group_of(machine):
    return machine.id.split("/")[4]


def machine_named(compute, name):
    return next(machine for machine in compute.virtual_machines.list_all() if machine.name == name)


def view_of(compute, machine):
    return compute.virtual_machines.instance_view(group_of(machine), machine.name)


def test_subscriptions_are_listed_across_empty_and_short_pages(subscriptions):
    assert sorted(subscriptions) == [
        "Contoso Lab",
        "Contoso Production",
        "Contoso Retail Asia",
        "Contoso SAP",
        "Contoso Shared Services",
    ]


def test_machines_are_listed_across_pages(subscriptions):
    found = []
    for subscription in subscriptions.values():
        pages = list(client(ComputeManagementClient, subscription).virtual_machines.list_all().by_page())
        pages = [list(page) for page in pages]
        assert any(not page for page in pages), "an empty page with a link to the next occurs"
        found += [machine.id.lower() for page in pages for machine in page]
    assert len(found) == len(set(found)) == 60


def test_the_instance_view_has_a_typed_maintenance_status(production):
    status = view_of(production, machine_named(production, "vm-web-01")).maintenance_redeploy_status
    assert status.is_customer_initiated_maintenance_allowed is True
    assert status.last_operation_result_code == "None"
    assert status.pre_maintenance_window_end_time < status.maintenance_window_start_time
    assert status.maintenance_window_end_time.utcoffset().total_seconds() == 0
    expanded = production.virtual_machines.get(
        group_of(machine_named(production, "vm-web-01")), "vm-web-01", expand="instanceView"
    )
    assert expanded.instance_view.maintenance_redeploy_status.maintenance_window_start_time
    idle = view_of(production, machine_named(production, "vm-ledger-01"))
    assert idle.maintenance_redeploy_status is None
    assert [status.code for status in idle.statuses] == ["ProvisioningState/succeeded", "PowerState/running"]


def test_self_service_maintenance_is_polled_to_its_end(production):
    machine = machine_named(production, "vm-web-02")
    poller = production.virtual_machines.begin_perform_maintenance(
        group_of(machine), machine.name, polling_interval=0.2
    )
    poller.result(timeout=60)
    assert poller.status() == "Succeeded"
    status = view_of(production, machine).maintenance_redeploy_status
    assert status.last_operation_result_code == "MaintenanceCompleted"
    assert status.is_customer_initiated_maintenance_allowed is False


def test_a_machine_without_planned_maintenance_is_refused(production):
    machine = machine_named(production, "vm-ledger-01")
    with pytest.raises(HttpResponseError) as refusal:
        production.virtual_machines.begin_perform_maintenance(group_of(machine), machine.name)
    assert refusal.value.status_code == 409
    assert refusal.value.error.code == "OperationNotAllowed"
    assert "'vm-ledger-01'" in refusal.value.error.message


def test_a_missing_machine_is_not_found(production):
    with pytest.raises(ResourceNotFoundError) as missing:
        production.virtual_machines.instance_view("rg-webshop-prod", "vm-web-99")
    assert missing.value.error.code == "ResourceNotFound"


def test_scale_set_instances_are_listed_with_their_views_and_started(production):
    scale_set = next(each for each in production.virtual_machine_scale_sets.list_all())
    group = scale_set.id.split("/")[4]
    instances = list(
        production.virtual_machine_scale_set_vms.list(group, scale_set.name, expand="instanceView")
    )
    planned = {
        each.instance_id for each in instances if each.instance_view.maintenance_redeploy_status is not None
    }
    assert planned == {"1", "2", "3"}
    production.virtual_machine_scale_sets.begin_perform_maintenance(
        group, scale_set.name, {"instanceIds": ["3"]}, polling_interval=0.2
    ).result(timeout=60)
    production.virtual_machine_scale_set_vms.begin_perform_maintenance(
        group, scale_set.name, "1", polling_interval=0.2
    ).result(timeout=60)

    def result(instance):
        view = production.virtual_machine_scale_set_vms.get_instance_view(group, scale_set.name, instance)
        return view.maintenance_redeploy_status.last_operation_result_code

    assert [result("1"), result("2"), result("3")] == ["MaintenanceCompleted", "None", "MaintenanceCompleted"]


def test_a_dedicated_host_is_read_without_maintenance(subscriptions):
    sap = client(ComputeManagementClient, subscriptions["Contoso SAP"])
    host = sap.dedicated_hosts.get("rg-sap-hosts", "hg-sap", "host-01", expand="instanceView")
    assert host.instance_view.statuses[0].code == "ProvisioningState/succeeded"
    assert host.virtual_machines
    group = sap.dedicated_host_groups.get("rg-sap-hosts", "hg-sap", expand="instanceView")
    assert [each.name for each in group.instance_view.hosts] == ["host-01"]


def ask(graph, query, **options):
    return graph.resources(QueryRequest(query=query, options=QueryRequestOptions(**options)))


def test_resource_graph_is_paged_by_skip_token():
    graph = client(ResourceGraphClient, principal="paging")
    query = "maintenanceresources | where type =~ 'microsoft.maintenance/updates' | project id, name, properties"
    names, token = [], None
    while True:
        page = ask(graph, query, top=10, skip_token=token, result_format="objectArray")
        names += [row["name"] for row in page.data]
        token = page.skip_token
        if not token:
            break
    assert len(names) == len(set(names)) == page.total_records > 10
    table = ask(graph, query, top=1, result_format="table").data
    assert [column["name"] for column in table["columns"]] == ["id", "name", "properties"]


def test_a_question_that_is_not_understood_is_refused():
    with pytest.raises(HttpResponseError) as refusal:
        ask(client(ResourceGraphClient, principal="refused"), "resources | summarize count() by type")
    assert refusal.value.status_code == 400
    assert refusal.value.error.code == "BadRequest"
    assert "summarize" in refusal.value.error.details[0].message


def test_throttled_questions_are_told_when_to_retry_and_then_succeed():
    once = client(ResourceGraphClient, principal="hasty", retry_total=0)
    with pytest.raises(HttpResponseError) as refusal:
        for _ in range(16):
            ask(once, "resources | project id", top=1)
    assert refusal.value.status_code == 429
    assert 0 < int(refusal.value.response.headers["Retry-After"]) <= 5
    patient = client(ResourceGraphClient, principal="hasty")
    assert ask(patient, "resources | project id", top=1).count == 1


# Azure's own schemas.

SWAGGERS = {
    "compute": "Microsoft.Compute_2021-03-01_compute.json",
    "graph": "Microsoft.ResourceGraph_2021-03-01.json",
    "subscriptions": "Microsoft.Resources_2021-01-01_subscriptions.json",
}


@functools.cache
def swagger(name):
    return json.loads((SPECS / SWAGGERS[name]).read_text())


@functools.cache
def validator(name, definition):
    definitions = {key: as_json_schema(value) for key, value in swagger(name)["definitions"].items()}
    return jsonschema.Draft4Validator({"$ref": f"#/definitions/{definition}", "definitions": definitions})


def as_json_schema(node):
    """A swagger schema as JSON schema, with the conventions of Azure's swaggers spelt out."""
    if isinstance(node, list):
        return [as_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        # Common types of other files are outside what we have; they hold nothing that is checked here.
        return {"$ref": node["$ref"]} if node["$ref"].startswith("#/") else {}
    schema = {key: as_json_schema(value) for key, value in node.items() if key not in ("format", "example")}
    if node.get("x-ms-enum", {}).get("modelAsString"):
        # Such an enumeration is open: it names the values known when the file was written.
        schema.pop("enum", None)
    if node.get("type") == "object" and not node.keys() & {"properties", "additionalProperties", "allOf"}:
        # An object without any property stands for any value.
        schema.pop("type")
    return schema


def check(name, definition, value):
    """The value fits the definition and has no field that the definition does not name."""
    errors = validator(name, definition).iter_errors(value)
    problems = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors]
    assert not problems, "\n".join(problems)
    known_fields(swagger(name), {"$ref": f"#/definitions/{definition}"}, value, definition)


def known_fields(document, schema, value, where):
    """Swagger leaves objects open, so misspelt fields are looked for apart."""
    if isinstance(value, list):
        for position, each in enumerate(value):
            known_fields(document, schema.get("items", {}), each, f"{where}[{position}]")
        return
    properties, is_open = fields(document, schema)
    if not isinstance(value, dict) or is_open or not properties:
        return
    unknown = set(value) - set(properties) - NEWER
    assert not unknown, f"{where} has fields that Azure does not document: {sorted(unknown)}"
    for name, each in value.items():
        known_fields(document, properties.get(name, {}), each, f"{where}.{name}")


# Fields of later versions of the interface than the swagger at hand.
NEWER = {"orchestrationMode"}


def fields(document, schema):
    """The properties of a schema with those it inherits, and whether it takes others."""
    if "$ref" in schema:
        if not schema["$ref"].startswith("#/definitions/"):
            return {}, True
        return fields(document, document["definitions"][schema["$ref"].removeprefix("#/definitions/")])
    properties, is_open = dict(schema.get("properties", {})), "additionalProperties" in schema
    for part in schema.get("allOf", []):
        inherited, inherited_open = fields(document, part)
        properties |= inherited
        is_open = is_open or inherited_open
    return properties, is_open


def raw(path, body=None, **query):
    """An answer as it is on the wire."""
    version = query.pop("version", "2024-11-01")
    address = f"{AZURE}{path}?{urllib.parse.urlencode({'api-version': version, **query})}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address, data, {"Authorization": "Bearer raw", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def pages(path, **query):
    """All pages of a list, the way their links lead."""
    page = raw(path, **query)
    yield page
    while page.get("nextLink"):
        request = urllib.request.Request(page["nextLink"], headers={"Authorization": "Bearer raw"})
        with urllib.request.urlopen(request, timeout=30) as response:
            page = json.load(response)
        yield page


needs_schemas = pytest.mark.skipif(
    SPECS is None or not SPECS.is_dir(),
    reason="left out: NOTIFIER_REFERENCE_DIR names no folder with azure/payloads/specs",
)


@needs_schemas
def test_subscriptions_fit_their_schema():
    for page in pages("/subscriptions", version="2021-01-01"):
        # Swagger requires a nextLink that Azure leaves out on the last page.
        check("subscriptions", "SubscriptionListResult", {"nextLink": "", **page})


@needs_schemas
def test_machines_and_instance_views_fit_their_schemas(subscriptions):
    kinds = set()
    for subscription in subscriptions.values():
        path = f"/subscriptions/{subscription}/providers/Microsoft.Compute"
        for page in pages(f"{path}/virtualMachines"):
            check("compute", "VirtualMachineListResult", page)
            for machine in page["value"]:
                check("compute", "VirtualMachine", raw(machine["id"], **{"$expand": "instanceView"}))
                view = raw(f"{machine['id']}/instanceView")
                check("compute", "VirtualMachineInstanceView", view)
                kinds.add("maintenanceRedeployStatus" in view)
        for page in pages(f"{path}/virtualMachines", statusOnly="true"):
            check("compute", "VirtualMachineListResult", page)
        for page in pages(f"{path}/virtualMachineScaleSets"):
            check("compute", "VirtualMachineScaleSetListWithLinkResult", page)
            for scale_set in page["value"]:
                for instances in pages(f"{scale_set['id']}/virtualMachines", **{"$expand": "instanceView"}):
                    check("compute", "VirtualMachineScaleSetVMListResult", instances)
                    for instance in instances["value"]:
                        view = raw(f"{instance['id']}/instanceView")
                        check("compute", "VirtualMachineScaleSetVMInstanceView", view)
    assert kinds == {True, False}


@needs_schemas
def test_hosts_fit_their_schemas(subscriptions):
    group = f"/subscriptions/{subscriptions['Contoso SAP']}/resourceGroups/rg-sap-hosts/providers/Microsoft.Compute/hostGroups/hg-sap"
    check("compute", "DedicatedHostGroup", raw(group, **{"$expand": "instanceView"}))
    check("compute", "DedicatedHost", raw(f"{group}/hosts/host-01", **{"$expand": "instanceView"}))


@needs_schemas
@pytest.mark.parametrize("form", ["objectArray", "table"])
def test_resource_graph_answers_and_errors_fit_their_schemas(form):
    for table in ["resources", "resourcecontainers", "maintenanceresources", "servicehealthresources"]:
        body = {"query": f"{table} | project id, properties", "options": {"$top": 20, "resultFormat": form}}
        answer = raw("/providers/Microsoft.ResourceGraph/resources", body, version="2021-03-01")
        assert answer["count"] > 0
        check("graph", "QueryResponse", answer)
        if form == "table":
            check("graph", "Table", answer["data"])
        else:
            assert all(set(row) == {"id", "properties"} for row in answer["data"])
    with pytest.raises(urllib.error.HTTPError) as refusal:
        raw("/providers/Microsoft.ResourceGraph/resources", {"query": "nonsense"}, version="2021-03-01")
    check("graph", "ErrorResponse", json.load(refusal.value))
