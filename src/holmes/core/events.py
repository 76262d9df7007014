"""What a running investigation says as it happens; every front end reads this and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.core.messages import JsonObject, Usage


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The question with its files, as it is asked: without secrets, without names if so wanted."""

    question: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelWaiting:
    """A request went out; nothing has come back yet. `step` counts requests from 1.

    `recorded`: a resumed run answers it from its transcript.
    """

    step: int
    model: str
    address: str
    tools_offered: int
    recorded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelText:
    """A piece of text as the model writes it; `reasoning` is thinking, not answer."""

    text: str
    reasoning: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelTextVoid:
    """The text streamed in this step is not the answer (it led to a tool call, or is retried)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelReplied:
    """One reply is complete; `seconds` is the wall time of the request."""

    step: int
    usage: Usage
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolStarted:
    """A tool call begins; `key` pairs it with its ToolFinished."""

    key: str
    tool: str
    arguments: JsonObject
    command: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolFinished:
    """A tool call ended; `repeated`: it did not run, the earlier `evidence` answers it.

    `recorded`: it ran in an earlier process, and a resumed run has it from its transcript.
    """

    key: str
    evidence: Evidence
    repeated: bool = False
    recorded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalAsked:
    """A person is being asked on the terminal whether this command may run: leave it alone."""

    command: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalGiven:
    """The question is answered, or no longer stands."""

    command: str
    approved: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Noticed:
    """A line that a person should see: a retry, a limit reached, a changed way of asking."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """The end: the answer, or the lack of one with its reason."""

    answer: Answer


Event: TypeAlias = (
    Asked
    | ModelWaiting
    | ModelText
    | ModelTextVoid
    | ModelReplied
    | ToolStarted
    | ToolFinished
    | ApprovalAsked
    | ApprovalGiven
    | Noticed
    | Answered
)
EventSink: TypeAlias = Callable[[Event], None]
