"""Typed data is masked as its text is, and what selects, selects from masked text."""

import json
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holmes.core.finding import Finding, NextCall
from holmes.core.messages import JsonValue
from holmes.core.tool_output import (
    Findings,
    Json,
    LogLine,
    LogLines,
    Table,
    ToolData,
    ToolOutput,
)
from holmes.kubernetes.target import KubeTarget
from holmes.redaction.redactor import Redactor
from holmes.redaction.wrappers import Boundary
from holmes.snapshot.folder import log_path
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from holmes.tools.base import Tool
from holmes.tools.masking import masked_data, masked_json
from holmes.toolsets.command import RunCommand
from snapshot.cluster import thing, write_cluster
from support.context import tool_context

pytestmark = pytest.mark.anyio

RUN = RunCommand(context=tool_context())
SECRET = "Tr0ub4dor-horse-9"  # noqa: S105  (made up)
BODY = "\n".join(
    textwrap.wrap(
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj" * 8 + "x9Q==", 64
    )
)
KEY = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"


def masked(data: ToolData) -> ToolData:
    return masked_data(data, Redactor().text)


@pytest.mark.parametrize(
    "value",
    [
        {"password": SECRET},
        {"env": [{"name": "DB_PASSWORD", "value": SECRET}]},
        {"env": [{"value": SECRET, "name": "DB_PASSWORD"}]},
        {"args": ["serve", "--password", SECRET]},
        {"args": ["serve", f"--password={SECRET}"]},
        {"data": {"app.properties": f"a=1\ndb.password={SECRET}\n"}},
        {"data": {"pw": SECRET}},
        {"command": ["sh", "-c", f"mysql -p{SECRET} -e 'select 1'"]},
        {"deep": [[{"token": SECRET}]]},
        {"urls": [f"postgres://app:{SECRET}@db/x"]},
    ],
)
def test_json_is_masked_by_the_kind_of_field(value: JsonValue) -> None:
    assert SECRET not in json.dumps(masked_json(value, Redactor().text))


def test_what_is_no_secret_stays_the_same_object() -> None:
    value: JsonValue = {"kind": "Pod", "n": 3, "items": [{"name": "web", "value": None}], "x": 1.5}
    assert masked_json(value, Redactor().text) is value
    kept = masked_json({"password": SECRET, "name": "web", "n": 3, "none": None}, Redactor().text)
    assert (kept["name"], kept["n"], kept["none"]) == ("web", 3, None)


def test_a_cell_is_masked_with_its_column() -> None:
    table = Table(columns=("NAME", "PASSWORD"), rows=(("web", SECRET), ("db", "")), of="pods")
    found = masked(table)
    assert isinstance(found, Table)
    assert found.rows[0][0] == "web"
    assert SECRET not in str(found)
    assert (found.columns, found.of, found.rows[1]) == (table.columns, "pods", ("db", ""))


def test_a_key_over_many_lines_leaves_one_line_of_the_log() -> None:
    texts = ["starting", *KEY.split("\n"), "listening", f"password={SECRET}", "done"]
    lines = tuple(LogLine(text=text, time=str(at)) for at, text in enumerate(texts))
    found = masked(LogLines(lines=lines))
    assert isinstance(found, LogLines)
    assert [line.text for line in found.lines if line.text.isalpha()] == [
        "starting",
        "listening",
        "done",
    ]
    assert found.lines[0].time == "0"
    assert found.lines[-1].time == str(len(texts) - 1)
    assert len(found.lines) == 5
    assert BODY[:30] not in str(found)


def test_a_key_in_a_list_of_lines_is_found() -> None:
    found = masked(Json(value={"Data": ["x", *KEY.split("\n"), "y"]}))
    assert not any(line in str(found) for line in BODY.split("\n"))
    assert "'x'" in str(found)


def test_findings_are_masked_field_by_field() -> None:
    call = NextCall(tool="kubectl_logs", arguments={"name": "web"}, command="kubectl logs web")
    finding = Finding(
        check="crash",
        severity="critical",
        kind="Pod",
        namespace="shop",
        name="web",
        cause="exits",
        next_call=call,
        evidence=("log of web: fine", f"log of web: password={SECRET}"),
    )
    found = masked(Findings(findings=(finding,)))
    assert isinstance(found, Findings)
    assert SECRET not in str(found)
    [kept] = found.findings
    assert (kept.kind, kept.severity, kept.next_call, kept.evidence[0]) == (
        "Pod",
        "critical",
        call,
        "log of web: fine",
    )


LOG = "\n".join(
    f"2026-11-24T10:30:0{min(at, 9)}Z {line}"
    for at, line in enumerate(["hello", *KEY.split("\n"), f"PASSWORD={SECRET}", "bye"])
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnapshotServer]:
    env: list[JsonValue] = [
        {"name": "DB_PASSWORD", "value": SECRET},
        {"name": "MODE", "value": "fast"},
    ]
    container: JsonValue = {"name": "web", "args": ["--token", SECRET, "--fast"], "env": env}
    running: JsonValue = {"name": "web", "ready": True, "state": {"running": {}}}
    pods = [
        thing(
            kind="Pod",
            name=name,
            metadata={
                "labels": {"app": "web"},
                "ownerReferences": [{"kind": "StatefulSet", "name": "web"}],
            },
            spec={"containers": [container], "nodeName": "n"},
            status={"phase": "Running", "containerStatuses": [running]},
        )
        for name in ("web-0", "web-1")
    ]
    maps = [thing(kind="ConfigMap", name="settings", data={"pw": SECRET, "mode": "fast"})]
    folder: Path = write_cluster(
        tmp_path_factory.mktemp("secrets") / "x", {"pods": pods, "configmaps": maps}
    )
    for name, text in (("web-0", LOG), ("web-1", "2026-11-24T10:30:05Z hi from one")):
        log = log_path(folder, "web", name, "web")
        log.parent.mkdir(parents=True)
        log.write_text(text + "\n")
    with SnapshotServer(folder) as running_server:
        yield running_server


def tools(server: SnapshotServer) -> dict[str, Tool]:
    redactor = Redactor()
    target = KubeTarget(kubeconfig=str(server.kubeconfig), temporary=True)
    inline = {"toolsets": {"command": {"enabled": True}}}
    loaded = registry.load((), inline, tool_context(target, mask=redactor.secrets))
    guarded = Boundary(redactor).toolsets(loaded)
    return {tool.definition.name: tool for item in guarded for tool in item.tools}


async def call(server: SnapshotServer, tool: str, **arguments: str | int | bool) -> ToolOutput:
    return await tools(server)[tool].run(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"filter": "^[A-Za-z0-9+/=]{40,}$"},
        {"filter": "[A-Za-z0-9+/=]{4,}==?$"},
        {"filter": "PASSWORD=T"},
        {"filter": SECRET[:6]},
        {"tail": 1},
        {"tail": 4},
        {"tail": 6},
        {"since": "2026-11-24T10:30:09Z"},
        {"all": True},
        {"all": True, "filter": "[A-Za-z0-9+/=]{40,}"},
        {"all": True, "tail": 5},
    ],
)
async def test_no_choice_of_log_lines_shows_a_secret(
    server: SnapshotServer, arguments: dict[str, str | int | bool]
) -> None:
    name = "statefulset/web" if "all" in arguments else "web-0"
    output = await call(server, "kubectl_logs", name=name, namespace="web", **arguments)
    said = str(output)
    assert SECRET not in said
    assert not any(line in said for line in BODY.split("\n"))


async def test_a_filter_is_no_oracle(server: SnapshotServer) -> None:
    right = await call(server, "kubectl_logs", name="web-0", namespace="web", filter="PASSWORD=T")
    wrong = await call(server, "kubectl_logs", name="web-0", namespace="web", filter="PASSWORD=a")
    assert (right.status, right.text) == (wrong.status, wrong.text) == ("no_data", "")


@pytest.mark.parametrize(
    "columns",
    [
        ".spec.containers[0].env[0].value",
        ".spec.containers[*].env[*]['value']",
        'X:.spec.containers[0].env[?(@.name=="DB_PASSWORD")].value',
        "{..value}",
        ".spec",
        ".spec.containers[0].args[1]",
        ".spec.containers[0]['args']",
        "..args",
    ],
)
async def test_no_path_shows_a_secret(server: SnapshotServer, columns: str) -> None:
    for more in ({"columns": columns}, {"sort_by": columns.removeprefix("X:")}):
        output = await call(server, "kubectl_get", kind="pods", namespace="web", **more)
        assert output.status == "ok", output
        assert SECRET not in str(output)


@pytest.mark.parametrize("columns", [".data.pw", ".data['pw']", ".data", "..pw", ".data.*"])
async def test_no_path_shows_a_secret_of_a_config_map(server: SnapshotServer, columns: str) -> None:
    arguments = {"kind": "cm", "name": "settings", "namespace": "web", "columns": columns}
    output = await call(server, "kubectl_get", **arguments)
    assert output.status == "ok", output
    assert SECRET not in str(output)


async def test_honest_neighbours_are_shown(server: SnapshotServer) -> None:
    pods = await call(
        server,
        "kubectl_get",
        kind="pods",
        namespace="web",
        columns='.spec.containers[0].env[?(@.name=="MODE")].value,.spec.containers[0].args',
    )
    assert pods.text.count("fast") == 4
    log = await call(server, "kubectl_logs", name="web-0", namespace="web", filter="hello|bye")
    assert log.text == "hello\nbye\n"
    both = await call(server, "kubectl_logs", name="statefulset/web", namespace="web", all=True)
    assert isinstance(both.data, LogLines)
    assert [line.source for line in both.data.lines if "hi from one" in line.text] == ["web-1/web"]
    times = [line.time for line in both.data.lines]
    assert times == sorted(times)
    assert "2 pods, by time." in both.note


async def test_yaml_and_its_data_are_masked_alike(server: SnapshotServer) -> None:
    for tool in ("kubectl_get_yaml", "kubectl_describe"):
        for kind, name in (("pod", "web-0"), ("cm", "settings")):
            output = await call(server, tool, kind=kind, name=name, namespace="web")
            assert output.status == "ok"
            assert SECRET not in str(output)
            assert "fast" in output.text


@pytest.mark.parametrize(
    "line",
    [
        "kubectl describe cm settings -n web",
        "kubectl get cm settings -n web -o yaml | grep pw",
        "kubectl logs web-0 -n web --tail=4",
        "kubectl logs web-0 -n web --timestamps --tail=4",
        "kubectl logs web-0 -n web | grep -E '^[A-Za-z0-9+/=]{40,}$'",
        "kubectl logs web-0 -n web | tail -n 4",
        "kubectl logs web-0 -n web --tail=6 | head -n 3",
        "kubectl get pods -n web -o json | jq '.items[0].spec.containers[0].args[1]'",
        "kubectl get pods -n web -o json | jq -r '.items[].spec.containers[].env[].value'",
        "kubectl get pods -n web -o yaml | grep -A1 token",
        "kubectl get cm settings -n web -o json | jq -r .data.pw",
        "kubectl get cm settings -n web -o json | jq -r '.data | to_entries[] | .value'",
    ],
)
async def test_no_command_line_shows_a_secret(server: SnapshotServer, line: str) -> None:
    output = await call(server, "run_command", command=line)
    assert output.status in {"ok", "no_data"}, output
    assert SECRET not in str(output)
    assert not any(part in str(output) for part in BODY.split("\n"))


TEMPLATES = [
    "kubectl get pod web-0 -n web -o jsonpath=\"{.spec.containers[0].env[0]['value']}\"",
    "kubectl get pods -n web -o jsonpath='{.items[*].spec.containers[*].args[1]}'",
    "kubectl get pods -A -ojsonpath='{..args}'",
    "kubectl get pods -n web --output custom-columns=X:.spec.containers[0].args[1]",
    "kubectl get cm settings -n web -o jsonpath='{.data.pw}'",
    "kubectl get cm settings -n web -o jsonpath=\"{['data']['pw']}\"",
    "kubectl get cm settings -n web -o go-template='{{index .data \"pw\"}}'",
    "kubectl get cm -n web -o go-template='{{range .items}}{{.data}}{{end}}'",
    "kubectl get pods -n web -o go-template='{{range .items}}{{.spec}}{{end}}'",
    "kubectl get cm settings -n web -o jsonpath='{.data.pw}' | cut -c 1-9",
    "kubectl get pods -n web -o jsonpath='{..args}' | tr -d '[]' | sed s/a/b/",
]


@pytest.mark.parametrize("line", TEMPLATES)
async def test_no_template_shows_a_secret(server: SnapshotServer, line: str) -> None:
    output = await call(server, "run_command", command=line)
    assert output.status in {"ok", "denied"}, output
    assert SECRET[:9] not in str(output)


def test_most_templates_are_not_refused() -> None:
    refused = [line for line in TEMPLATES if not RUN.preview({"command": line})]
    assert len(refused) <= 4, refused


CERTIFICATE = KEY.replace("PRIVATE KEY", "CERTIFICATE")


@pytest.mark.parametrize(
    "text",
    [
        CERTIFICATE,
        "0123456789abcdef" * 4,
        "a" * 64,
        "registry.test/app@sha256:" + "0123456789abcdef" * 4,
        "/usr/share/java/com/acme/some/long/path/to/a/class/file/in/a/jar",
    ],
)
def test_what_only_looks_like_a_key_is_shown(text: str) -> None:
    assert Redactor().text(f"one\n{text}\ntwo") == f"one\n{text}\ntwo"


async def test_a_filter_comes_before_the_tail(server: SnapshotServer) -> None:
    arguments = {"name": "web-0", "namespace": "web", "filter": "hello"}
    output = await call(server, "kubectl_logs", **arguments, tail=1)
    assert output.text == "hello\n"
    assert output.command.endswith("| grep -iE -e hello | tail -n 1")
    bad = await call(server, "kubectl_logs", name="web-0", namespace="web", since="2026-99")
    assert bad.status == "invalid_arguments"


def test_large_data_is_masked_in_time() -> None:
    item: JsonValue = {"metadata": {"name": "web", "labels": {"app": "web"}}, "n": [1, 2, 3]}
    value: JsonValue = {"items": [item] * 20_000, "password": SECRET}
    began = time.monotonic()
    assert SECRET not in str(masked_json(value, Redactor().text))
    assert time.monotonic() - began < 20
