"""What changed before it broke: the changes that all toolsets know of, on one time line."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from holmes.core.finding import Change
from holmes.core.messages import JsonObject, JsonValue, ToolDefinition
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.base import ToolContext, Toolset, ToolsetStatus
from holmes.tools.changes import SECONDS, ChangeSource, Told, Window, joined
from holmes.tools.data import rendered
from holmes.tools.function_tool import ToolFailure

_MOST = 60
_COLUMNS = ("TIME", "WHAT", "OBJECT", "CHANGE")
_TEXT: dict[str, JsonValue] = {"type": "string"}
# Small models read it with everything else in 4,000 tokens: no word that they can do without.
_DEFINITION = ToolDefinition(
    name="what_changed",
    description="Changes before it broke: rollouts, releases, config, nodes, commits.",
    parameters={
        "type": "object",
        "properties": {
            "namespace": _TEXT,
            "workload": _TEXT,
            "since": {"type": "string", "description": "e.g. 2h"},
            "until": _TEXT,
        },
    },
)


def toolset(_config: Mapping[str, Any], context: ToolContext) -> Toolset:
    """The tool; off where no toolset that can be used here tells of changes."""
    sources: dict[str, ChangeSource] = {}

    def gathered(own: Toolset, usable: Sequence[Toolset]) -> Toolset:
        # The tool is left as it is: a user may want to be asked before it runs.
        sources.update({item.name: item.changes for item in usable if item.changes is not None})
        if sources:
            return own
        why = "no toolset that is on can tell of changes"
        return replace(own, status=ToolsetStatus(state="disabled", reason=why))

    return Toolset(
        name="timeline",
        description="What changed before it broke, from every toolset that can tell",
        tools=(WhatChanged(sources=sources, now=context.now),),
        gathered=gathered,
        history=_DEFINITION.name,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class WhatChanged:
    """Asks every source at once, and puts what they tell in the order of time."""

    sources: Mapping[str, ChangeSource]
    now: Callable[[], float] = time.time
    definition: ToolDefinition = _DEFINITION
    timeout: float = SECONDS + 1

    def preview(self, arguments: JsonObject) -> str:
        """The request of each source, or nothing where the times can't be read."""
        try:
            return joined(self.sources).show(self._window(arguments))
        except ToolFailure:
            return ""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """The latest changes; what a source could not tell is in the note."""
        window = self._window(arguments)
        try:
            window.span()
            told = await joined(self.sources).tell(window)
        except ToolFailure as failure:
            return ToolOutput(status=failure.status, note=failure.message)
        found = _merged(told)
        left = len(found) - _MOST
        notes = [
            "" if found else f"No change is known to {', '.join(self.sources)}.",
            told.note,
            f"{left} earlier changes are left out: name a namespace." if left > 0 else "",
        ]
        table = Table(columns=_COLUMNS, rows=tuple(map(_row, found[-_MOST:])), of="changes")
        return ToolOutput(
            status="ok" if found else "no_data",
            text=rendered(table) if found else "",
            command=self.preview(arguments),
            note=" ".join(filter(None, notes)),
            data=table if found else None,
        )

    def _window(self, arguments: JsonObject) -> Window:
        given = {name: str(arguments.get(name) or "") for name in ("namespace", "since", "until")}
        workload = str(arguments.get("workload") or "").rpartition("/")[2]
        return Window(workload=workload, now=self.now, **given)


def _merged(told: Told) -> list[Change]:
    """All changes, the earliest first; of one that two sources know, the longer words."""
    found: dict[tuple[str, ...], Change] = {}
    for change in told.changes:
        at = _time(change.at)
        # Helm and the Secret of a revision give times that differ by a moment.
        differs = () if change.what == "release" else (at, change.said)
        key = (change.what, str(change.ref), *differs)
        if key not in found or len(found[key].said) < len(change.said):
            found[key] = replace(change, at=at)
    return sorted(found.values(), key=lambda each: (each.at, str(each.ref)))


def _time(at: str) -> str:
    """A time to the second, in UTC."""
    moment = datetime.fromisoformat(at).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(change: Change) -> tuple[str, ...]:
    said = change.said.removeprefix(f"{change.ref.kind} {change.ref.name} ")
    return change.at, change.what, str(change.ref), said
