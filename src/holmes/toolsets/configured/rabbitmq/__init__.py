"""RabbitMQ over its management API: nodes, alarms, partitions, and queues. Only GET is sent."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import HttpServer, HttpSettings
from holmes.tools.section import Section
from holmes.toolsets.configured.rabbitmq.tools import RabbitTools

NAMES: Mapping[str, str] = {"rabbitmq/core": "RabbitMQ: nodes, alarms, partitions, queues"}


class ClusterSettings(HttpSettings, frozen=True, kw_only=True):
    """One cluster; `id` is how calls name it."""

    id: str = "rabbitmq"
    management_url: str = ""


class RabbitSettings(ClusterSettings, frozen=True, kw_only=True):
    """Several clusters under `clusters`, or the keys of a single one."""

    clusters: list[ClusterSettings] = msgspec.field(default_factory=list)


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one or several clusters."""
    settings = section.settings(RabbitSettings, context.environment)
    servers: dict[str, HttpServer] = {}
    for each in settings.clusters or [settings]:
        url = each.api_url or each.management_url
        if not url:
            raise ToolsetFileError(f'{section.where}: the cluster "{each.id}" has no api_url.')
        servers[each.id] = each.server("RabbitMQ", url=url.rstrip("/").removesuffix("/api"))
    tools = RabbitTools(servers=servers)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for server in servers.values():
                await stack.enter_async_context(server.open())
            yield

    return Toolset(
        name=section.name,
        description=NAMES["rabbitmq/core"],
        tools=tools.all(),
        status=ToolsetStatus(state="enabled"),
        lifespan=lifespan,
        opening="rabbitmq_problems" if len(servers) == 1 else "",
        health=lambda: _health(servers),
    )


async def _health(servers: Mapping[str, HttpServer]) -> str:
    said, failed = [], []
    for name, server in servers.items():
        try:
            overview = await server.json("api/overview")
            version = f"RabbitMQ {overview.get('rabbitmq_version', '')}"
            said.append(f"{name}: {version}" if len(servers) > 1 else version)
        except ToolFailure as failure:
            failed.append(failure.message)
    if not said:
        raise ToolFailure("; ".join(failed))
    return "; ".join([*said, *(f"not used: {each}" for each in failed)])
