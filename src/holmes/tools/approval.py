"""Tools of a user's file that a person is asked about before each call."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import DelegatingTool, Toolset
from holmes.tools.permissions import ASKING_SECONDS, Asker, not_run


def with_questions(item: Toolset, ask: Asker) -> Toolset:
    """The toolset with the tools that its `asked` names behind a question."""
    if not item.asked:
        return item
    return replace(
        item,
        tools=tuple(
            AskedTool(inner=tool, ask=ask)
            if any(fnmatchcase(tool.definition.name, pattern) for pattern in item.asked)
            else tool
            for tool in item.tools
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedTool(DelegatingTool):
    """A tool that runs only after a person said yes to the exact command."""

    ask: Asker

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
        note = not_run(answer)
        return ToolOutput(status="denied", command=command, note=note)
