"""MongoDB: queries, pipelines, collections, and what the server is busy with."""

from collections.abc import Mapping

from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.function_tool import missing_extra, tool_prefix
from holmes.tools.section import Section

NAMES: Mapping[str, str] = {"mongodb": "MongoDB: queries, collections, operations, replication"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one server; its tools are named after the section."""
    try:
        from holmes.toolsets.configured.mongodb.server import (  # noqa: PLC0415
            MongoServer,
            MongoSettings,
        )
        from holmes.toolsets.configured.mongodb.tools import MongoTools  # noqa: PLC0415
    except ImportError as error:
        raise missing_extra("mongodb", error) from error
    settings = section.settings(MongoSettings, context.environment)
    server = MongoServer.of(settings, section)
    return Toolset(
        name=section.name,
        description=NAMES["mongodb"],
        tools=MongoTools(prefix=tool_prefix(section.name), server=server).all(),
        status=ToolsetStatus(state="enabled"),
        lifespan=server.open,
        health=server.version,
    )
