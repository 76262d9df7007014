"""An order by a value that is masked would tell it bit by bit: it is refused, others are not."""

import json
from pathlib import Path

import pytest

from holmes.kubernetes.target import KubeTarget
from holmes.redaction.redactor import Redactor
from holmes.tools.base import Tool
from holmes.toolsets import command
from holmes.toolsets.kubernetes import toolset
from support.context import tool_context

pytestmark = pytest.mark.anyio

TABLE = "NAME    STATUS    PASSWORD\nweb-0   Running   Winter1234x\nweb-1   Running   Tiger9876k\n"


def pod(name: str, password: str) -> dict[str, object]:
    env = [{"name": "LEVEL", "value": "info"}, {"name": "DB_PASSWORD", "value": password}]
    container = {"name": "web", "env": env, "args": ["--password", password, "--port", "80"]}
    metadata = {"name": name, "annotations": {"token": f"{password}99-a", "team": name}}
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"nodeName": f"node-{name}", "containers": [container]},
        "status": {"phase": "Running", "startTime": "2026-11-30T10:00:00Z"},
    }


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tool]:
    """The tools, with a kubectl that prints two pods as a table or as JSON."""
    pods = [pod("web-0", "Winter1234x"), pod("web-1", "Tiger9876k")]
    (tmp_path / "pods").write_text(json.dumps({"kind": "PodList", "items": pods}))
    (tmp_path / "table").write_text(TABLE)
    program = tmp_path / "kubectl"
    program.write_text(
        f'#!/bin/sh\nfor last; do :; done\n[ "$last" = json ] && exec cat {tmp_path}/pods\n'
        f"exec cat {tmp_path}/table\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "config").write_text("apiVersion: v1\nkind: Config\n")
    context = tool_context(KubeTarget(kubeconfig=str(tmp_path / "config")), mask=Redactor().text)
    made = [*toolset({}, context), command.toolset({}, context)]
    return {tool.definition.name: tool for item in made for tool in item.tools}


@pytest.mark.parametrize(
    "path",
    [
        ".spec.containers[0].env[1].value",
        "'{.spec.containers[*].env[?(@.name==\"DB_PASSWORD\")].value}'",
        ".spec.containers[0].args[1]",
        ".spec.containers[0].args",
        ".spec.containers[0]",
        ".metadata.annotations.token",
        "'{..value}'",
        "'{.spec.containers[0].env[1].value}{.metadata.name}'",
        "'{range .spec.containers[*]}{.env}{end}'",
    ],
)
async def test_an_order_by_what_is_masked_is_refused(path: str, tools: dict[str, Tool]) -> None:
    line = f"kubectl get pods -n shop --sort-by={path}"
    output = await tools["run_command"].run({"command": line})
    assert (output.status, output.text) == ("denied", "")
    output = await tools["run_command"].run({"command": line.replace("--sort-by=", "--sort-by ")})
    assert output.status == "denied"


@pytest.mark.parametrize(
    "path",
    [
        ".metadata.name",
        ".status.startTime",
        ".status.phase",
        ".spec.nodeName",
        "'{.spec.containers[0].env[0].value}'",
        ".metadata.annotations.team",
        ".spec.containers[0].args[3]",
    ],
)
async def test_any_other_order_is_kept(path: str, tools: dict[str, Tool]) -> None:
    line = f"kubectl get pods -n shop --sort-by={path}"
    output = await tools["run_command"].run({"command": line})
    assert (output.status, output.text) == ("ok", TABLE)


async def test_the_tool_orders_by_masked_cells(tools: dict[str, Tool]) -> None:
    for by in ("PASSWORD", "-PASSWORD"):
        arguments = {"kind": "pods", "namespace": "shop", "sort_by": by}
        output = await tools["kubectl_get"].run({**arguments})
        rows = [line.split() for line in output.text.splitlines()[1:]]
        assert [row[2] for row in rows] == sorted((r[2] for r in rows), reverse=by[0] == "-")
        assert "Winter" not in output.text
