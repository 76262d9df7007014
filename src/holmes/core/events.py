"""What a run says as it happens: terminal, JSON, transcript, replay and evals all read this.

A tagged union: `kind` says which event it is, and `holmes.core.codec` writes and reads it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeVar

from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.core.messages import Image, JsonObject, Usage


@dataclass(frozen=True, kw_only=True, slots=True)
class _Event:
    """What every event has; `Stamp` fills it in.

    seq  its place in the run, from 1
    at   seconds since the epoch
    """

    seq: int = 0
    at: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked(_Event):
    """The question with its files, as it is asked: without secrets, without names if so wanted."""

    question: str
    images: tuple[Image, ...] = ()
    kind: Literal["asked"] = "asked"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelWaiting(_Event):
    """A request went out; nothing has come back yet. `step` counts requests from 1.

    `recorded`: it was answered before, in a run that is resumed or shown again.
    """

    step: int
    model: str
    address: str
    tools_offered: int
    recorded: bool = False
    kind: Literal["model_waiting"] = "model_waiting"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelText(_Event):
    """A piece of text as the model writes it; `reasoning` is thinking, not answer."""

    text: str
    reasoning: bool
    kind: Literal["model_text"] = "model_text"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelTextVoid(_Event):
    """The text streamed in this step is not the answer (it led to a tool call, or is retried)."""

    kind: Literal["model_text_void"] = "model_text_void"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelReplied(_Event):
    """One reply is complete; `seconds` is the wall time of the request."""

    step: int
    usage: Usage
    seconds: float
    kind: Literal["model_replied"] = "model_replied"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolStarted(_Event):
    """A tool call begins; `key` pairs it with its ToolFinished."""

    key: str
    tool: str
    arguments: JsonObject
    command: str
    kind: Literal["tool_started"] = "tool_started"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolFinished(_Event):
    """A tool call ended.

    `recorded`: it ran in an earlier process, and a resumed run has it from its transcript.
    """

    key: str
    evidence: Evidence
    recorded: bool = False
    kind: Literal["tool_finished"] = "tool_finished"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolRepeated(_Event):
    """A call was made again and did not run: the evidence of that number answers it."""

    number: int
    kind: Literal["tool_repeated"] = "tool_repeated"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalAsked(_Event):
    """A person is being asked whether this command may run; a terminal is left alone meanwhile.

    `key` is that of the ToolStarted, where the person is asked over HTTP.
    """

    command: str
    key: str = ""
    kind: Literal["approval_asked"] = "approval_asked"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalGiven(_Event):
    """The question is answered, or no longer stands."""

    command: str
    approved: bool
    key: str = ""
    kind: Literal["approval_given"] = "approval_given"


@dataclass(frozen=True, kw_only=True, slots=True)
class Noticed(_Event):
    """A line that a person should see: a retry, a limit reached, a changed way of asking."""

    text: str
    kind: Literal["noticed"] = "noticed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered(_Event):
    """The end: the answer, or the lack of one with its reason."""

    answer: Answer
    kind: Literal["answered"] = "answered"


Event: TypeAlias = (
    Asked
    | ModelWaiting
    | ModelText
    | ModelTextVoid
    | ModelReplied
    | ToolStarted
    | ToolFinished
    | ToolRepeated
    | ApprovalAsked
    | ApprovalGiven
    | Noticed
    | Answered
)
EventSink: TypeAlias = Callable[[Event], None]

_E = TypeVar("_E", bound=Event)


class Stamp:
    """Numbers and dates the events of one run; who emits one inside a run does neither."""

    def __init__(self, last: int = 0) -> None:
        self._last = last

    def __call__(self, event: _E) -> _E:
        """The event with the next number and the time."""
        self._last += 1
        return replace(event, seq=self._last, at=time.time())

    def before(self, emit: EventSink) -> EventSink:
        """A sink that passes events on stamped."""
        return lambda event: emit(self(event))
