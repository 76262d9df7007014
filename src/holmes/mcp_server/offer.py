"""What the server offers: its own tools, and those of the toolsets, each switchable by name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.tools.base import Tool, Toolset
from holmes.tools.function_tool import definition

_TEXT: JsonObject = {"type": "string"}

QUESTIONS = (
    definition(
        "ask",
        "Ask HolmesGPT about the live system. It looks with read-only tools and answers with the "
        "results that show it. Takes a minute or more.",
        {"question": {**_TEXT, "description": "in any language; name what it is about"}},
        required=("question",),
    ),
    definition(
        "investigate",
        "Have HolmesGPT find the cause of an alert or a symptom, with the evidence for it and what "
        "to do first. Takes minutes.",
        {
            "alert": {**_TEXT, "description": "the alert, or what is seen, as it is written"},
            "namespace": {**_TEXT, "description": "where, if that is known"},
            "since": {**_TEXT, "description": "when it began, if that is known"},
        },
        required=("alert",),
    ),
)
"""The tools that need a model."""

SCAN = "scan"
"""The tool that lists what is wrong without a model, under a name that says so to others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which of them are offered: names of tools and toolsets, or patterns of such names.

    only     these; empty for all
    without  but not these
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Whether something that goes by these names is offered."""
        chosen = not self.only or _any(names, self.only)
        return chosen and not _any(names, self.without)

    def naming_nothing(self, toolsets: Sequence[Toolset]) -> Iterator[str]:
        """What was named and is nothing here: a slip would offer all, or nothing."""
        names = [*_OWN, *(item.name for item in toolsets)]
        names += [name for item in toolsets for name, _ in _tools_of(item)]
        yield from (each for each in (*self.only, *self.without) if not _any(names, (each,)))

    @property
    def questions(self) -> tuple[ToolDefinition, ...]:
        """Those of the tools that need a model."""
        return tuple(each for each in QUESTIONS if self.has(each.name))

    def tools(self, toolsets: Sequence[Toolset]) -> Mapping[str, Tool]:
        """By its name each tool of the toolsets that runs without a question to a person."""
        found = {
            name: tool
            for item in toolsets
            if item.status.state == "enabled"
            for name, tool in _tools_of(item)
            if self.has(name, item.name)
        }
        return {name: tool for name, tool in found.items() if name not in _OWN}


_OWN = frozenset(each.name for each in QUESTIONS)


def _tools_of(item: Toolset) -> Iterator[tuple[str, Tool]]:
    for tool in item.tools:
        name = tool.definition.name
        if name == item.opening:
            yield SCAN, tool
        elif not _any((name, name.removeprefix(f"{item.name}__")), item.asked):
            yield name, tool


def _any(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
