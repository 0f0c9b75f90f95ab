"""Walks through simulated Azure as Microsoft's newest clients do, with all that they refuse and read on the way.

`make sdk-walk` installs them into target/ and runs this; it is too much for every run of the tests.
`SIMULATED_AZURE_URL` is the address of a running simulation, whose world `tests/it/simulated_azure/clients.rs` makes.
"""

import os
import time
import uuid

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.maintenance import MaintenanceManagementClient
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from azure.mgmt.resourcehealth import ResourceHealthMgmtClient
from azure.mgmt.subscription import SubscriptionClient

AZURE = os.environ["SIMULATED_AZURE_URL"]
PRODUCTION, LAB = "Contoso Production", "Contoso Lab"


class StaticCredential:
    """Stands in for a real credential; the header policy below is what authenticates."""

    def get_token(self, *scopes, **options):
        return AccessToken("python", int(time.time()) + 3600)


class StaticToken(SansIOHTTPPolicy):
    """Sends a bearer token over plain HTTP on this machine, which Azure's own policy rightly refuses."""

    def on_request(self, request):
        request.http_request.headers["Authorization"] = "Bearer python"


def client(kind, *arguments, **options):
    return kind(
        StaticCredential(), *arguments, base_url=AZURE, authentication_policy=StaticToken(), **options
    )


@pytest.fixture(scope="module")
def subscriptions():
    return {each.display_name: each for each in client(SubscriptionClient).subscriptions.list()}


@pytest.fixture(scope="module")
def production(subscriptions):
    return subscriptions[PRODUCTION].subscription_id


@pytest.fixture(scope="module")
def compute(production):
    return client(ComputeManagementClient, production)


@pytest.fixture(scope="module")
def machines(compute):
    return {machine.name: machine for machine in compute.virtual_machines.list_all()}


def group_of(resource):
    return resource.id.split("/")[4]


def refused(status, code):
    """What Azure answers, as its clients raise it."""

    class Refusal:
        def __enter__(self):
            self.raises = pytest.raises(HttpResponseError)
            self.info = self.raises.__enter__()
            return self

        def __exit__(self, *problem):
            caught = self.raises.__exit__(*problem)
            error = self.info.value
            assert (error.status_code, error.error and error.error.code) == (status, code), error
            return caught

    return Refusal()


def test_subscriptions_and_tenants_are_listed_to_an_empty_link(subscriptions):
    assert {PRODUCTION, LAB} <= set(subscriptions)
    assert all(each.state for each in subscriptions.values())
    assert len(list(client(SubscriptionClient).tenants.list())) == 1


def test_answers_are_packed_on_the_way(production):
    seen = []
    packed = client(
        ComputeManagementClient,
        production,
        raw_response_hook=lambda answer: seen.append(answer.http_response.headers.get("content-encoding")),
    )
    assert len(list(packed.virtual_machines.list_all())) > 5
    assert "gzip" in seen


def test_a_version_that_is_not_there_is_refused(production, compute, machines):
    with refused(400, "NoRegisteredProviderFound"):
        list(compute.virtual_machines.list_all(params={"api-version": "2031-01-01"}))
    ahead = client(MaintenanceManagementClient, production, api_version="2031-01-01")
    machine = machines["vm-web-01"]
    with refused(400, "NoRegisteredProviderFound"):
        list(
            ahead.updates.list(group_of(machine), "Microsoft.Compute", "virtualMachines", machine.name)
        )


def test_what_cannot_be_expanded_is_refused(compute, machines):
    machine = machines["vm-web-01"]
    with refused(400, "InvalidParameter"):
        compute.virtual_machines.get(group_of(machine), machine.name, expand="everything")
    with refused(400, "InvalidParameter"):
        list(compute.virtual_machines.list_all(expand="instanceView"))


def test_a_subscription_that_may_not_be_read_is_refused_and_never_empty(subscriptions):
    lab = subscriptions[LAB].subscription_id
    with refused(403, "AuthorizationFailed"):
        list(client(ComputeManagementClient, lab).virtual_machines.list_all())
    with refused(403, "AuthorizationFailed"):
        list(client(MonitorManagementClient, lab).activity_logs.list(filter=since()))
    with refused(400, "BadRequest"):
        graph = client(ResourceGraphClient)
        graph.resources(QueryRequest(query="resources | project id", subscriptions=[lab]))


def test_the_members_of_a_flexible_set_are_machines(compute):
    sets = {each.name: each for each in compute.virtual_machine_scale_sets.list_all()}
    flexible = sets["vmss-flexible"]
    assert flexible.orchestration_mode == "Flexible"
    with refused(400, "BadRequest"):
        list(compute.virtual_machine_scale_set_vms.list(group_of(flexible), flexible.name))
    which = f"'virtualMachineScaleSet/id' eq '{flexible.id}'"
    members = list(compute.virtual_machines.list(group_of(flexible), filter=which, expand="instanceView"))
    assert [member.name for member in members] == ["vmss-flexible_1", "vmss-flexible_2"]
    for member in members:
        assert member.virtual_machine_scale_set.id.lower() == flexible.id.lower()
        assert member.instance_view.maintenance_redeploy_status.maintenance_window_end_time


def test_a_machine_without_an_agent_says_nothing_of_one(compute, machines):
    def view(name):
        return compute.virtual_machines.instance_view(group_of(machines[name]), name)

    assert view("vm-appliance").vm_agent is None
    silent = view("vm-custom").vm_agent
    assert (silent.vm_agent_version, silent.statuses[0].display_status) == ("Unknown", "Not Ready")
    assert view("vm-web-01").vm_agent.statuses[0].display_status == "Ready"


def test_maintenance_has_an_update_of_a_planned_machine_and_none_of_another(production, machines):
    maintenance = client(MaintenanceManagementClient, production)

    def updates(machine):
        listed = maintenance.updates.list(
            group_of(machine), "Microsoft.Compute", "virtualMachines", machine.name
        )
        return list(listed)

    [update] = updates(machines["vm-web-01"])
    assert (update.maintenance_scope, update.status) == ("Host", "Pending")
    assert update.resource_id.lower() == machines["vm-web-01"].id.lower()
    assert updates(machines["vm-ledger-01"]) == []
    with pytest.raises(ResourceNotFoundError):
        list(
            maintenance.updates.list(
                group_of(machines["vm-web-01"]), "Microsoft.Compute", "virtualMachines", "nobody"
            )
        )


def since():
    return "eventTimestamp ge '2026-11-20T00:00:00Z' and eventTimestamp le '2026-12-20T00:00:00Z'"


def log_of(production, correlation):
    monitor = client(MonitorManagementClient, production)
    which = f"{since()} and correlationId eq '{correlation}'"
    return [
        (each.operation_name.value, each.status.value, each.resource_id.lower())
        for each in monitor.activity_logs.list(filter=which)
    ]


def test_a_start_shows_on_the_machine_while_it_lasts_and_in_the_log_by_its_number(
    compute, production, machines
):
    machine, number = machines["vm-web-02"], str(uuid.uuid4())
    group, name = group_of(machine), machine.name
    health = client(ResourceHealthMgmtClient, production)

    def power():
        view = compute.virtual_machines.instance_view(group, name)
        return [status.code for status in view.statuses if status.code.startswith("PowerState/")], view

    def availability():
        return health.availability_statuses.get_by_resource(machine.id).properties.availability_state

    assert power()[0] == ["PowerState/running"] and availability() == "Available"
    poller = compute.virtual_machines.begin_perform_maintenance(
        group, name, polling_interval=0.2, headers={"x-ms-correlation-request-id": number}
    )
    states, view = power()
    while states == ["PowerState/running"]:
        assert not poller.done(), "it never went away"
        states, view = power()
    assert view.maintenance_redeploy_status is None, "and shows nothing of maintenance"
    assert availability() == "Unavailable"
    poller.result(timeout=60)
    states, view = power()
    assert states == ["PowerState/running"] and availability() == "Available"
    assert view.maintenance_redeploy_status.last_operation_result_code == "MaintenanceCompleted"
    assert view.maintenance_redeploy_status.is_customer_initiated_maintenance_allowed is False
    log = log_of(production, number)
    assert [status for _, status, _ in log] == ["Succeeded", "Accepted", "Started"]
    assert {(what, whom) for what, _, whom in log} == {
        ("Microsoft.Compute/virtualMachines/performMaintenance/action", machine.id.lower())
    }


def test_the_start_of_a_set_is_one_request_of_the_set(compute, production):
    uniform = next(
        each
        for each in compute.virtual_machine_scale_sets.list_all()
        if each.orchestration_mode != "Flexible"
    )
    number = str(uuid.uuid4())
    compute.virtual_machine_scale_sets.begin_perform_maintenance(
        group_of(uniform),
        uniform.name,
        {"instanceIds": ["1", "2"]},
        polling_interval=0.2,
        headers={"x-ms-correlation-request-id": number},
    ).result(timeout=60)
    log = log_of(production, number)
    assert len(log) == 3
    assert {whom for _, _, whom in log} == {uniform.id.lower()}, "and not of each instance"


def ask(query, **options):
    return client(ResourceGraphClient).resources(
        QueryRequest(query=query, options=QueryRequestOptions(**options))
    )


def test_a_column_that_no_table_has_is_refused_with_the_reason_inside():
    for question in ["resources | where colour =~ 'red' | project id", "resources | project id, colour"]:
        with pytest.raises(HttpResponseError) as refusal:
            ask(question)
        assert refusal.value.status_code == 400
        assert any("colour" in detail.message for detail in refusal.value.error.details)


def test_resource_graph_has_the_flexible_set_and_leaves_out_what_may_not_be_read(subscriptions):
    query = "resources | where type =~ 'microsoft.compute/virtualmachinescalesets' | project id, name, properties"
    rows = ask(query, result_format="objectArray").data
    modes = {row["name"]: row["properties"]["orchestrationMode"] for row in rows}
    assert modes["vmss-flexible"] == "Flexible"
    lab = subscriptions[LAB].subscription_id
    assert not any(lab in row["id"] for row in rows)


def test_a_body_that_is_no_json_is_refused(production, machines):
    compute = client(ComputeManagementClient, production)
    uniform = next(
        each
        for each in compute.virtual_machine_scale_sets.list_all()
        if each.orchestration_mode != "Flexible"
    )
    with refused(415, "UnsupportedMediaType"):
        compute.virtual_machine_scale_sets.begin_perform_maintenance(
            group_of(uniform),
            uniform.name,
            b'{"instanceIds": ["3"]}',
            content_type="text/plain",
        )
