"""What is not as it was when a session was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from holmes import __version__
from holmes.config.settings import LOCAL_MODEL
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.models.base import Model
from holmes.runs.records import Header
from holmes.tools.base import Tool, Toolset


def offered(toolsets: Sequence[Toolset]) -> dict[str, ToolDefinition]:
    """The tools of the enabled toolsets, by name."""
    enabled = [item for item in toolsets if item.status.state == "enabled"]
    return {tool.definition.name: tool.definition for item in enabled for tool in item.tools}


def changes(header: Header, model: Model, toolsets: Sequence[Toolset]) -> list[str]:
    """Short phrases, none where everything is as it was."""
    said = []
    if header.model != model.name:
        said.append(f'the model was "{header.model}", and is "{model.name}"')
    # The embedded model has another port each time.
    if header.address != model.address and header.settings.model != LOCAL_MODEL:
        said.append(f"the server was {header.address}, and is {model.address}")
    if header.holmes != __version__:
        said.append(f"HolmesGPT was {header.holmes}, and is {__version__}")
    then, now = {tool.name: tool for tool in header.tools}, offered(toolsets)
    groups = {
        "tools that can't be used now": then.keys() - now.keys(),
        "new tools": now.keys() - then.keys(),
        "tools defined differently": {n for n in then.keys() & now.keys() if then[n] != now[n]},
    }
    said += [f"{what}: {', '.join(sorted(names))}" for what, names in groups.items() if names]
    return said


def stand_in(header: Header, toolsets: Sequence[Toolset]) -> list[Toolset]:
    """The tools of the record that are not there now, so that their results keep their places."""
    now = offered(toolsets)
    gone = tuple(_GoneTool(definition=tool) for tool in header.tools if tool.name not in now)
    if not gone:
        return []
    opening = header.opening if any(tool.definition.name == header.opening for tool in gone) else ""
    return [
        Toolset(
            name="from the record",
            description="Tools that can't be used now, with what they returned before",
            tools=tuple[Tool, ...](gone),
            opening=opening,
        )
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _GoneTool:
    """Known from the record; a call that is not on record fails."""

    definition: ToolDefinition
    timeout: float = 10.0

    def preview(self, arguments: JsonObject) -> str:
        """Nothing would run."""
        del arguments
        return ""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """A failure that says so."""
        del arguments
        note = "This tool was there when the session began, and can't be used now."
        return ToolOutput(status="failed", note=note)
