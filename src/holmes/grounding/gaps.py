"""What stays unknown: calls that gave nothing, and whose question no other call answered."""

import re
from collections.abc import Iterable, Sequence

from holmes.core.evidence import Evidence

_OPEN = {"failed": "it failed", "timeout": "it did not finish in time", "denied": "it was refused"}
_ABSENT = re.compile(r"not ?found|no resources found|doesn't have a resource type", re.IGNORECASE)


def gaps(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """One line for each such call, with the question that it leaves open."""
    entries = tuple(evidence)
    return tuple(
        f"Not seen: {_question(entry)} ({_why(entry)})."
        for entry in entries
        if entry.output.status in _OPEN and not _is_answer(entry) and not _answered(entry, entries)
    )


def nothing_seen(evidence: Iterable[Evidence]) -> bool:
    """Whether calls were made and none of them showed anything of the system."""
    entries = tuple(evidence)
    return bool(entries) and all(
        entry.output.status not in {"ok", "no_data"} and not _is_answer(entry) for entry in entries
    )


def _is_answer(entry: Evidence) -> bool:
    """That there is no such object is an answer, too."""
    return entry.output.status == "failed" and bool(_ABSENT.search(entry.output.text))


def _answered(entry: Evidence, entries: Sequence[Evidence]) -> bool:
    """Whether another call of the tool, for the same object, gave what this one did not."""
    return any(
        other.output.status in {"ok", "no_data"}
        and other.tool == entry.tool
        and _target(other) == _target(entry)
        for other in entries
    )


def _target(entry: Evidence) -> tuple[str, ...]:
    given = entry.arguments
    named = [str(given[key]) for key in ("kind", "name", "what", "query") if given.get(key)]
    return tuple(named) or tuple(f"{key}={value}" for key, value in sorted(given.items()))


def _question(entry: Evidence) -> str:
    if entry.output.command:
        return f"what `{entry.output.command}` shows"
    given = ", ".join(f"{key}={value}" for key, value in entry.arguments.items())
    return f"what {entry.tool}({given}) shows"


def _why(entry: Evidence) -> str:
    note = entry.output.note.rstrip(".")
    last = (entry.output.text.strip().splitlines() or [""])[-1].strip()[:MOST_NOTED]
    detail = note or (last if entry.output.status == "failed" else "")
    said = _OPEN[entry.output.status]
    return f"{said}: {detail}" if detail else said


MOST_NOTED = 160
"""Characters of an error message that are repeated."""
