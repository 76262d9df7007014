"""Investigations in the test's own process: a script as model, tools that really run."""

from dataclasses import dataclass, field

import anyio
from scripted import ScriptedModel

from agent.tools import FunctionTool, lookup, toolset
from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.base import Strategy
from holmes.agent.strategies.plain import Plain
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.messages import AssistantMessage, ToolCall, ToolMessage
from holmes.tools.base import Toolset


def call(name: str, call_id: str = "c1", **arguments: object) -> ToolCall:
    return ToolCall(id=call_id, name=name, arguments=arguments)  # type: ignore[arg-type]


def calls(*made: ToolCall) -> AssistantMessage:
    return AssistantMessage(tool_calls=made)


def says(text: str) -> AssistantMessage:
    return AssistantMessage(content=text)


TROUBLE, FACTS, GENERAL = says("trouble"), says("facts"), says("general")
"""What a led model is asked first: what a question is about."""

YES, NO = says("yes"), says("no")
"""What it is asked of a question that may go on from the one before."""


@dataclass
class Run:
    model: ScriptedModel
    answer: Answer
    investigation: Investigation
    seen: list[events.Event] = field(default_factory=list)

    def results(self, request: int = -1) -> list[str]:
        """The tool results that stand in that request, in order."""
        messages = self.model.requests[request].messages
        return [message.content for message in messages if isinstance(message, ToolMessage)]

    @property
    def shown(self) -> str:
        return "".join(e.text for e in self.seen if isinstance(e, events.ModelText))

    @property
    def notices(self) -> list[str]:
        return [e.text for e in self.seen if isinstance(e, events.Noticed)]

    @property
    def offered(self) -> list[int]:
        """How many tools each request offered."""
        return [len(request.tools) for request in self.model.requests]


def investigate(
    *replies: AssistantMessage,
    tools: tuple[FunctionTool, ...] = (),
    toolsets: tuple[Toolset, ...] = (),
    question: str = "is web fine?",
    limits: Limits | None = None,
    model: ScriptedModel | None = None,
    strategy: Strategy | None = None,
) -> Run:
    model = model or ScriptedModel(replies, context_window=8192)
    seen: list[events.Event] = []
    investigation = Investigation(
        model=model,
        toolsets=toolsets or (toolset(*(tools or (lookup(),))),),
        strategy=strategy or Plain(),
        limits=limits or Limits(),
        emit=seen.append,
    )
    answer = anyio.run(investigation.run, question)
    return Run(model=model, answer=answer, investigation=investigation, seen=seen)
