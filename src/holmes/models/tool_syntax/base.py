"""What a textual tool-call syntax is: openers, a reader, renderers and a sentence to teach it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from holmes.core.messages import JsonValue, ToolCall, ToolDefinition

Offered: TypeAlias = Mapping[str, ToolDefinition]
Certainty: TypeAlias = Literal["tagged", "shaped"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
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
class Reading:
    """A stretch of text that is not content: it ends before `end` and leaves `text` behind.

    `tagged` calls stand inside special tokens or tags and are calls whatever their name;
    `shaped` ones are JSON in a fence or in the open, and the text around them decides.
    """

    end: int
    calls: tuple[Found, ...] = ()
    text: str = ""
    certainty: Certainty = "tagged"


@dataclass(frozen=True, kw_only=True, slots=True)
class Skip:
    """Plain text up to `start` and from there until just after `until`; no call is in it."""

    start: int
    until: str = ""


More: TypeAlias = Literal["more"]
MORE: More = "more"
"""The text so far could still become a call; only ever given while `final` is false."""

Ruin: TypeAlias = Literal["ruin"]
RUIN: Ruin = "ruin"
"""Plain text like None, but dear to find out: the scanner puts up with so many of them."""

Outcome: TypeAlias = Reading | Skip | More | Ruin | None


class ToolSyntax(ABC):
    """One way of writing tool calls as text.

    name            for logs and `Parsed.syntax`
    openers         literal texts with one of which a call begins
    result_openers  how the syntax introduces a tool's result; a model that writes one itself
                    invents, so everything from there on is dropped
    how             the sentence that teaches it to a model
    """

    name: ClassVar[str]
    openers: ClassVar[tuple[str, ...]]
    result_openers: ClassVar[tuple[str, ...]] = ()
    how: ClassVar[str]

    @abstractmethod
    def read(self, text: str, at: int, *, offered: Offered, final: bool) -> Outcome:
        """Read the call that an opener at `at` may begin; None means plain text.

        A None or RUIN given while `final` is false must hold for every continuation of `text`.
        """

    @abstractmethod
    def render_call(self, calls: Sequence[ToolCall]) -> str:
        """Write calls as a model of this family would have."""

    @abstractmethod
    def render_result(self, name: str, content: str) -> str:
        """Write a tool's result as this family expects to read it."""
