"""An investigation that runs in this process: its state, its approvals, its end."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from holmes.agent.state import State as Standing
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.messages import JsonObject
from holmes.server.client_tools import ClientCall, ClientTool, check_names, toolset
from holmes.server.record import Record, State
from holmes.server.waiting_line import WaitingLine
from holmes.tools.permissions import ASKING_SECONDS
from holmes.tools.permissions import Answer as Said

if TYPE_CHECKING:
    from holmes.agent.loop import Investigation
    from holmes.config.settings import Config
    from holmes.core.errors import HolmesError
    from holmes.runs.recorder import Recorder
    from holmes.runtime import Runtime


@dataclass(eq=False)
class Pending:
    """A command that waits for a person; `key` is the key of its call."""

    key: str
    tool: str
    arguments: JsonObject
    command: str
    answer: Said = "no_answer"
    decided: anyio.Event = field(default_factory=anyio.Event)


class Run(Record):
    """A record that grows; its recorder takes the events first, and this takes them from it.

    turn_begins  the place of the first event of the last question
    pending      commands that wait for a person, by the keys of their calls
    called       calls that the client has to answer, by their keys
    tools        of the client
    states       where the conversation stands (the last), and what it could go back to
    config       the settings, where they are others than those on record
    left_at      what the transcript was like when it was given back
    """

    investigation: "Investigation"
    recorder: "Recorder"

    def __init__(self, model: str, cluster: str, runtime: "Runtime", line: WaitingLine) -> None:
        super().__init__("", (), "queued")
        self.model, self.cluster = model, cluster
        self.runtime, self.line = runtime, line
        self.asks = False
        self.states = [Standing()]
        self.config: Config | None = None
        self.left_at: tuple[int, int] | None = None
        self.begun = False
        self.pending: dict[str, Pending] = {}
        self.called: dict[str, ClientCall] = {}
        self.tools: tuple[ClientTool, ...] = ()
        self.scope = anyio.CancelScope()
        self.turn_begins = 0
        self.failure: HolmesError | None = None
        self.started: dict[str, events.ToolStarted] = {}

    def investigate(
        self, first: str, tools: tuple[ClientTool, ...] = (), instructions: str = ""
    ) -> None:
        """Make the investigation, on record; SessionError where another process is writing it.

        UsageError for a tool of the client that is named like one of ours.
        """
        check_names(tools, self.runtime.toolsets)
        self.tools = tools
        self.investigation = self.runtime.investigation(
            self.recorder,
            recorder=self.recorder,
            question=first,
            ask=self.ask,
            instructions=instructions,
            more=toolset(tools, self.call),
        )

    def go_on_with(self, tools: tuple[ClientTool, ...]) -> None:
        """Take what the client runs from here on."""
        if tools != self.tools:
            old = self.investigation
            self.investigate("", tools)
            self.investigation.go_on_from(old.state, old.evidence, step=old.talk.step)

    async def call(self, tool: str, arguments: JsonObject) -> str | None:
        """What the client gave for a call; None where it gave nothing in time."""
        waiting = ClientCall(key=self._key(tool, arguments), tool=tool, arguments=arguments)
        self.called[waiting.key] = waiting
        self.wake()
        try:
            with anyio.move_on_after(ASKING_SECONDS):
                await waiting.given.wait()
        finally:
            self.called.pop(waiting.key, None)
        return waiting.result

    async def ask_next(self, asked: events.Asked) -> Answer:
        """The answer to a question, with which the conversation stands elsewhere."""
        self.begun = True
        answer = await self.investigation.run(asked.question, asked.images)
        self._settle()
        return answer

    def give_up(self, reason: str) -> None:
        """End the question that was cancelled or failed; the next one can use what was found."""
        if self.begun:
            self.investigation.give_up(reason)
        else:
            self.recorder(events.Answered(answer=Answer(text="", state="none", reason=reason)))
        self._settle()

    def _settle(self) -> None:
        self.begun = False
        self.states.append(self.investigation.state)
        self.recorder.settle(self.states, self.config)
        self.config = None

    def __call__(self, event: events.Event) -> None:
        """Take an event from the recorder; what is on record is here already."""
        again = isinstance(event, events.ModelWaiting) and event.recorded
        if again or (self.events and event.seq <= self.events[-1].seq):
            return
        if isinstance(event, events.ToolStarted):
            self.started[event.key] = event
        elif isinstance(event, events.ToolFinished):
            self.started.pop(event.key, None)
        self.events.append(event)
        self.wake()

    def into(self, state: State, reason: str = "") -> None:
        """The state changed."""
        self.state, self.reason = state, reason
        self.wake()

    def waits_behind(self, before: int) -> None:
        """Say the place in the line before the model server."""
        self.recorder(events.Noticed(text=f"Waiting for {self.model}: {before} before this one."))

    def cancel(self) -> None:
        """End it; what it found stays on record."""
        self.scope.cancel()

    def decide(self, key: str, *, approved: bool) -> None:
        """What a person said of the call with that key, which waits."""
        pending = self.pending.pop(key)
        pending.answer = "yes" if approved else "no"
        pending.decided.set()

    async def ask(self, tool: str, arguments: JsonObject, command: str) -> Said:
        """Ask whoever watches; the place before the model server is held meanwhile."""
        if not self.asks:
            return "no_terminal"
        pending = Pending(
            key=self._key(tool, arguments), tool=tool, arguments=arguments, command=command
        )
        emit = self.runtime.boundary.masked(self.recorder)
        self.pending[pending.key] = pending
        emit(events.ApprovalAsked(command=command, key=pending.key))
        try:
            with anyio.move_on_after(ASKING_SECONDS):
                await pending.decided.wait()
        finally:
            self.pending.pop(pending.key, None)
            approved = pending.answer == "yes"
            emit(events.ApprovalGiven(command=command, approved=approved, key=pending.key))
        return pending.answer

    def _key(self, tool: str, arguments: JsonObject) -> str:
        calls = (
            call
            for call in self.started.values()
            if (call.tool, call.arguments) == (tool, arguments)
        )
        return next((call.key for call in calls), "0")
