"""Each kubectl tool with the real kubectl, against a recording of a real cluster."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from holmes.core.codec import decode, encode
from holmes.core.messages import JsonObject
from holmes.core.tool_output import Findings, Json, LogLines, Table, ToolOutput
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.folder import log_path
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from holmes.tools.arguments import ValidArguments, validate
from holmes.tools.base import Tool
from holmes.tools.process import find_executable
from snapshot.cluster import thing, write_cluster
from support.context import tool_context
from support.kubectl import kubectls
from support.recording import recording

pytestmark = pytest.mark.anyio

FOLDERS = [str(Path(binary).parent) for binary in kubectls().values()]


@pytest.fixture(scope="module", params=FOLDERS)
def server(request: pytest.FixtureRequest) -> Iterator[SnapshotServer]:
    """The recording, and in PATH first the kubectl of the folder."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{request.param}:{before}"
    assert find_executable("kubectl") == f"{request.param}/kubectl"
    with SnapshotServer(recording()) as running:
        yield running
        assert running.writes == 0
    os.environ["PATH"] = before


def tools(server: SnapshotServer, namespace: str = "") -> dict[str, Tool]:
    target = KubeTarget(kubeconfig=str(server.kubeconfig), namespace=namespace)
    loaded = registry.load((), {}, tool_context(target))
    return {tool.definition.name: tool for item in loaded for tool in item.tools}


async def call(server: SnapshotServer, name: str, arguments: JsonObject) -> ToolOutput:
    tool = tools(server)[name]
    checked = validate(tool.definition, arguments)
    assert isinstance(checked, ValidArguments), checked
    return await tool.run(checked.arguments)


def rows(output: ToolOutput) -> list[list[str]]:
    return [line.split() for line in output.text.splitlines()[1:]]


async def test_every_command_shown_gives_the_same_when_run_again(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_get", {"kind": "deploy", "namespace": "promo"})
    again = await anyio.run_process(["bash", "-c", output.command])
    assert again.stdout.decode() == output.text


async def test_get_lists_all_namespaces_one_or_a_selection(server: SnapshotServer) -> None:
    everything = await call(server, "kubectl_get", {"kind": "pods"})
    assert everything.text.startswith("NAMESPACE")
    assert len(rows(everything)) > 40
    one = await call(server, "kubectl_get", {"kind": "pods", "namespace": "fraud"})
    assert {row[0].rsplit("-", 2)[0] for row in rows(one)} == {"fraud-check", "scorer"}
    chosen = await call(server, "kubectl_get", {"kind": "pods", "selector": "app=search"})
    assert [row[:2] for row in rows(chosen)] == [["catalog", "search-5b57f48984-md48k"]]


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "pods", "name": "search-5b57f48984-md48k", "namespace": "catalog"},
        {"kind": "pods", "name": "search-5b57f48984-md48k"},
        {"kind": "pod", "name": "search"},
        {"kind": "pod/search-5b57f48984-md48k"},
        {"kind": "pod search-5b57f48984-md48k", "namespace": "catalog"},
        {"kind": "pods", "name": "pod/search-5b57f48984-md48k", "namespace": "all"},
        {"kind": "pods", "name": "search-5b57f48984-md48k", "namespace": "default"},
    ],
)
async def test_a_named_object_is_found_however_it_is_named(
    server: SnapshotServer, arguments: JsonObject
) -> None:
    output = await call(server, "kubectl_get", arguments)
    assert output.status == "ok"
    assert rows(output)[0][0] == "search-5b57f48984-md48k"
    assert "-n catalog" in output.command


async def test_where_it_was_found_is_said(server: SnapshotServer) -> None:
    arguments = {"kind": "pods", "name": "search", "namespace": "default"}
    output = await call(server, "kubectl_describe", arguments)
    assert output.note.startswith('"search" is not in namespace "default"')
    assert "catalog/search-5b57f48984-md48k" in output.note


async def test_cluster_scoped_objects_need_no_namespace(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_get", {"kind": "nodes", "name": "node-2"})
    assert rows(output)[0][:2] == ["node-2", "NotReady"]
    described = await call(server, "kubectl_describe", {"kind": "node", "name": "node-2"})
    assert "NodeStatusUnknown" in described.text


async def test_an_unknown_kind_fails_with_kubectls_own_words(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_get", {"kind": "podz"})
    assert output.status == "failed"
    assert 'doesn\'t have a resource type "podz"' in output.note


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "--kubeconfig=/etc/passwd"},
        {"kind": "-f", "name": "/etc/passwd"},
        {"kind": "pods", "selector": "a=b", "namespace": "--all"},
        {"kind": "pods", "name": "--raw=/api/v1/secrets"},
        {"kind": "pods", "name": "x --raw /api"},
        {"kind": "pods; id"},
    ],
)
async def test_arguments_stay_arguments(server: SnapshotServer, arguments: JsonObject) -> None:
    output = await call(server, "kubectl_get", arguments)
    assert output.status in {"denied", "failed", "invalid_arguments", "no_data"}
    assert "uid=" not in output.text
    assert "root:" not in output.text


async def test_describe_shows_why_a_pod_waits(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_describe", {"kind": "pod", "name": "mailer"})
    assert 'configmap "mailer-settings" not found' in output.text


async def test_yaml_has_no_bookkeeping(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_get_yaml", {"kind": "svc", "name": "cart"})
    assert "app: cart-api" in output.text
    assert "managedFields" not in output.text
    assert "last-applied" not in output.text
    assert output.command.endswith("-o json")


async def test_events_put_warnings_first_and_follow_ownership(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_events", {"name": "banner"})
    kinds = [row[2] for row in rows(output)]
    assert kinds == sorted(kinds, reverse=True)  # Warning, then Normal
    assert "exceeded quota: promo-quota" in output.text
    assert "replicaset/banner-744c744f4d" in output.text
    only = await call(server, "kubectl_events", {"namespace": "promo", "warnings_only": True})
    assert {row[2] for row in rows(only)} == {"Warning"}


async def test_events_of_the_scheduler_have_an_age(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_events", {"namespace": "ml-train"})
    scheduling = [row for row in rows(output) if row[4] == "FailedScheduling"]
    assert scheduling
    assert all(row[0][:-1].isdigit() and row[0][-1] in "sm" for row in scheduling)


async def test_top_reads_usage(server: SnapshotServer) -> None:
    nodes = await call(server, "kubectl_top", {"kind": "nodes"})
    assert nodes.text.split()[0] == "NAME"
    assert "node-1" in nodes.text
    pods = await call(server, "kubectl_top", {"kind": "pods", "namespace": "fraud"})
    assert len(rows(pods)) == 3


async def test_count_counts_by_a_column(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_count", {"kind": "pods", "by": "status"})
    counts = {row[1]: int(row[0]) for row in rows(output)}
    everything = await call(server, "kubectl_get", {"kind": "pods"})
    assert counts["(all)"] == len(rows(everything))
    assert counts["CrashLoopBackOff"] == everything.text.count("CrashLoopBackOff")
    where = {"kind": "deployments", "by": "namespace", "namespace": "fraud"}
    assert rows(await call(server, "kubectl_count", where)) == [["2", "fraud"]]
    wrong = await call(server, "kubectl_count", {"kind": "pods", "by": "colour"})
    assert wrong.status == "failed"
    assert "STATUS" in wrong.note


async def test_columns_are_shown_beside_the_name_of_each_object(server: SnapshotServer) -> None:
    arguments = {"kind": "pods", "namespace": "fraud", "columns": ".spec.nodeName,UP:.status.phase"}
    output = await call(server, "kubectl_get", arguments)
    assert isinstance(output.data, Table)
    assert output.data.columns == ("NAMESPACE", "NAME", "NODENAME", "UP")
    assert {row[:1] + row[2:] for row in output.data.rows} == {("fraud", "node-1", "Running")}
    assert output.data.of == "pods"
    wrong = await call(server, "kubectl_get", {**arguments, "columns": "{range .items[*]}"})
    assert wrong.status == "invalid_arguments"
    counted = await call(server, "kubectl_count", {"kind": "pods", "by": ".spec.nodeName"})
    assert {row[1]: row[0] for row in rows(counted)}["node-2"] == "2"


async def test_rows_are_sorted_by_a_column_or_a_path(server: SnapshotServer) -> None:
    worst = await call(server, "kubectl_get", {"kind": "pods", "sort_by": "-restarts"})
    counts = [int(row.split()[4]) for row in worst.text.splitlines()[1:]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 5
    youngest = await call(server, "kubectl_get", {"kind": "deploy", "sort_by": "AGE"})
    assert youngest.status == "ok"
    path = {"kind": "pods", "sort_by": ".metadata.creationTimestamp"}
    first = await call(server, "kubectl_get", path)
    assert isinstance(first.data, Table)
    assert first.data.columns[-1] == "CREATIONTIMESTAMP"
    times = [row[-1] for row in first.data.rows]
    assert times == sorted(times)
    wrong = await call(server, "kubectl_get", {"kind": "pods", "sort_by": "colour"})
    assert (wrong.status, "STATUS" in wrong.note) == ("failed", True)


async def test_a_field_selector_chooses_objects(server: SnapshotServer) -> None:
    arguments = {"kind": "pods", "field_selector": "spec.nodeName=node-2"}
    output = await call(server, "kubectl_get", arguments)
    assert len(rows(output)) == 2


@pytest.mark.parametrize(
    ("tool", "arguments", "kind"),
    [
        ("kubectl_get", {"kind": "pods"}, Table),
        ("kubectl_get", {"kind": "nodes", "columns": ".spec"}, Table),
        ("kubectl_describe", {"kind": "pod", "name": "mailer"}, Json),
        ("kubectl_get_yaml", {"kind": "svc", "name": "cart"}, Json),
        ("kubectl_events", {}, Table),
        ("kubectl_top", {"kind": "nodes"}, Table),
        ("kubectl_count", {"kind": "pods"}, Table),
        ("kubectl_api_resources", {}, Table),
        ("kubectl_logs", {"name": "checkout"}, LogLines),
        ("find_problems", {"namespace": "users"}, Findings),
    ],
)
async def test_every_tool_gives_typed_data(
    server: SnapshotServer, tool: str, arguments: JsonObject, kind: type
) -> None:
    output = await call(server, tool, arguments)
    assert isinstance(output.data, kind)
    assert decode(ToolOutput, encode(output)) == output
    if isinstance(output.data, Findings):
        assert output.data.scope == "users"
        assert output.data.healthy == ("users/session", "node-1")


async def test_a_description_is_read_as_the_outline_that_it_is(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_describe", {"kind": "pod", "name": "mailer"})
    assert isinstance(output.data, Json)
    told = output.data.value
    assert isinstance(told, dict)
    assert told["Namespace"] == "notify"
    assert told["Labels"] == ["app=mailer", "pod-template-hash=69cd6d559f"]
    assert isinstance(told["Containers"], dict)
    mailer = told["Containers"]["mailer"]
    assert isinstance(mailer, dict)
    assert mailer["State"] == ["Waiting", {"Reason": "CreateContainerConfigError"}]
    assert mailer["Limits"] == {"memory": "96Mi"}
    assert isinstance(told["Events"], list)
    assert isinstance(last := told["Events"][-1], dict)
    assert (last["Type"], last["From"]) == ("Warning", "kubelet")


async def test_api_resources_lists_kinds(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_api_resources", {})
    assert "deployments" in output.text


async def test_the_targets_namespace_is_the_default(server: SnapshotServer) -> None:
    scoped = tools(server, namespace="fraud")["kubectl_get"]
    assert "-n fraud" in (await scoped.run({"kind": "pods"})).command
    assert "-A" in (await scoped.run({"kind": "pods", "namespace": "all"})).command


@pytest.mark.parametrize(
    ("arguments", "chosen", "log"),
    [
        ({"name": "checkout"}, "checkout-78bbb7575c-ctxps (CrashLoopBackOff)", "PAYMENT_API_KEY"),
        (
            {"name": "deploy/checkout", "namespace": "shop-checkout"},
            "the one of 3 that does worst",
            "PAYMENT_API_KEY",
        ),
        ({"name": "deployment/ledger"}, "init container wait-for-db", "NXDOMAIN"),
        ({"name": "job/orders-migrate-42"}, "container migrate", "DuplicateColumn"),
        ({"name": "static-site"}, "static-site-848f68d859-8t4t9", "proxy_passs"),
        ({"name": "profile", "namespace": "default"}, 'Not in "default" but in "users"', ""),
        ({"name": "coredns", "tail": 1}, "coredns-68d695647b-h9m4k (Running)", ""),
        ({"name": "checkout", "previous": True}, "the run before its last restart", "fatal"),
        ({"name": "checkout", "container": "checkout"}, "container checkout", "PAYMENT_API_KEY"),
    ],
)
async def test_logs_are_those_of_what_fails(
    server: SnapshotServer, arguments: JsonObject, chosen: str, log: str
) -> None:
    output = await call(server, "kubectl_logs", arguments)
    assert output.status == "ok", output
    assert chosen in output.note
    assert log in output.text
    assert output.command.startswith("kubectl logs ")


async def test_a_container_that_never_started_says_why(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_logs", {"name": "mailer"})
    assert output.status == "no_data"
    assert 'configmap "mailer-settings" not found' in output.note


async def test_an_evicted_pod_says_why(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_logs", {"name": "spooler"})
    assert "Evicted: Usage of EmptyDir volume" in output.note


async def test_a_filter_keeps_the_lines_that_match(server: SnapshotServer) -> None:
    arguments = {"name": "orders-migrate-42", "filter": "duplicate|nothing"}
    output = await call(server, "kubectl_logs", arguments)
    assert output.text
    assert all("duplicate" in line.lower() for line in output.text.splitlines())
    again = await anyio.run_process(["bash", "-c", output.command])
    assert again.stdout.decode() == output.text
    none = await call(server, "kubectl_logs", {**arguments, "filter": "no such line"})
    assert none.status == "no_data"
    broken = await call(server, "kubectl_logs", {**arguments, "filter": "(("})
    assert broken.status == "failed"
    option = await call(server, "kubectl_logs", {**arguments, "filter": "-v"})
    assert option.status == "no_data"


async def test_labels_mean_all_their_pods_by_time(server: SnapshotServer) -> None:
    output = await call(server, "kubectl_logs", {"name": "app=fraud-check", "tail": 40})
    assert output.note.startswith("2 pods, by time.")
    assert isinstance(output.data, LogLines)
    times = [line.time for line in output.data.lines]
    assert times == sorted(times)
    assert len({line.source for line in output.data.lines}) == 2
    one = await call(server, "kubectl_logs", {"name": "app=ledger-db", "namespace": "billing"})
    assert one.note.startswith("Pod ledger-db-0 ")
    for place in ({}, {"namespace": "fraud"}):
        none = await call(server, "kubectl_logs", {"name": "app=no,tier=x", **place})
        assert none.status == "no_data"
        assert 'has the labels "app=no,tier=x"' in none.note


async def test_logs_of_nothing_name_what_is_near(server: SnapshotServer) -> None:
    for place in ({}, {"namespace": "fraud"}, {"namespace": "shop"}):
        output = await call(server, "kubectl_logs", {"name": "serch", **place})
        assert output.status == "no_data"
        assert "Near: catalog/search-" in output.note
    missing = await call(server, "kubectl_logs", {"name": "checkout", "container": "sidecar"})
    assert missing.status == "failed"
    assert "checkout" in missing.note


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[SnapshotServer]:
    """A namespace whose pods are more JSON than is read of one command."""
    pods = [
        thing(
            kind="Pod",
            name=f"web-{number}",
            metadata={"annotations": {"config": "x" * 1_000_000}},
            spec={"containers": [{"name": "web"}], "nodeName": "n"},
            status={
                "phase": "Running",
                "containerStatuses": [{"name": "web", "ready": True, "state": {"running": {}}}],
            },
        )
        for number in range(18)
    ]
    folder = write_cluster(tmp_path / "crowded", {"pods": pods})
    log = log_path(folder, "web", "web-7", "web")
    log.parent.mkdir(parents=True)
    log.write_text("2026-11-24T10:30:00Z out of ideas\n")
    with SnapshotServer(folder) as running:
        yield running


async def test_logs_in_a_namespace_of_too_many_pods_take_a_full_name(
    crowded: SnapshotServer,
) -> None:
    named = await call(crowded, "kubectl_logs", {"name": "web-7", "namespace": "web"})
    assert named.text == "out of ideas\n"
    for name in ("web", "deploy/web"):
        output = await call(crowded, "kubectl_logs", {"name": name, "namespace": "web"})
        assert output.status == "failed"
        assert 'Namespace "web" has too many pods to look through' in output.note


@pytest.mark.parametrize("name", ["--help", "-f", "web --as=admin"])
async def test_logs_take_no_options_from_a_model(server: SnapshotServer, name: str) -> None:
    output = await call(server, "kubectl_logs", {"name": name})
    assert output.status in {"no_data", "denied", "failed"}
    assert "--as=admin" not in output.command


def test_the_kubectl_of_this_environment_is_tried() -> None:
    assert str(Path(sys.executable).parent) in FOLDERS
