"""The lines of a transcript: one JSON object each, `kind` first.

A transcript is the door through which a run comes back, so these are validated types. A field that
a newer version adds is passed over; a kind that it adds is counted (see `transcript`).
"""

import json
from functools import cache
from typing import Any, TypeAlias

import msgspec

from holmes.config.settings import ToolMode
from holmes.core.answer import Answer
from holmes.core.messages import StopReason, Usage
from holmes.core.tool_output import ToolOutput

VERSION = 1


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every line has: `at`, in seconds since the epoch."""

    at: float


class OfferedTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as the model was told of it."""

    name: str
    description: str
    parameters: dict[str, Any]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
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


class Began(Line, frozen=True, kw_only=True, tag="run"):
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


class Window(Line, frozen=True, kw_only=True, tag="window"):
    """The context window in tokens that the server stated; None where it did not."""

    tokens: int | None


class Counted(Line, frozen=True, kw_only=True, tag="counted"):
    """How many tokens the server's tokenizer makes of a text, which the hash names."""

    text: str
    tokens: int


class SentMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a request; `calls` counts those of an assistant's, which its reply holds."""

    role: str
    content: str
    tool: str = ""
    calls: int = 0


class Requested(Line, frozen=True, kw_only=True, tag="request"):
    """A request goes out: the first `kept` messages of the request before, then `messages`."""

    request: int
    kept: int
    messages: tuple[SentMessage, ...]
    tools: tuple[str, ...]
    max_tokens: int | None


class Called(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call in a reply; the fields of `holmes.core.messages.ToolCall`."""

    id: str
    name: str
    arguments: dict[str, Any] = {}
    raw_arguments: str = ""
    parse_error: str = ""
    repaired: str = ""


class Replied(Line, frozen=True, kw_only=True, tag="reply"):
    """The whole reply to that request, as it came: not yet held against the evidence."""

    request: int
    seconds: float
    content: str
    reasoning: str
    calls: tuple[Called, ...]
    stop_reason: StopReason
    usage: Usage
    model: str


class Overflowed(Line, frozen=True, kw_only=True, tag="overflow"):
    """That request held more tokens than the server's window; a shorter one follows."""

    request: int
    seconds: float
    reason: str
    window: int | None


class Failed(Line, frozen=True, kw_only=True, tag="failure"):
    """That request failed for good."""

    request: int
    reason: str


class Started(Line, frozen=True, kw_only=True, tag="call"):
    """A tool call begins."""

    number: int
    tool: str
    arguments: dict[str, Any]
    command: str


class Found(Line, frozen=True, kw_only=True, tag="evidence"):
    """A tool call ended; `excerpt` is None where the model saw the whole output."""

    number: int
    tool: str
    arguments: dict[str, Any]
    seconds: float
    excerpt: str | None
    output: ToolOutput


class Repeated(Line, frozen=True, kw_only=True, tag="repeat"):
    """After that request's reply a call was made again, and answered with evidence `number`."""

    request: int
    number: int


class Noted(Line, frozen=True, kw_only=True, tag="notice"):
    """A line that was shown to the person."""

    text: str


class Concluded(Line, frozen=True, kw_only=True, tag="answer"):
    """The answer, or the lack of one with its reason."""

    answer: Answer


class Resumed(Line, frozen=True, kw_only=True, tag="resumed"):
    """The run goes on in another process; what follows was added by it."""

    version: int
    holmes: str
    model: str
    address: str


class Ended(Line, frozen=True, kw_only=True, tag="exit"):
    """The process ended by itself, with this exit code."""

    code: int


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

_ENCODER = msgspec.json.Encoder()


@cache
def _decoder() -> msgspec.json.Decoder[Record]:
    # Reading the types takes longer than writing a whole transcript, and a first run never reads.
    return msgspec.json.Decoder(Record)


class _AnyLine(msgspec.Struct):
    kind: str


class UnknownKind(ValueError):  # what the line is, not an error of ours
    """A line that is whole and of a kind that this version does not know."""


def encode(record: Record) -> bytes:
    """One line with its end."""
    try:
        return _ENCODER.encode(record) + b"\n"
    except UnicodeEncodeError:
        # Half a surrogate pair: a model's JSON can hold one, and no UTF-8 file can.
        text = json.dumps(msgspec.to_builtins(record), ensure_ascii=False)
        return text.encode("utf-8", "replace") + b"\n"


def decode(line: bytes) -> Record:
    """Raises UnknownKind, or another ValueError for what is no record."""
    try:
        return _decoder().decode(line)
    except msgspec.ValidationError as error:
        kind = msgspec.json.decode(line, type=_AnyLine).kind
        known = {item.__struct_config__.tag for item in Record.__args__}
        if kind not in known:
            raise UnknownKind(kind) from error
        raise
