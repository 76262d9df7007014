"""The lines of a transcript: one JSON object each, `kind` first.

They are the run's events (`holmes.core.events`) and, defined here, what is no event: what the run
was started with, what was said to the model and by it, and how the process ended. A field that a
newer version adds is passed over; a kind that it adds is counted (see `transcript`).
"""

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from holmes.agent.state import Turn
from holmes.agent.strategies.base import StrategyName
from holmes.config.choices import Guidance, ToolMode
from holmes.core import codec
from holmes.core.events import Event, ToolFinished
from holmes.core.messages import Image, Message, ToolDefinition
from holmes.models.base import ModelReply

_LATEST = 253_402_300_800  # the year 10000

VERSION = 2
"""1 (until November 2026) had kinds of its own for what are events now; it is not read any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Record:
    """What every line has: `at`, in seconds since the epoch; the recorder fills it in."""

    at: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the run was started with, as far as it decides how it goes on; never a key.

    config_file    the config file that was read, or empty
    toolset_files  absolute paths, those that the config file names included
    snapshot       absolute path, or None for a live cluster
    model          as it was named, `api_base` and `fallback`, too
    """

    model: str = ""
    api_base: str = ""
    context: str = ""
    kubeconfig: str = ""
    namespace: str = ""
    snapshot: str | None = None
    toolset_files: tuple[str, ...] = ()
    config_file: str = ""
    max_steps: int = 20
    timeout: float = 900.0
    stream: bool = True
    tool_mode: ToolMode = "auto"
    guidance: Guidance = "auto"
    window: int | None = None
    redact_names: bool = False
    fallback: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Header(_Record):
    """The first line: the question, and everything that the course of the run depends on."""

    version: int
    id: str
    holmes: str
    question: str
    model: str
    address: str
    settings: Settings
    tools: tuple[ToolDefinition, ...] = ()
    opening: str = ""
    situation: str = ""
    weak: bool = False
    images: tuple[Image, ...] = ()
    kind: Literal["run"] = "run"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window(_Record):
    """The context window in tokens that the server stated; None where it did not."""

    tokens: int | None
    kind: Literal["window"] = "window"


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenCount(_Record):
    """How many tokens the server's tokenizer makes of a text, which the hash names."""

    text: str
    tokens: int
    kind: Literal["token_count"] = "token_count"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request(_Record):
    """A request goes out: the first `kept` messages of the request before, then `messages`."""

    request: int
    kept: int
    messages: tuple[Message, ...]
    tools: tuple[str, ...]
    max_tokens: int | None
    kind: Literal["request"] = "request"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply(_Record):
    """The whole reply to that request, as it came: not yet held against the evidence."""

    request: int
    reply: ModelReply
    kind: Literal["reply"] = "reply"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure(_Record):
    """That request failed for good, or (`overflow`) a shorter one follows."""

    request: int
    reason: str
    overflow: bool = False
    window: int | None = None
    kind: Literal["failure"] = "failure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resumption(_Record):
    """The run goes on in another process; what follows was added by it."""

    version: int
    holmes: str
    model: str
    address: str
    kind: Literal["resumed"] = "resumed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled(_Record):
    """Where a conversation stands after a question, or after a step back: it goes on from here.

    depth     how many states of before are still there to go back to
    request   how many requests were made
    kept      messages, and turns_kept turns, of the `Settled` before that this one begins with
    settings  where the model or the cluster is another from here on
    """

    depth: int
    request: int
    kept: int
    messages: tuple[Message, ...] = ()
    turns_kept: int = 0
    turns: tuple[Turn, ...] = ()
    told: tuple[int, ...] = ()
    strategy: StrategyName = "plain"
    model: str = ""
    address: str = ""
    settings: Settings | None = None
    kind: Literal["settled"] = "settled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback(_Record):
    """What a person thought of an answer: its place among the answers, from 1."""

    answer: int
    good: bool
    comment: str = ""
    kind: Literal["feedback"] = "feedback"


@dataclass(frozen=True, kw_only=True, slots=True)
class Exit(_Record):
    """The process ended by itself, with this exit code."""

    code: int
    kind: Literal["exit"] = "exit"


Record: TypeAlias = (
    Header
    | Window
    | TokenCount
    | Request
    | Reply
    | Failure
    | Resumption
    | Settled
    | Feedback
    | Exit
)
Line: TypeAlias = Event | Record


def encode(line: Line) -> bytes:
    """One line with its end."""
    document: Any = codec.encode(line)
    if isinstance(line, ToolFinished) and line.evidence.excerpt == line.evidence.output.text:
        # Most results are shown to the model whole: the file would hold them twice.
        del document["evidence"]["excerpt"]
    # Half a surrogate pair: a model's JSON can hold one, and no UTF-8 file can.
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def decode(line: bytes) -> Line:
    """Raises `codec.UnknownKindError`, or another ValueError for what is no such line."""
    try:
        document: Any = json.loads(line)
        if isinstance(document, dict) and document.get("kind") == "tool_finished":
            evidence = document["evidence"]
            evidence.setdefault("excerpt", evidence["output"].get("text", ""))
        found: Line = codec.decode(Line, document)  # type: ignore[arg-type]
    except (RecursionError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("nested too deep, or no result") from error
    if not 0 <= found.at < _LATEST:
        raise ValueError("no moment that a calendar has")
    return found
