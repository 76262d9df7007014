"""What a tool and a toolset are; nothing here knows of models, evidence or events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput


class Tool(Protocol):
    """One thing that a model can call."""

    @property
    def definition(self) -> ToolDefinition:
        """Name, description and JSON Schema of the arguments."""

    @property
    def timeout(self) -> float:
        """Seconds after which a call is ended."""

    def preview(self, arguments: JsonObject) -> str:
        """The command that `run` would start, for the progress line; never runs anything."""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Run with arguments that already satisfy the schema; a failure is a value.

        Cancelling it ends every process that it started.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolsetStatus:
    """Whether a toolset can be used here; `reason` says why not, with the next step."""

    state: Literal["enabled", "disabled", "failed"]
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolset:
    """A named group of tools with one set of prerequisites.

    `instructions` go into the system prompt when the toolset is enabled. `source` is the file it
    was read from, for error messages and `holmes toolset list`. `opening` names the tool whose
    output tells a small model where to look, before it is asked anything. An `optional` one is off
    unless the user names it. `asked` are patterns of tool names: a person is asked before each
    call of such a tool. `guesses` are optional arguments with the value that a small model gives
    them unasked: left out of its calls where neither the question nor a result says that value.
    """

    name: str
    description: str
    tools: tuple[Tool, ...]
    status: ToolsetStatus
    instructions: str = ""
    source: str = ""
    opening: str = ""
    optional: bool = False
    asked: tuple[str, ...] = ()
    guesses: Mapping[str, str] = field(default_factory=dict)
