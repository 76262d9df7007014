"""Several clusters in one process: each tool reads its own, and no variable is set."""

import os
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from holmes.core.messages import JsonObject, JsonValue
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot.serve import SnapshotServer
from holmes.tools import registry
from holmes.tools.base import Tool
from snapshot.cluster import thing, write_cluster
from support.context import tool_context

pytestmark = pytest.mark.anyio

SCRIPT = """
toolsets:
  mine:
    prerequisites: [{kubernetes: true}]
    tools:
      - {name: plain, description: d, command: kubectl get pods -A}
      - {name: script, description: d, script: "kubectl get pods -A | cat"}
      - name: yaml
        description: d
        command: kubectl get pods -A -o json
        transformers: [{name: kubernetes_yaml}]
"""
CALLS: dict[str, JsonObject] = {
    "kubectl_get": {"kind": "pods"},
    "kubectl_get_yaml": {"kind": "pod", "name": "web"},
    "find_problems": {},
    "run_command": {"command": "kubectl get pods -A"},
    "plain": {},
    "script": {},
    "yaml": {},
}


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[dict[str, SnapshotServer]]:
    servers = {}
    for name in ("red", "blue"):
        waiting: JsonValue = {"waiting": {"reason": "ImagePullBackOff", "message": f"no {name}"}}
        pod = thing(
            kind="Pod",
            name=f"web-{name}",
            spec={"containers": [{"name": "web", "image": f"{name}:1"}], "nodeName": "n"},
            status={
                "phase": "Pending",
                "containerStatuses": [{"name": "web", "ready": False, "state": waiting}],
            },
        )
        servers[name] = SnapshotServer(write_cluster(tmp_path / name, {"pods": [pod]}))
    with servers["red"], servers["blue"]:
        yield servers


def tools(server: SnapshotServer, file: Path, *, temporary: bool) -> dict[str, Tool]:
    target = KubeTarget(kubeconfig=str(server.kubeconfig), temporary=temporary)
    inline = {"toolsets": {"command": {"enabled": True}}}
    loaded = registry.load([file], inline, tool_context(target))
    return {tool.definition.name: tool for item in loaded for tool in item.tools}


@pytest.mark.parametrize("temporary", [False, True])
async def test_each_reads_its_own(
    clusters: dict[str, SnapshotServer], tmp_path: Path, *, temporary: bool
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(SCRIPT, encoding="utf-8")
    before = dict(os.environ)
    wrong: list[str] = []

    async def one(name: str, other: str) -> None:
        mine = tools(clusters[name], file, temporary=temporary)
        for tool, arguments in CALLS.items():
            output = await mine[tool].run(arguments)
            if output.status != "ok" or f"web-{name}" not in output.text or other in output.text:
                wrong.append(f"{name} {tool}: {output}")
            if (str(clusters[name].kubeconfig) in output.command) == temporary:
                wrong.append(f"{tool} is shown as {output.command}")

    async with anyio.create_task_group() as group:
        group.start_soon(one, "red", "blue")
        group.start_soon(one, "blue", "red")
    assert wrong == []
    assert dict(os.environ) == before
