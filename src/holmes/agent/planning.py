"""Before a call runs: which tool it means, with which arguments, or why nothing runs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from holmes.agent.reading import ReadEvidence
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.messages import JsonObject, ToolCall
from holmes.core.tool_output import ToolOutput, ToolStatus
from holmes.tools.arguments import (
    InvalidArguments,
    ValidArguments,
    nearest_tools,
    signature,
    validate,
)
from holmes.tools.base import Tool

_MOST_NAMED = 40  # tools; MCP servers bring hundreds

Guesses: TypeAlias = Mapping[str, str]
"""Arguments that a small model fills in unasked, with the value that it gives them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One call, decided: a tool to run, or the output that says why nothing runs."""

    call: ToolCall
    number: int
    arguments: JsonObject
    tool: Tool | None = None
    refusal: ToolOutput | None = None
    note: str = ""


class Planner:
    """Decides calls against a fixed set of tools and what is on record.

    `guesses` are by tool name; they are left out of a call only while `leave_out_guesses` is true.
    `since` is the last result of the question before: what was seen then may be otherwise now.
    """

    def __init__(
        self, tools: Mapping[str, Tool], log: EvidenceLog, guesses: Mapping[str, Guesses]
    ) -> None:
        self._tools = tools
        self._log = log
        self._guesses = guesses
        self.question = ""
        self.since = 0
        self.leave_out_guesses = False

    def plan(self, call: ToolCall, number: int) -> Plan:
        """What is to become of a call; its evidence would have that number."""
        tool = self._tools.get(call.name)
        if tool is None:
            return _refused(call, number, "unknown_tool", self._unknown(call.name))
        if call.parse_error:
            problem = f"The call can't be read: {call.parse_error.rstrip('.')}."
            note = f"{problem} Nothing ran. Call it as {signature(tool.definition)}."
            return _refused(call, number, "invalid_arguments", note)
        checked = validate(tool.definition, call.arguments)
        if isinstance(checked, InvalidArguments):
            return _refused(call, number, "invalid_arguments", checked.message)
        if isinstance(tool, ReadEvidence) and (note := tool.refusal(checked.arguments)):
            return _refused(call, number, "invalid_arguments", note)
        checked = self._without_guesses(tool, checked)
        notes = " ".join(note for note in (call.repaired, *checked.notes) if note)
        return Plan(call=call, number=number, arguments=checked.arguments, tool=tool, note=notes)

    def duplicated(self, plan: Plan, planned: Sequence[Plan]) -> Plan | Evidence | None:
        """The earlier call that this one duplicates, or one beside it that is refused alike.

        A model that counts on makes one mistake, not forty (Qwen2.5-Coder-1.5B, 26 Nov 2026:
        read_evidence 1 to 37 in one reply, before there was any result).
        """
        same = (each for each in planned if each.call.name == plan.call.name)
        if plan.tool is None:
            return next((e for e in same if e.refusal == plan.refusal), None)
        earlier = self._log.find(plan.call.name, plan.arguments)
        reads = isinstance(plan.tool, ReadEvidence)
        if earlier and (earlier.number <= self.since or (earlier.output.invalid and reads)):
            earlier = None  # what was no result then is one now
        return earlier or next((e for e in same if e.arguments == plan.arguments), None)

    def _without_guesses(self, tool: Tool, checked: ValidArguments) -> ValidArguments:
        """The arguments without those that nobody gave: neither the question nor a result.

        A call for one named object is left as it is: the tool looks for it elsewhere by itself.
        """
        guesses = self._guesses.get(tool.definition.name, {})
        given = checked.arguments
        guessed = [
            name
            for name, value in guesses.items()
            if given.get(name) == value and not self._was_said(value)
        ]
        if not self.leave_out_guesses or not guessed or given.get("name"):
            return checked
        notes = tuple(
            f'"{name}": "{given[name]}" was said by nobody and was left out.' for name in guessed
        )
        kept = {name: value for name, value in given.items() if name not in guessed}
        return replace(checked, arguments=kept, notes=(*checked.notes, *notes))

    def _was_said(self, value: str) -> bool:
        """Whether a question has a word, or a result has it where a namespace stands."""
        if re.search(rf"(?<![-\w]){re.escape(value)}(?![-\w])", self.question, re.IGNORECASE):
            return True
        place = re.compile(rf"^{re.escape(value)}\s|(?<![-\w]){re.escape(value)}/", re.MULTILINE)
        return any(place.search(entry.output.text) for entry in self._log)

    def _unknown(self, name: str) -> str:
        near = nearest_tools(name, self._tools)
        names = sorted(self._tools)
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        known = ", ".join(signature(self._tools[n].definition) for n in near)
        known = known or ", ".join(names[:_MOST_NAMED]) + more
        return f'There is no tool "{name}"; nothing ran. Use one of: {known}.'


def guesses_of(toolsets: Iterable[tuple[Iterable[Tool], Guesses]]) -> dict[str, Guesses]:
    """By the name of each tool what its toolset says of guesses."""
    return {
        tool.definition.name: guesses for tools, guesses in toolsets for tool in tools if guesses
    }


def _refused(call: ToolCall, number: int, status: ToolStatus, note: str) -> Plan:
    output = ToolOutput(status=status, note=note)
    return Plan(call=call, number=number, arguments=dict(call.arguments), refusal=output)
