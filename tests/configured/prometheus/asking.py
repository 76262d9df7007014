"""Calling the toolset's tools as a run does, at the time that a history was made for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from holmes.core.messages import JsonValue
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.target import KubeTarget
from holmes.tools.base import Tool, ToolContext
from holmes.tools.http import HttpServer
from holmes.toolsets.configured.prometheus.api import Api
from holmes.toolsets.configured.prometheus.tools import Metrics

NOBODY = KubeTarget(kubeconfig="/nonexistent/kubeconfig")


@dataclass(frozen=True, kw_only=True)
class Asking:
    tools: dict[str, Tool]

    async def __call__(self, tool: str, **arguments: JsonValue) -> ToolOutput:
        return await self.tools[tool].run(arguments)


@asynccontextmanager
async def asking(url: str, now: float, target: KubeTarget = NOBODY) -> AsyncIterator[Asking]:
    server = HttpServer(product="Prometheus", base=url)
    api = Api(server=server, query_seconds=20, metadata_seconds=20)
    async with server.open():
        made = Metrics(api=lambda _: api, target=target, now=lambda: now)
        yield Asking(tools={tool.definition.name: tool for tool in made.tools()})


def context(**environment: str) -> ToolContext:
    return replace(ToolContext(), environment={"PATH": "/nonexistent", **environment})


def kubeconfig(folder: Path, url: str) -> KubeTarget:
    """A kubeconfig for an API server without TLS."""
    path = folder / "kubeconfig"
    path.write_text(
        "{apiVersion: v1, kind: Config, current-context: t,"
        f" clusters: [{{name: t, cluster: {{server: '{url}'}}}}],"
        " users: [{name: t, user: {}}],"
        " contexts: [{name: t, context: {cluster: t, user: t}}]}"
    )
    return KubeTarget(kubeconfig=str(path))
