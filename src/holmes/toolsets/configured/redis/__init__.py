"""Redis and Valkey: state, slow commands, clients, large keys, and commands that only read."""

from collections.abc import Mapping

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import needing, tool_prefix
from holmes.tools.section import Section

NAMES: Mapping[str, str] = {"redis": "Redis or Valkey: state, slow commands, clients, keys"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one server; its tools are named after the section."""
    with needing("redis"):
        from holmes.toolsets.configured.redis.server import (  # noqa: PLC0415
            RedisServer,
            RedisSettings,
        )
        from holmes.toolsets.configured.redis.tools import RedisTools  # noqa: PLC0415
    settings = section.settings(RedisSettings, context.environment)
    server = RedisServer(settings=settings)
    prefix = tool_prefix(section.name)
    return Toolset(
        name=section.name,
        tools=RedisTools(prefix=prefix, server=server).all(),
        lifespan=server.open,
        health=server.version,
        opening=f"{prefix}_problems",
    )
