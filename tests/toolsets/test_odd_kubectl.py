"""A kubectl that prints what nobody expects: a result with one line, never a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest

from holmes.core.messages import JsonObject
from holmes.kubernetes.target import KubeTarget
from holmes.redaction.redactor import Redactor
from holmes.redaction.wrappers import Boundary
from holmes.tools.base import Tool
from holmes.toolsets import command
from holmes.toolsets.kubernetes import toolset
from support.context import tool_context

pytestmark = pytest.mark.anyio

POD: dict[str, Any] = {"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}
DEEP = 3_000


def listed(*items: object) -> str:
    return json.dumps({"kind": "List", "apiVersion": "v1", "items": list(items)})


PRINTED = {
    "nothing": "",
    "words": "Unable to connect\n",
    "null": "null",
    "number": "42",
    "string": '"web"',
    "list": "[]",
    "list of numbers": "[1, 2]",
    "empty object": "{}",
    "half an object": '{"kind": "List", "items": [{"kind": "Pod", "metadata": {"na',
    "two objects": "{}{}",
    "json and words": '{"kind": "List", "items": []}\nwarning: old client\n',
    "items is a number": '{"kind": "List", "items": 5}',
    "items is an object": '{"kind": "List", "items": {"a": 1}}',
    "items of nothing": listed(None, 5, "x", []),
    "items of lists": listed([[]], [POD]),
    "metadata is a word": listed({"kind": "Pod", "metadata": "x"}),
    "metadata is a list": listed({"kind": "Pod", "metadata": [1]}),
    "name is a number": listed({"kind": "Pod", "metadata": {"name": 5, "namespace": []}}),
    "status is a word": listed({**POD, "status": "x", "spec": "y"}),
    "containers are words": listed({**POD, "spec": {"containers": ["a"]}}),
    "statuses are numbers": listed({**POD, "status": {"containerStatuses": [1, None]}}),
    "state is a list": listed(
        {**POD, "spec": {"containers": [{"name": "a"}]},
         "status": {"containerStatuses": [{"name": "a", "state": [1], "lastState": 5}]}}
    ),
    "owners are words": listed({**POD, "metadata": {"name": "web", "ownerReferences": "abc"}}),
    "labels are a number": listed({**POD, "metadata": {"name": "web", "labels": 5}}),
    "a secret's data is a list": listed({"kind": "Secret", "data": ["a", {"b": 1}]}),
    "a secret's data is a word": listed({"kind": "Secret", "metadata": {"name": "s"}, "data": "x"}),
    "a secret of nothing": json.dumps({"kind": "Secret", "metadata": None, "data": None}),
    "a secret's annotations": listed({"kind": "Secret", "metadata": {"annotations": 3}}),
    "a list of secrets in one": json.dumps({"kind": "SecretList", "items": [1, {"data": 7}]}),
    "an event's object": listed({"kind": "Event", "involvedObject": "x", "count": "many"}),
    "an event's series": listed({"kind": "Event", "series": [1], "metadata": {"name": 4}}),
    "an event's number": listed({"kind": "Event", "count": [1], "lastTimestamp": {"a": 1}}),
    "kind is a list": json.dumps({"kind": ["Pod"], "metadata": {"name": "web"}}),
    "kind is an object": listed({"kind": {"a": 1}}),
    "deep": "[" * DEEP + "]" * DEEP,
    "deep object": '{"kind": "Pod", "a": ' + '{"a": ' * DEEP + "1" + "}" * DEEP + "}",
    "deep in a list": '{"kind": "List", "items": [' + "[" * DEEP + "]" * DEEP + "]}",
    **{f"{depth} lists": f"{'[' * depth}{']' * depth}" for depth in (100, 300, 450, 700, 950)},
    **{
        f"{depth} levels": '{"kind": "Pod", "a": ' + '{"a": ' * depth + "1" + "}" * (depth + 1)
        for depth in (100, 300, 450, 700, 950)
    },
    "table of one word": "NAME\n",
    "table with a hole": "NAMESPACE   NAME\n\nshop\n   web\n",
    "yaml": "kind: Secret\ndata: [1, 2\n",
    "yaml of a secret": "kind: Secret\nmetadata: 5\ndata: word\n",
    "surrogate": '{"kind": "Pod", "metadata": {"name": "\\ud800"}}',
    "not a number": '{"kind": "List", "items": [NaN, Infinity]}',
    "long number": '{"kind": "Pod", "metadata": {"name": ' + "9" * 5_000 + "}}",
}  # fmt: skip

CALLS: dict[str, tuple[JsonObject, ...]] = {
    "kubectl_get": (
        {"kind": "pods"},
        {"kind": "pods", "name": "web"},
        {"kind": "secrets"},
        {"kind": "secret", "name": "db", "namespace": "shop"},
        {"kind": "pods", "columns": ".spec.nodeName"},
        {"kind": "pods", "sort_by": ".status.phase"},
        {"kind": "pods", "sort_by": "AGE"},
    ),
    "kubectl_describe": (
        {"kind": "pod", "name": "web"},
        {"kind": "pod", "name": "web", "namespace": "shop"},
        {"kind": "secret", "name": "db", "namespace": "shop"},
    ),
    "kubectl_get_yaml": (
        {"kind": "pod", "name": "web", "namespace": "shop"},
        {"kind": "secret", "name": "db", "namespace": "shop"},
    ),
    "kubectl_events": ({}, {"name": "web", "namespace": "shop"}),
    "kubectl_top": ({"kind": "pods"},),
    "kubectl_count": ({"kind": "pods", "by": "STATUS"}, {"kind": "pods", "by": ".spec.nodeName"}),
    "kubectl_api_resources": ({},),
    "kubectl_logs": (
        {"name": "web"},
        {"name": "web", "namespace": "shop"},
        {"name": "deploy/web", "namespace": "shop", "all": True},
        {"name": "web", "namespace": "shop", "filter": "x", "container": "a"},
    ),
    "find_problems": ({},),
    "run_command": (
        {"command": "kubectl get pods -o json"},
        {"command": "kubectl get secrets -o yaml"},
        {"command": "kubectl get pods -o jsonpath={.items[*].metadata.name}"},
        {"command": "kubectl get pods --sort-by=.spec.nodeName"},
        {"command": "kubectl config view -o json"},
        {"command": "kubectl config view"},
        {"command": "kubectl describe secret db"},
    ),
}


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tool]:
    """Every tool that runs kubectl, with a kubectl that prints the file `printed`."""
    program = tmp_path / "kubectl"
    program.write_text(f"#!/bin/sh\nexec cat {tmp_path}/printed\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    config = tmp_path / "config"
    config.write_text("apiVersion: v1\nkind: Config\n")
    context = tool_context(KubeTarget(kubeconfig=str(config)))
    own = [*toolset({}, context), command.toolset({}, context)]
    made = Boundary(Redactor()).toolsets(own)
    return {tool.definition.name: tool for item in made for tool in item.tools}


@pytest.mark.parametrize("case", PRINTED)
async def test_whatever_kubectl_prints_is_a_result(
    case: str, tools: dict[str, Tool], tmp_path: Path
) -> None:
    (tmp_path / "printed").write_text(PRINTED[case])
    assert CALLS.keys() == tools.keys()
    for name, calls in CALLS.items():
        for arguments in calls:
            output = await tools[name].run(arguments)
            assert "\n" not in output.note, (name, arguments)
            assert "Traceback" not in output.text
