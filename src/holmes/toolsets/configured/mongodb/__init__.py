"""MongoDB: queries, pipelines, collections, and what the server is busy with."""

from collections.abc import Mapping

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import needing, tool_prefix
from holmes.tools.section import Section

NAMES: Mapping[str, str] = {"mongodb": "MongoDB: queries, collections, operations, replication"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one server; its tools are named after the section."""
    with needing("mongodb"):
        from holmes.toolsets.configured.mongodb.server import (  # noqa: PLC0415
            MongoServer,
            MongoSettings,
        )
        from holmes.toolsets.configured.mongodb.tools import MongoTools  # noqa: PLC0415
    settings = section.settings(MongoSettings, context.environment)
    server = MongoServer.of(settings, section)
    return Toolset(
        name=section.name,
        tools=MongoTools(prefix=tool_prefix(section.name), server=server).all(),
        lifespan=server.open,
        health=server.version,
    )
