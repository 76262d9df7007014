"""One turn of a conversation, told in the peer's events."""

from collections.abc import AsyncIterator
from typing import Any, TypeAlias, TypeVar

from holmes.core import events
from holmes.core.messages import AssistantMessage, JsonObject
from holmes.server.client_tools import NAME as CLIENTS
from holmes.server.http import PING_SECONDS
from holmes.server.peer import shapes
from holmes.server.run import Run

Told: TypeAlias = tuple[str, dict[str, Any]]
"""An event's name and its data."""

_Waiting = TypeVar("_Waiting")

PING: Told = ("", {})
"""A sign of life, for the stream alone."""

_RATE_LIMIT, _OTHER = 5204, 1


class Telling:
    """Turns a run's events into the peer's, and keeps what a plain reply holds.

    It can be left where a command waits for a person, and gone on with.

    as_written  also tell text as the model writes it, as `ai_text`, which the peer does not have
    """

    def __init__(self, run: Run, *, as_written: bool = False) -> None:
        self.run = run
        self.calls: list[dict[str, Any]] = []
        self._as_written = as_written
        self._place = run.turn_begins
        self._text = self._thought = ""
        self._replied = False
        self._round = False
        self._names: dict[str, str] = {}
        self._toolsets = {
            tool.definition.name: item.name for item in run.runtime.toolsets for tool in item.tools
        }
        self._toolsets |= {each.definition.name: CLIENTS for each in run.tools}

    async def all(self) -> AsyncIterator[Told]:
        """The peer's events up to the answer, a failure, or a command that waits."""
        run = self.run
        while True:
            while self._place < len(run.events):
                event = run.events[self._place]
                self._place += 1
                for told in self._told(event):
                    yield told
            waiting = {*run.pending, *run.called}
            if waiting and set(run.started) <= waiting:
                for handed in self._handed():
                    yield handed
                yield "approval_required", self.waiting()
                return
            if not run.busy:
                yield self._end()
                return
            if not await run.more(PING_SECONDS):
                yield PING

    def decide(self, decisions: dict[str, bool]) -> None:
        """What a person said of the calls that wait; of one that is not named: no."""
        for name, pending in self._named(self.run.pending).items():
            self.run.decide(pending.key, approved=decisions.get(name, False))

    def give(self, results: dict[str, str]) -> None:
        """What the client gave for the calls that wait for it; for one that is not named: none."""
        for name, call in self._named(self.run.called).items():
            call.give(results.get(name))

    def waiting(self) -> dict[str, Any]:
        """The reply where commands wait."""
        pending, called = self._named(self.run.pending), self._named(self.run.called)
        return {
            "analysis": None,
            "conversation_history": shapes.history(self.run, pending, called),
            "follow_up_actions": [],
            "requires_approval": True,
            "pending_approvals": [
                {
                    "tool_call_id": name,
                    "tool_name": each.tool,
                    "description": each.command,
                    "params": dict(each.arguments),
                }
                for name, each in pending.items()
            ],
            "pending_frontend_tool_calls": [
                {"tool_call_id": name, "tool_name": each.tool, "arguments": dict(each.arguments)}
                for name, each in called.items()
            ],
        }

    def answer(self) -> dict[str, Any]:
        """The reply where there is an answer, or the lack of one with its reason."""
        answer = self.run.answer
        said = (answer.text or answer.reason) if answer else self.run.reason
        return {
            "analysis": said,
            "conversation_history": shapes.history(self.run),
            "follow_up_actions": [],
            "metadata": self._metadata(finish_reason="stop", request_id=self.run.id),
        }

    def _named(self, waiting: dict[str, _Waiting]) -> dict[str, _Waiting]:
        """Those by the ids of their calls."""
        return {self._names.get(key, key): each for key, each in waiting.items()}

    def _handed(self) -> list[Told]:
        """That calls wait for the client."""
        return [
            self._result(name, each.tool, each.tool, shapes.handed(each))
            for name, each in self._named(self.run.called).items()
        ]

    def _metadata(self, **more: str) -> dict[str, Any]:
        return shapes.metadata(self.run, self.run.events[self.run.turn_begins :], **more)

    def _end(self) -> Told:
        if self.run.state in {"failed", "interrupted"}:
            status = getattr(self.run.failure, "status", None)
            code = _RATE_LIMIT if status == 429 else _OTHER
            said = self.run.reason
            return "error", {"description": said, "error_code": code, "msg": said, "success": False}
        return "ai_answer_end", self.answer()

    def _told(self, event: events.Event) -> list[Told]:
        match event:
            case events.ModelWaiting() | events.Answered():
                self._text = self._thought = ""
                self._replied = False
                ended, self._round = self._round, False
                return [self._count()] if ended else []
            case events.ModelReplied():
                self._replied = True
                return [self._count()]
            case events.ModelText():
                return self._written(event)
            case events.ModelTextVoid() if not self._replied:
                self._text = self._thought = ""
            case events.ToolStarted():
                return self._started(event)
            case events.ToolFinished():
                return self._finished(event)
            case events.ApprovalAsked():
                return self._asked(event)
        return []

    def _count(self) -> Told:
        return "token_count", {"metadata": self._metadata()}

    def _written(self, event: events.ModelText) -> list[Told]:
        if event.reasoning:
            self._thought += event.text
        else:
            self._text += event.text
        said = {"content": event.text, "reasoning": event.reasoning}
        return [("ai_text", said)] if self._as_written else []

    def _started(self, event: events.ToolStarted) -> list[Told]:
        told: list[Told] = []
        if self._text.strip() or self._thought.strip():
            said = {"content": self._text, "reasoning": self._thought or None}
            told.append(("ai_message", said | {"metadata": self._metadata()}))
            self._text = self._thought = ""
        self._round = True
        name = self._names[event.key] = self._name_of(event.key, event.tool, event.arguments)
        return [*told, ("start_tool_calling", {"tool_name": event.tool, "id": name})]

    def _finished(self, event: events.ToolFinished) -> list[Told]:
        evidence = event.evidence
        described = evidence.output.command or evidence.tool
        gave = shapes.result(evidence)
        name, toolset = self._names.get(event.key, event.key), self._toolset(evidence.tool)
        self.calls.append(shapes.call(name, evidence.tool, toolset, described, gave))
        return [self._result(name, evidence.tool, described, gave)]

    def _asked(self, event: events.ApprovalAsked) -> list[Told]:
        pending = self.run.pending.get(event.key)
        if pending is None:
            return []  # it is decided by now
        name = self._names.get(event.key, event.key)
        return [self._result(name, pending.tool, event.command, shapes.waiting(pending))]

    def _result(self, name: str, tool: str, described: str, gave: dict[str, Any]) -> Told:
        return "tool_calling_result", {
            "tool_call_id": name,
            "tool_name": tool,
            "name": tool,
            "description": described,
            "role": "tool",
            "toolset_name": self._toolset(tool),
            "result": gave,
        }

    def _toolset(self, tool: str) -> str:
        return self._toolsets.get(tool, "holmes")

    def _name_of(self, key: str, tool: str, arguments: JsonObject) -> str:
        """The id that the model gave a call; one of ours where code made it."""
        used = set(self._names.values())
        free = [
            made
            for message in self.run.investigation.talk.messages
            if isinstance(message, AssistantMessage)
            for made in message.tool_calls
            if made.name == tool and made.id not in used
        ]
        same = [made.id for made in free if made.arguments == arguments]
        return next(iter([*same, *(made.id for made in free)]), f"call_{key}")
