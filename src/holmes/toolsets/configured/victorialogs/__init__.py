"""Logs of VictoriaLogs, by LogsQL."""

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.http import HttpSettings
from holmes.tools.section import Section
from holmes.toolsets.configured.victorialogs.tools import VictoriaLogs

NAMES = {"victorialogs": "Logs of VictoriaLogs: LogsQL, counts over time, fields"}


class Settings(HttpSettings, frozen=True, kw_only=True):
    """What a section may say; `external_url` is for links, which there are none of."""

    external_url: str = ""


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one server."""
    server = section.settings(Settings, context.environment).server("VictoriaLogs")
    logs = VictoriaLogs(server=server, now=context.now)
    return Toolset(
        name=section.name,
        tools=logs.tools(),
        lifespan=server.open,
        health=logs.health,
    )
