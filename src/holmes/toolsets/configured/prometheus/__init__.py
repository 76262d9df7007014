"""Metrics: Prometheus, and what speaks its API (VictoriaMetrics, Thanos, Mimir, the clouds')."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from holmes.core.messages import JsonObject
from holmes.kubernetes.target import target_of
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.http import HttpServer
from holmes.tools.section import Section
from holmes.toolsets.configured.prometheus import settings
from holmes.toolsets.configured.prometheus.api import Api
from holmes.toolsets.configured.prometheus.tools import CHANGES, Metrics

_TENANTS = "prometheus/multi-tenant-metrics"

NAMES = {
    "prometheus/metrics": "Metrics of Prometheus, VictoriaMetrics, Thanos, Mimir and the clouds'",
    _TENANTS: "The same, for a tenant that each call names",
}

_CORALOGIX_SECONDS = 72 * 3600.0  # the longest range that it answers, by the peer's documents


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one server, or of the one that runs in the cluster where no URL is set."""
    said = settings.read(section, context.environment)
    server = settings.server(said, context.environment)
    apis: dict[str, Api] = {}

    def api(arguments: JsonObject) -> Api:
        tenant = str(arguments.get("tenant") or "")
        if tenant not in apis:
            apis[tenant] = Api(
                server=server,
                query_seconds=said.query_seconds,
                metadata_seconds=said.metadata_seconds,
                tenant={said.tenant_header: tenant} if tenant else {},
            )
        return apis[tenant]

    async def health() -> str:
        if metrics.tenant_label:  # whether a tenant may ask is known with the first call
            await server.request("api/v1/status/buildinfo")
            return f"{server.product} at {server.base}"
        build = await api({}).build()
        said = f"{build.application or server.product} {build.version}".strip()
        return f"{said} at {server.base}"

    metrics = Metrics(
        api=api,
        target=target_of(context),
        now=context.now,
        discover_seconds=3600 * said.discover_metrics_from_last_hours,
        longest=_CORALOGIX_SECONDS if said.subtype == "coralogix" else 0.0,
        tenant_label=said.tenant_label if section.name == _TENANTS else "",
    )
    return Toolset(
        name=section.name,
        tools=metrics.tools(),
        lifespan=lambda: _open(server, context),
        health=health,
        opening="" if metrics.tenant_label else CHANGES.name,
    )


@asynccontextmanager
async def _open(server: HttpServer, context: ToolContext) -> AsyncIterator[None]:
    """The server's connections; where no URL is set, the way to the one in the cluster."""
    if server.base:
        async with server.open():
            yield
        return
    from holmes.toolsets.configured.prometheus import discovery  # noqa: PLC0415  # loads msgspec

    async with discovery.found(target_of(context), context.environment) as url:
        server.base = url
        async with server.open():
            yield
