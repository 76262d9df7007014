"""What a command is."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from holmes.chat.chat import Chat

Run: TypeAlias = "Callable[[Chat, str], Awaitable[None]]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One command.

    takes  what may stand after its name, as the help shows it
    long   it takes long, or changes what the next question goes on from: not beside a question
    """

    name: str
    help: str
    run: Run
    takes: str = ""
    long: bool = False


def table(rows: Sequence[tuple[str, ...]], indent: str = "") -> str:
    """Rows in columns; the last column is left as long as it is."""
    if not rows:
        return ""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    lines = (
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    )
    return "\n".join(f"{indent}{line}".rstrip() for line in lines)
