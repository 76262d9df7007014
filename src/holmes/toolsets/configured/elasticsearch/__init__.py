"""Elasticsearch and OpenSearch: what is in the indices, and how the cluster does."""

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import Tool, ToolContext, Toolset
from holmes.tools.http import HttpServer, HttpSettings
from holmes.tools.log_search import Clock
from holmes.tools.section import Section
from holmes.toolsets.configured.elasticsearch.cluster import Cluster
from holmes.toolsets.configured.elasticsearch.data import Data

NAMES = {
    "elasticsearch/data": "Searches in Elasticsearch or OpenSearch: logs, documents, mappings",
    "elasticsearch/cluster": "Health of Elasticsearch or OpenSearch: nodes, shards, allocation",
}


class Settings(HttpSettings, frozen=True, kw_only=True):
    """What a section may say; `time_field` is the one by which documents are ordered."""

    timeout_seconds: float = 10.0
    time_field: str = "@timestamp"


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one cluster."""
    if section.name not in NAMES:
        raise ToolsetFileError(
            f"{section.where} is no toolset of Elasticsearch.",
            hint=f"There are: {', '.join(NAMES)}.",
        )
    settings = section.settings(Settings, context.environment)
    key = {"Authorization": f"ApiKey {settings.api_key}"} if settings.api_key else {}
    plain = msgspec.structs.replace(settings, api_key="")
    server = plain.server("Elasticsearch", **key)

    async def health() -> str:
        return await _version(server)

    return Toolset(
        name=section.name,
        tools=_tools(section.name, server, settings, context.now),
        lifespan=server.open,
        health=health,
    )


def _tools(name: str, server: HttpServer, settings: Settings, now: Clock) -> tuple[Tool, ...]:
    if name == "elasticsearch/data":
        return Data(server=server, time_field=settings.time_field, now=now).tools()
    return Cluster(server=server).tools()


async def _version(server: HttpServer) -> str:
    about = await server.json("")
    version = about.get("version") or {}
    product = "OpenSearch" if version.get("distribution") == "opensearch" else "Elasticsearch"
    name = about.get("cluster_name") or "unnamed"
    return f'{product} {version.get("number", "")}, cluster "{name}", at {server.base}'
