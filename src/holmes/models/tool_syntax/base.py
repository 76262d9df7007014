"""What a way of writing tool calls as text is: what opens a call, and what reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from holmes.core.messages import JsonValue, ToolDefinition

Offered: TypeAlias = Mapping[str, ToolDefinition]
Certainty: TypeAlias = Literal["tagged", "shaped"]

More: TypeAlias = Literal["more"]
MORE: More = "more"
"""The text so far could still become a call; only ever given while `final` is false."""

Broken: TypeAlias = Literal["broken"]
BROKEN: Broken = "broken"
"""Plain text like None, but costly to find out: the scanner puts up with so many of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A reply as far as it is written; `final` says that it is whole."""

    text: str
    offered: Offered
    final: bool

    def undecided(self, at: int, room: int) -> More | None:
        """MORE while what begins at `at` may become the head of a call, of `room` characters."""
        return MORE if not self.final and len(self.text) - at < room else None

    def find(self, at: int, *markers: str) -> int | More:
        """Where the first of the markers stands, or the end of the reply."""
        found = min((i for i in (self.text.find(m, at) for m in markers) if i >= 0), default=-1)
        if found < 0:
            return len(self.text) if self.final else MORE
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenCall:
    """One call as it stands in a reply, before the tool's schema has been looked at.

    arguments  an object, text that should hold one, or None where the model gave none
    raw        the model's own text of the arguments or, where unreadable, of the whole call
    textual    the values are plain text that takes its type from the schema (XML-like syntaxes)
    """

    name: str
    arguments: JsonValue = None
    raw: str = ""
    error: str = ""
    repaired: str = ""
    textual: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A stretch of a reply that is not content: it ends before `end` and leaves `text` behind.

    `tagged` calls stand inside special tokens or tags and are calls whatever their name;
    `shaped` ones are JSON in a fence or in the open, and the text around them decides.
    """

    end: int
    calls: tuple[WrittenCall, ...] = ()
    text: str = ""
    certainty: Certainty = "tagged"


@dataclass(frozen=True, kw_only=True, slots=True)
class Skip:
    """Plain text up to `start` and from there until just after `until`; no call is in it."""

    start: int
    until: str = ""


ReadResult: TypeAlias = Passage | Skip | More | Broken | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolSyntax:
    """One way of writing tool calls as text.

    name            for logs and `Parsed.syntax`
    openers         literal texts with one of which a call begins
    read            reads the call that an opener at an offset may begin; None means plain text. A
                    None or BROKEN for a reply that is not final holds however it goes on
    result_openers  how the syntax introduces a tool's result; a model that writes one itself
                    invents, so everything from there on is dropped
    """

    name: str
    openers: tuple[str, ...]
    read: Callable[[Reply, int], ReadResult]
    result_openers: tuple[str, ...] = ()


def after_opener(text: str, at: int, openers: tuple[str, ...]) -> int:
    """The offset after the longest opener at `at`."""
    return at + max((len(o) for o in openers if text.startswith(o, at)), default=0)
