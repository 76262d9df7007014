"""The append-only record of what the tools returned."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One tool call and its whole output; `excerpt` is what the model saw of it.

    `seconds` is the wall time of the call. `number` is the `[n]` that answers cite.
    """

    number: int
    tool: str
    arguments: JsonObject
    output: ToolOutput
    excerpt: str
    seconds: float


class EvidenceLog:
    """Evidence in the order in which calls were made; numbers start at 1 and never change."""

    def __init__(self) -> None:
        self._entries: list[Evidence] = []
        self._by_call: dict[str, Evidence] = {}

    def __iter__(self) -> Iterator[Evidence]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def append(self, entry: Evidence) -> None:
        """Add finished evidence; its number must be the next one."""
        expected = len(self._entries) + 1
        if entry.number != expected:
            message = f"evidence {entry.number} appended where {expected} is next"
            raise ValueError(message)
        self._entries.append(entry)
        if entry.arguments or entry.output.status != "invalid_arguments":
            self._by_call[_key(entry.tool, entry.arguments)] = entry

    def get(self, number: int) -> Evidence | None:
        """The evidence with that number, or None."""
        return self._entries[number - 1] if 1 <= number <= len(self._entries) else None

    def find(self, tool: str, arguments: JsonObject) -> Evidence | None:
        """The last call with exactly this tool and these arguments, whatever it gave.

        A call that could not be read is none: it stands here without the arguments it meant.
        """
        return self._by_call.get(_key(tool, arguments))


def _key(tool: str, arguments: JsonObject) -> str:
    return f"{tool} {json.dumps(arguments, sort_keys=True)}"
