"""Tools of MCP servers: each section of `mcp_servers` is one server, and one toolset.

See docs/toolsets/mcp.md. What a server says is text of strangers: it is neutralised and cut, and
its tools are asked about before they run, unless the section says otherwise.
"""

from importlib.util import find_spec

from holmes.tools.base import ToolContext, Toolset
from holmes.tools.function_tool import needing
from holmes.tools.section import Section

NAMES = {"mcp": "tools of an MCP server; each section of `mcp_servers` is one"}


def from_section(section: Section, context: ToolContext) -> Toolset:
    """The toolset of one server, which lists its tools once it is open."""
    from holmes.toolsets.configured.mcp.server import McpServer  # noqa: PLC0415
    from holmes.toolsets.configured.mcp.settings import settings_of  # noqa: PLC0415

    settings = settings_of(section, context.environment)
    with needing("mcp"):
        if find_spec("mcp") is None:  # importing it takes 1.4 s
            raise ModuleNotFoundError(name="mcp")
    return McpServer(section.name, settings, context).toolset()
