"""Recorded investigations in the test's own process: a script as model, functions as tools."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
from scripted import ScriptedModel

from agent.tools import FunctionTool, lookup, toolset
from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.choice import strategy_for
from holmes.config.settings import Config
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.messages import AssistantMessage, JsonObject, ToolCall
from holmes.models.base import Model
from holmes.runs.recorder import Recorder
from holmes.runs.store import Store
from holmes.runs.transcript import Transcript, read
from holmes.tools.base import Toolset

QUESTION = "is web fine?"


def call(name: str, call_id: str = "c1", **arguments: object) -> ToolCall:
    return ToolCall(id=call_id, name=name, arguments=arguments)  # type: ignore[arg-type]


def calls(*made: ToolCall) -> AssistantMessage:
    return AssistantMessage(tool_calls=made)


def says(text: str) -> AssistantMessage:
    return AssistantMessage(content=text)


@dataclass
class Run:
    answer: Answer
    investigation: Investigation
    model: Model
    seen: list[events.Event] = field(default_factory=list)

    @property
    def notices(self) -> str:
        return "\n".join(e.text for e in self.seen if isinstance(e, events.Noticed))

    @property
    def outputs(self) -> list[str]:
        return [entry.output.text for entry in self.investigation.evidence]

    @property
    def notes(self) -> list[str]:
        return [entry.output.note for entry in self.investigation.evidence]


def investigate(
    *replies: AssistantMessage,
    tools: Sequence[FunctionTool] = (),
    toolsets: Sequence[Toolset] = (),
    model: Model | None = None,
    past: Transcript | None = None,
    config: Config | None = None,
    limits: Limits | None = None,
    question: str = QUESTION,
) -> Run:
    """Ask and record; with `past`, go on."""
    model = model or ScriptedModel(replies, context_window=32_768)
    seen: list[events.Event] = []
    config = config or Config()
    recorder = Recorder(config, seen.append, past=past)
    around = toolsets or (toolset(*(tools or (lookup(),))),)
    wrapped, known = recorder.around(question, model, around)
    investigation = Investigation(
        model=wrapped,
        toolsets=known,
        strategy=strategy_for(wrapped.name, config.guidance),
        limits=limits or Limits(),
        emit=recorder,
    )
    try:
        answer = anyio.run(investigation.run, question)
    finally:
        recorder.close(0)
    return Run(answer=answer, investigation=investigation, model=model, seen=seen)


def last() -> Transcript:
    return read(Store().find("last"))


def cut(transcript: Transcript, kind: str, count: int = 1) -> Transcript:
    """The transcript as if the run had been killed after the `count`-th line of that kind."""
    mark = f'{{"kind":"{kind}"'.encode()
    lines = transcript.path.read_bytes().splitlines(keepends=True)
    places = [index for index, line in enumerate(lines) if line.startswith(mark)]
    transcript.path.write_bytes(b"".join(lines[: places[count - 1] + 1]))
    return read(transcript.path)


def never(name: str = "lookup") -> FunctionTool:
    """A tool that must not run."""
    tool = lookup(name)

    async def function(arguments: JsonObject) -> object:
        raise AssertionError(arguments)

    tool.function = function  # type: ignore[assignment]
    return tool
