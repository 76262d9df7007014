"""read_evidence: the rest of a result of which the model saw an excerpt."""

import re
from collections.abc import Iterator, Sequence

from holmes.agent.excerpts.selection import gap
from holmes.core.evidence import EvidenceLog
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput

NAME = "read_evidence"

QUESTION = 0
"""The number under which the question itself is read, with the files that came with it."""

READ_QUESTION = f"{NAME}(number={QUESTION}) shows them"
"""What an excerpt of the question says of the rest."""

_DEFINITION = ToolDefinition(
    name=NAME,
    description="Read what was left out of an earlier result.",
    parameters={
        "type": "object",
        "properties": {
            "number": {"type": "integer", "description": "of the result, e.g. 2"},
            "query": {"type": "string", "description": "show the lines that hold this"},
            "lines": {"type": "string", "description": "show these, e.g. 120-180"},
        },
        "required": ["number"],
    },
)
_RANGE = re.compile(r"\s*(\d+)\s*(?:(?:-|to|:|,)\s*(\d+))?\s*")
_AT_ONCE = 80  # lines, where no end is given
_AROUND = 1  # lines before and after one that holds the query
_MOST_MATCHES = 200


class ReadEvidence:
    """Reads from the outputs on record; runs nothing."""

    timeout = 10.0

    def __init__(self, log: EvidenceLog) -> None:
        self.question = ""
        self._log = log

    @property
    def definition(self) -> ToolDefinition:
        """`read_evidence(number, query?, lines?)`."""
        return _DEFINITION

    def preview(self, arguments: JsonObject) -> str:
        """The call in words: there is no command to run again."""
        which = " ".join(str(arguments[key]) for key in ("query", "lines") if arguments.get(key))
        return f"{NAME} {arguments.get('number')} {which}".strip()

    def refusal(self, arguments: JsonObject) -> str:
        """Why there is nothing to read so, in a sentence, or "".

        It is the same for every number that no result has.
        """
        if self._text(arguments) is None:
            count = len(self._log)
            there = f"so far there are 1 to {count}" if count > 1 else "so far there is only 1"
            return f"There is no such result: {there if count else 'so far there is none'}."
        lines = _wanted_lines(arguments)
        if not arguments.get("query") and not _RANGE.fullmatch(lines):
            return f'"{lines}" is no range of lines; write it like 120-180.'
        return ""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """The lines of a stored output, with their numbers."""
        command = self.preview(arguments)
        if note := self.refusal(arguments):
            return ToolOutput(status="invalid_arguments", note=note)
        lines = (self._text(arguments) or "").splitlines()
        if query := str(arguments.get("query") or "").strip():
            return _matching(lines, query, command)
        return _range(lines, _wanted_lines(arguments), command)

    def _text(self, arguments: JsonObject) -> str | None:
        number = int(str(arguments.get("number")))
        if number == QUESTION:
            return self.question
        evidence = self._log.get(number)
        return None if evidence is None else evidence.output.text


def _wanted_lines(arguments: JsonObject) -> str:
    return str(arguments.get("lines") or "1")


def beginning(text: str, room: int) -> str:
    """As many whole lines from the beginning as fit; says where to go on."""
    if len(text) <= room:
        return text
    kept: list[str] = []
    left = room - 60
    lines = text.splitlines()
    for line in lines:
        left -= len(line) + 1
        if left < 0 and kept:
            break
        kept.append(line[: room - 60])
    return "\n".join([*kept, f"[… {len(lines) - len(kept)} more lines: ask for fewer at once …]"])


def _matching(lines: Sequence[str], query: str, command: str) -> ToolOutput:
    words = query.lower().split()
    found = [i for i, line in enumerate(lines) if query.lower() in line.lower()]
    if not found:
        found = [i for i, line in enumerate(lines) if all(w in line.lower() for w in words)]
    if not found:
        note = f'None of its {len(lines):,} lines holds "{query}".'
        return ToolOutput(status="no_data", command=command, note=note)
    note = f"{len(found):,} of its {len(lines):,} lines."
    if len(found) > _MOST_MATCHES:
        note = f"The first {_MOST_MATCHES} and {note}"
    near = {i + d for i in found[:_MOST_MATCHES] for d in range(-_AROUND, _AROUND + 1)}
    shown = sorted(i for i in near if 0 <= i < len(lines))
    text = "\n".join(_numbered(lines, shown))
    return ToolOutput(status="ok", text=text, command=command, note=note)


def _range(lines: Sequence[str], wanted: str, command: str) -> ToolOutput:
    bounds = [int(number) for number in re.findall(r"\d+", wanted)]
    first = max(1, bounds[0])
    last = min(len(lines), bounds[1] if len(bounds) > 1 else first + _AT_ONCE - 1)
    if first > last:
        note = f"It has {len(lines):,} lines."
        return ToolOutput(status="no_data", command=command, note=note)
    text = "\n".join(_numbered(lines, range(first - 1, last)))
    note = f"Lines {first:,} to {last:,} of {len(lines):,}."
    return ToolOutput(status="ok", text=text, command=command, note=note)


def _numbered(lines: Sequence[str], shown: Sequence[int]) -> Iterator[str]:
    following = shown[0]
    for index in shown:
        if index > following:
            yield gap(index - following)
        yield f"{index + 1}: {lines[index]}"
        following = index + 1
