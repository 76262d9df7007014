"""Which tools a model is shown: all where they are few, else those that the question is about.

Words are compared, nothing is embedded or downloaded. A tool that is not shown can be asked for
with `more_tools`, which is how the model widens its choice by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from holmes.core.messages import JsonObject, JsonValue, ToolDefinition
from holmes.core.ranking import Ranking, terms
from holmes.core.tool_output import ToolOutput
from holmes.tools.arguments import signature
from holmes.tools.base import Toolset

SHARE = 0.25
"""Of the window, the share that tools may take; where they fit, all are shown."""

LEAST = 700
"""Tokens that tools may take in any window; with less, the main built-in ones do not fit. And that
tools which a user added may take of a model that is led, at once and by each `more_tools`."""

FOUND_AT_ONCE = 6
"""Tools that one `more_tools` call brings."""

_NAMED = 40  # hidden tools, where none is found
_BRIEF, _BRIEF_PARAMETER = 160, 60  # characters of descriptions that a model that is led reads
_BYTES_A_TOKEN = 4
_STARTING = 0.5  # a built-in tool is worth a little: it is there where nothing fits

NAME = "more_tools"

_DEFINITION = ToolDefinition(
    name=NAME,
    description="Find further tools by what they are about.",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string", "description": "e.g. queue, certificates"}},
        "required": ["query"],
    },
)


class ToolChoice:
    """The tools on offer. They grow when `more_tools` finds some, and never change otherwise.

    `always` are offered whatever the question is, after the others.
    """

    def __init__(self, toolsets: Sequence[Toolset], always: Sequence[ToolDefinition] = ()) -> None:
        enabled = [item for item in toolsets if item.status.state == "enabled"]
        self.offered: tuple[ToolDefinition, ...] = ()
        self._tools = {tool.definition.name: tool.definition for i in enabled for tool in i.tools}
        self._homes = {tool.definition.name: item for item in enabled for tool in item.tools}
        self._about = Ranking(_about(tool, self._homes[n]) for n, tool in self._tools.items())
        self._always = tuple(always) if self._tools else ()
        self._hidden: dict[str, ToolDefinition] = {}

    def begin(self, question: str, window: int, *, led: bool = False) -> None:
        """Choose what to show for a question, in the order of the toolsets.

        A model that is led reads less of each tool that a user added, and of fewer.
        """
        room = max(LEAST, SHARE * window) - sum(map(_tokens, self._always))
        self._hidden = {}
        tools = self._tools
        if sum(map(_tokens, tools.values())) > room:
            if led:
                tools = {n: t if self._is_built_in(n) else _brief(t) for n, t in tools.items()}
            room -= _tokens(_DEFINITION)
            shown = self._chosen(
                question, tools, room, LEAST - _tokens(_DEFINITION) if led else room
            )
            self._hidden = {name: tool for name, tool in tools.items() if name not in shown}
        more = (_DEFINITION,) if self._hidden else ()
        offered = (tool for name, tool in tools.items() if name not in self._hidden)
        self.offered = (*offered, *more, *self._always)

    def reveal(self, query: str) -> list[ToolDefinition]:
        """Offer the hidden tools that a query is about, best first."""
        scores = self._scores(query)
        found = sorted((n for n in self._hidden if scores[n] > 0), key=lambda n: -scores[n])
        taken: list[ToolDefinition] = []
        room = LEAST
        for name in found[:FOUND_AT_ONCE]:
            room -= _tokens(self._hidden[name])
            if room >= 0 or not taken:
                taken.append(self._hidden.pop(name))
        self.offered = (*self.offered, *taken)
        return taken

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the tools that are not on offer."""
        return tuple(sorted(self._hidden))

    def _scores(self, query: str) -> dict[str, float]:
        return dict(zip(self._tools, self._about.scores(terms(query)), strict=True))

    def _is_built_in(self, name: str) -> bool:
        return self._homes[name].source == "built-in"

    def _chosen(
        self, question: str, tools: Mapping[str, ToolDefinition], room: float, for_added: float
    ) -> set[str]:
        """The best that fit into `room`, of which tools that a user added get `for_added`."""
        scores = self._scores(question)
        for name, item in self._homes.items():
            if item.source == "built-in":
                # The first tool of a toolset is what it is for.
                scores[name] += _STARTING * (1 + (name == item.tools[0].definition.name))
        chosen: set[str] = set()
        for name in sorted(scores, key=lambda each: -scores[each]):
            size, added = _tokens(tools[name]), not self._is_built_in(name)
            if scores[name] > 0 and size <= (min(room, for_added) if added else room):
                chosen.add(name)
                room -= size
                for_added -= size if added else 0
        return chosen


@dataclass(frozen=True, kw_only=True, slots=True)
class MoreTools:
    """The tool `more_tools`: what it finds is on offer from the next request on."""

    choice: ToolChoice
    timeout: float = 10.0

    @property
    def definition(self) -> ToolDefinition:
        """`more_tools(query)`."""
        return _DEFINITION

    def preview(self, arguments: JsonObject) -> str:
        """The call in words."""
        return f'more_tools "{arguments.get("query", "")}"'

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """The signatures of what was found."""
        found = self.choice.reveal(str(arguments.get("query", "")))
        command = self.preview(arguments)
        if not found:
            left = ", ".join(self.choice.hidden[:_NAMED])
            note = f"No further tool is about that. There are: {left}." if left else "No more."
            return ToolOutput(status="no_data", command=command, note=note)
        text = "\n".join(f"{signature(tool)}: {_cut(tool.description, _BRIEF)}" for tool in found)
        return ToolOutput(status="ok", text=text, command=command, note="You can call these now.")


def _brief(tool: ToolDefinition) -> ToolDefinition:
    """The definition with short descriptions; what a call needs is as it was."""
    parameters = dict(tool.parameters)
    properties = parameters.get("properties")
    if isinstance(properties, dict):
        parameters["properties"] = {name: _short(each) for name, each in properties.items()}
    return replace(tool, description=_cut(tool.description, _BRIEF), parameters=parameters)


def _short(schema: JsonValue) -> JsonValue:
    said = schema.get("description") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not isinstance(said, str):
        return schema
    return {**schema, "description": _cut(said, _BRIEF_PARAMETER)}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rsplit(' ', 1)[0]}…"


def _tokens(tool: ToolDefinition) -> int:
    text = len(tool.description) + len(tool.name) + len(str(tool.parameters)) + 60
    return text // _BYTES_A_TOKEN


def _about(tool: ToolDefinition, item: Toolset) -> list[str]:
    properties = tool.parameters.get("properties")
    names = " ".join(properties) if isinstance(properties, dict) else ""
    return terms(f"{tool.name} {tool.description} {names} {item.name} {item.description}")
