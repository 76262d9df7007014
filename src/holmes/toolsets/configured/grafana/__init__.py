"""Grafana's family: Loki, Tempo and dashboards, directly or through Grafana's data sources."""

import msgspec

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import ToolContext, Toolset
from holmes.tools.http import HttpServer, HttpSettings
from holmes.tools.log_search import Clock
from holmes.tools.section import Section
from holmes.toolsets.configured.grafana.dashboards import Dashboards
from holmes.toolsets.configured.grafana.loki import Loki
from holmes.toolsets.configured.grafana.tempo import LABELS, Tempo

NAMES = {
    "grafana/loki": "Logs of Loki, by LogQL",
    "grafana/tempo": "Traces of Tempo, by TraceQL: critical paths and failures",
    "grafana/dashboards": "Dashboards of Grafana, with the queries of their panels",
}


class Settings(HttpSettings, frozen=True, kw_only=True):
    """What a section may say.

    With `grafana_datasource_uid`, `api_url` is Grafana's, and requests go through that data source;
    without it, it is that of Loki or Tempo itself. `labels` are Tempo's attributes by what is
    meant. Without effect: `external_url`, `max_retries`, `enable_rendering`.
    """

    grafana_datasource_uid: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    external_url: str = ""
    max_retries: int = 3
    enable_rendering: bool = False


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one server."""
    settings = section.settings(Settings, context.environment)
    product = {"grafana/loki": "Loki", "grafana/tempo": "Tempo"}.get(section.name, "Grafana")
    if section.name not in NAMES:
        raise ToolsetFileError(
            f"{section.where} is no toolset of Grafana.", hint=f"There are: {', '.join(NAMES)}."
        )
    url = settings.api_url
    if settings.grafana_datasource_uid and product != "Grafana":
        url = f"{url.rstrip('/')}/api/datasources/proxy/uid/{settings.grafana_datasource_uid}"
    server = settings.server(product, url=url)
    made = _made(section.name, server, settings, context.now)
    return Toolset(
        name=section.name,
        tools=made.tools(),
        lifespan=server.open,
        health=made.health,
    )


def _made(
    name: str, server: HttpServer, settings: Settings, now: Clock
) -> Loki | Tempo | Dashboards:
    match name:
        case "grafana/loki":
            return Loki(server=server, now=now)
        case "grafana/tempo":
            return Tempo(server=server, labels={**LABELS, **settings.labels}, now=now)
        case _:
            return Dashboards(server=server)
