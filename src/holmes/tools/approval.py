"""Tools of a user's file that a person is asked about before each call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import TypeAlias

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import DelegatingTool, Toolset
from holmes.tools.permissions import ASKING_SECONDS, Answer, Asker, CurrentAsker, No, not_run

CallAsker: TypeAlias = Callable[[str, JsonObject, str], Awaitable[Answer | No]]
"""Asks a person about the command of a call: the tool's name, its arguments, the command."""


def with_questions(item: Toolset, ask: Asker) -> Toolset:
    """The toolset with the tools that its `asked` names behind a question."""
    return replace(
        item,
        tools=tuple(
            AskedTool(inner=tool, ask=ask, allowing=item.allowing)
            if any(fnmatchcase(tool.definition.name, pattern) for pattern in item.asked)
            else tool
            for tool in item.tools
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedTool(DelegatingTool):
    """A tool that runs only after a person said yes to the exact command.

    allowing  how it may run where nobody can be asked; completes "…no terminal to ask on; "
    """

    ask: Asker
    allowing: str = ""

    @property
    def timeout(self) -> float:
        """The tool's own seconds and the person's."""
        return self.inner.timeout + ASKING_SECONDS

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Ask, then run; a call that the tool would refuse anyway is not asked about."""
        command = self.inner.preview(arguments)
        answer = await self.ask(command) if command else "yes"
        if answer == "yes":
            return await self.inner.run(arguments)
        way = f"; {self.allowing}" if self.allowing and answer == "no_terminal" else ""
        note = not_run(answer, way)
        return ToolOutput(status="denied", command=command, note=note)


def asking(item: Toolset, current: CurrentAsker, ask: CallAsker) -> Toolset:
    """The toolset of one investigation: whatever its tools ask goes to the person behind it."""
    tools = (PersonalTool(inner=tool, current=current, ask=ask) for tool in item.tools)
    return replace(item, tools=tuple(tools))


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalTool(DelegatingTool):
    """A tool that has a person of its own to ask."""

    current: CurrentAsker
    ask: CallAsker

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Run; a question on the way is about this call."""
        with self.current.being(partial(self.ask, self.definition.name, arguments)):
            return await self.inner.run(arguments)
