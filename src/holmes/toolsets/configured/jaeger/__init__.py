"""Traces of Jaeger, by the HTTP API of its query service."""

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.http import HttpSettings
from holmes.tools.section import Section
from holmes.toolsets.configured.jaeger.tools import Jaeger

NAMES = {"jaeger": "Traces of Jaeger: critical paths and failures"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one query service."""
    server = section.settings(HttpSettings, context.environment).server("Jaeger")
    jaeger = Jaeger(server=server, now=context.now)
    return Toolset(
        name=section.name,
        tools=jaeger.tools(),
        lifespan=server.open,
        health=jaeger.health,
    )
