"""A name or a namespace that is not quite right, against a recording of a real cluster."""

import pytest

from holmes.core.messages import JsonObject
from holmes.snapshot.serve import SnapshotServer
from toolsets.test_kubernetes_tools import call, rows, server

pytestmark = pytest.mark.anyio

__all__ = ["server"]  # a fixture


async def test_a_name_that_fits_several_is_answered_with_them(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_get_yaml", {"kind": "pods", "name": "fraud"})
    assert output.status == "no_data"
    assert "fraud/fraud-check-fdcd868bc-2wvkc" in output.note


async def test_a_name_that_fits_nothing_is_answered_with_near_ones(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_describe", {"kind": "deploy", "name": "chekout"})
    assert output.status == "no_data"
    assert output.note == 'There is no deploy "chekout". Near: shop-checkout/checkout.'


@pytest.mark.parametrize(
    ("arguments", "note", "begins"),
    [
        (
            {"kind": "pods", "name": "node-1"},
            'There is no pods "node-1", but a Node.',
            ["node-1", "Ready"],
        ),
        (
            {"kind": "pods", "name": "node-1", "namespace": "fraud"},
            'There is no pods "node-1", but a Node.',
            ["node-1", "Ready"],
        ),
        (
            {"kind": "statefulset", "name": "fraud-check"},
            'There is no statefulset "fraud-check", but a Deployment and a Service.',
            ["fraud-check", "2/2"],
        ),
        (
            {"kind": "secret", "name": "fraud-check"},
            'There is no secret "fraud-check", but a Deployment and a Service.',
            ["fraud-check", "2/2"],
        ),
    ],
)
async def test_a_name_that_only_another_kind_has_is_found_there(
    server: SnapshotServer, arguments: JsonObject, note: str, begins: list[str]
) -> None:
    output = await call(server, "kubectl_get", arguments)
    assert output.status == "ok"
    assert output.note == note
    assert rows(output)[0][:2] == begins


@pytest.mark.parametrize("place", [{}, {"namespace": "fraud"}, {"namespace": "default"}])
async def test_a_workload_s_name_for_a_pod_means_one_of_its_replicas(
    server: SnapshotServer, place: JsonObject
) -> None:
    arguments = {"kind": "Pod", "name": "fraud-check", **place}
    output = await call(server, "kubectl_get_yaml", arguments)
    assert output.status == "ok"
    assert "name: fraud-check-fdcd868bc-2wvkc" in output.text
    if place.get("namespace") != "default":
        assert output.note == (
            '"fraud-check" was read as "fraud-check-fdcd868bc-2wvkc", one of 2 replicas.'
        )


async def test_of_replicas_the_one_that_is_not_ready_is_meant(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_get", {"kind": "pods", "name": "checkout"})
    [row] = rows(output)
    assert row[0].startswith("checkout-")
    assert row[1] == "0/1"


async def test_a_name_that_two_namespaces_have_is_of_no_other_kind(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_get", {"kind": "nodes", "name": "kube-root-ca.crt"})
    assert output.status == "no_data"
    assert output.note == 'There is no nodes "kube-root-ca.crt".'


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "Deployment", "name": "orders-migration"},
        {"kind": "Deployment", "name": "orders-migration", "namespace": "orders"},
        {"kind": "Deployment", "name": "orders-migration", "namespace": "fraud"},
    ],
    ids=["no namespace", "no such namespace", "another namespace"],
)
async def test_a_name_that_no_kind_has_is_answered_with_near_ones_of_others(
    server: SnapshotServer, arguments: JsonObject
) -> None:
    output = await call(server, "kubectl_describe", arguments)
    assert output.status != "ok"
    assert output.note == (
        'There is no Deployment "orders-migration". Near: Job db-migrate/orders-migrate-42.'
    )


@pytest.mark.parametrize("tool", ["kubectl_events", "kubectl_get", "kubectl_count", "kubectl_top"])
async def test_a_namespace_that_does_not_exist_is_read_as_every_one(
    server: SnapshotServer, tool: str
) -> None:
    kind = {} if tool == "kubectl_events" else {"kind": "pods"}
    output = await call(server, tool, {**kind, "namespace": "orders"})
    assert (output.status, output.note) == (
        "ok",
        'There is no namespace "orders": this is every namespace.',
    )
    assert " -A" in output.command
    empty = await call(server, tool, {**kind, "namespace": "kube-node-lease"})
    assert empty.status == "no_data"
    assert " -A" not in empty.command
