"""The lines of a transcript: one JSON object each, `kind` first.

A transcript is the door through which a run comes back, so these are validated types. A field that
a newer version adds is passed over; a kind that it adds is counted (see `transcript`).
"""

import json
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from holmes.config.choices import ToolMode
from holmes.core import codec
from holmes.core.answer import Answer
from holmes.core.messages import StopReason, Usage
from holmes.core.tool_output import ToolOutput

VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What every line has: `at`, in seconds since the epoch."""

    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferedTool:
    """A tool as the model was told of it."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the run was started with, as far as it decides how it goes on; never a key.

    config_file    the config file that was read, or empty
    toolset_files  absolute paths, those that the config file names included
    snapshot       absolute path, or None for a live cluster
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
    window: int | None = None
    redact_names: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Began(Line):
    """The first line: the question, and everything that the course of the run depends on."""

    version: int
    id: str
    holmes: str
    question: str
    model: str
    address: str
    settings: Settings
    tools: tuple[OfferedTool, ...] = ()
    opening: str = ""
    kind: Literal["run"] = "run"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window(Line):
    """The context window in tokens that the server stated; None where it did not."""

    tokens: int | None
    kind: Literal["window"] = "window"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted(Line):
    """How many tokens the server's tokenizer makes of a text, which the hash names."""

    text: str
    tokens: int
    kind: Literal["counted"] = "counted"


@dataclass(frozen=True, kw_only=True, slots=True)
class SentMessage:
    """One message of a request; `calls` counts those of an assistant's, which its reply holds."""

    role: str
    content: str
    tool: str = ""
    calls: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Requested(Line):
    """A request goes out: the first `kept` messages of the request before, then `messages`."""

    request: int
    kept: int
    messages: tuple[SentMessage, ...]
    tools: tuple[str, ...]
    max_tokens: int | None
    kind: Literal["request"] = "request"


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """One call in a reply; the fields of `holmes.core.messages.ToolCall`."""

    id: str
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    raw_arguments: str = ""
    parse_error: str = ""
    repaired: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replied(Line):
    """The whole reply to that request, as it came: not yet held against the evidence."""

    request: int
    seconds: float
    content: str
    reasoning: str
    calls: tuple[Called, ...]
    stop_reason: StopReason
    usage: Usage
    model: str
    kind: Literal["reply"] = "reply"


@dataclass(frozen=True, kw_only=True, slots=True)
class Overflowed(Line):
    """That request held more tokens than the server's window; a shorter one follows."""

    request: int
    seconds: float
    reason: str
    window: int | None
    kind: Literal["overflow"] = "overflow"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed(Line):
    """That request failed for good."""

    request: int
    reason: str
    kind: Literal["failure"] = "failure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Started(Line):
    """A tool call begins."""

    number: int
    tool: str
    arguments: dict[str, Any]
    command: str
    kind: Literal["call"] = "call"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found(Line):
    """A tool call ended; `excerpt` is None where the model saw the whole output."""

    number: int
    tool: str
    arguments: dict[str, Any]
    seconds: float
    excerpt: str | None
    output: ToolOutput
    kind: Literal["evidence"] = "evidence"


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeated(Line):
    """After that request's reply a call was made again, and answered with evidence `number`."""

    request: int
    number: int
    kind: Literal["repeat"] = "repeat"


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted(Line):
    """A line that was shown to the person."""

    text: str
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True, kw_only=True, slots=True)
class Concluded(Line):
    """The answer, or the lack of one with its reason."""

    answer: Answer
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resumed(Line):
    """The run goes on in another process; what follows was added by it."""

    version: int
    holmes: str
    model: str
    address: str
    kind: Literal["resumed"] = "resumed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended(Line):
    """The process ended by itself, with this exit code."""

    code: int
    kind: Literal["exit"] = "exit"


Record: TypeAlias = (
    Began
    | Window
    | Counted
    | Requested
    | Replied
    | Overflowed
    | Failed
    | Started
    | Found
    | Repeated
    | Noted
    | Concluded
    | Resumed
    | Ended
)


def encode(record: Record) -> bytes:
    """One line with its end."""
    # Half a surrogate pair: a model's JSON can hold one, and no UTF-8 file can.
    text = json.dumps(codec.encode(record), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def decode(line: bytes) -> Record:
    """Raises `codec.UnknownKindError`, or another ValueError for what is no record."""
    try:
        found: Record = codec.decode(Record, json.loads(line))  # type: ignore[arg-type]
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return found
