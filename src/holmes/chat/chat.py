"""A conversation: questions to one investigation that goes on, each answer on record.

One thing at a time is at work (a question, a command that takes long); lines are taken meanwhile.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import anyio
from anyio.abc import TaskGroup

from holmes.agent.loop import Investigation
from holmes.agent.question import words_of
from holmes.agent.state import State
from holmes.chat import commands
from holmes.chat.attachments import ReadFile, with_attachments
from holmes.chat.exchanges import Exchanges
from holmes.chat.front import Front
from holmes.chat.person import Approvals, Person
from holmes.config.settings import Config
from holmes.core.errors import HolmesError
from holmes.core.events import Asked, Event
from holmes.core.evidence import Evidence
from holmes.core.messages import Image
from holmes.core.tool_output import ToolOutput
from holmes.redaction.unmask import own_screen
from holmes.redaction.wrappers import Boundary, guarded
from holmes.render.base import Renderer
from holmes.runs.recorder import Recorder
from holmes.runs.settled import Standing
from holmes.runtime import Runtime

INTERRUPTED = "Interrupted; what was found so far is kept."

OWN_COMMAND = "command of the user"
"""The tool of a result that the person found with a command of theirs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """What a conversation begins with: a first question, a record to go on from, or neither."""

    question: str = ""
    past: Standing | None = None


class Chat:
    """What commands work on, and what a front end hands lines to.

    states     where the conversation stands (the last), and what it can go back to
    exchanges  questions and answers, with every result of the conversation
    verbose    whether the whole outputs are shown as they come
    """

    def __init__(
        self,
        config: Config,
        front: Front,
        read: ReadFile,
        boundary: Boundary,
        beginning: Beginning,
    ) -> None:
        self.config = config
        self.front = front
        self.boundary = boundary
        self.person = Person(front)
        self.verbose = False
        self.leaving = False
        self.busy = ""
        past = beginning.past
        self.states = [*past.states] if past else [State()]
        self.exchanges = Exchanges(past.session.events if past else ())
        self._begins, self._past = beginning, past
        self._read = read
        screen = own_screen(config, boundary.redactor.placeholders, self._shown)
        session = past.session if past else None
        self.recorder = Recorder(config, partial(self._came, screen), past=session)
        masked = boundary.masked(self.recorder)
        self._approvals = Approvals(self.person, masked, config.allow)
        self._renderer: Renderer | None = None
        self._runtime: Runtime | None = None
        self.investigation: Investigation | None = None
        self._wanted: Config | None = config
        self._scope: anyio.CancelScope | None = None
        self._group: TaskGroup | None = None
        self._next: deque[tuple[str, Mapping[str, str]]] = deque()

    @property
    def runtime(self) -> Runtime:
        """The model and the toolsets that are open now."""
        if self._runtime is None:
            raise AssertionError("lines are taken only while a runtime is open")
        return self._runtime

    async def run(self) -> None:
        """Until the person leaves; HolmesError where model or tools can't be opened at first."""
        before = self.config
        while (config := self._wanted) is not None:
            try:
                async with Runtime.opened(
                    config, self.recorder, ask=self._approvals, boundary=self.boundary
                ) as runtime:
                    self._use(runtime, config)
                    before = config
                    await self._served()
            except HolmesError as error:
                if self._runtime is None or config is before:
                    raise
                self.front.show(f"! {error}")
                self._wanted = before

    def switch(self, config: Config) -> None:
        """Go on with another model or cluster."""
        self._wanted, self.leaving = config, True

    def leave(self) -> None:
        """End the conversation."""
        self.interrupt()
        self.leaving = True

    def interrupt(self) -> bool:
        """End what is at work, and keep what was found; False where nothing is."""
        while self._next:
            self.front.show(f"Not asked: {self._next.popleft()[0]}")
        if self._scope is not None:
            self._scope.cancel()
        return bool(self.busy)

    async def take(self, line: str, pastes: Mapping[str, str] | None = None) -> None:
        """A line of the person: an answer to a question of ours, a command, or a question."""
        line = line.strip()
        if self.person.prompt:
            self.person.answer(line)
        elif commands.is_command(line):
            try:
                await commands.run(self, line)
            except HolmesError as error:
                self._tell_failure(error)
        elif line and self.busy:
            self._next.append((line, pastes or {}))
            self.front.show("Asked as soon as this is answered.")
        elif line:
            self.work("the question", partial(self._ask_line, line, pastes or {}))

    def work(self, what: str, doing: Callable[[], Awaitable[None]]) -> None:
        """Do something that takes long, while lines are taken."""
        if self._group is None:
            raise AssertionError("lines are taken only while the front end serves")
        self.busy, self._scope = what, anyio.CancelScope()
        self._group.start_soon(self._work, self._scope, doing)

    async def _work(self, scope: anyio.CancelScope, doing: Callable[[], Awaitable[None]]) -> None:
        with scope:
            try:
                await doing()
            except HolmesError as error:
                self._tell_failure(error)
        if scope.cancelled_caught and not self.leaving:
            self.front.show("! Interrupted.")
        self.busy = ""
        if self._next and not self.leaving:
            line, pastes = self._next.popleft()
            self.work("the question", partial(self._ask_line, line, pastes))
        self.front.refresh()

    def _tell_failure(self, error: HolmesError) -> None:
        self.boundary.redactor.mask_error(error)
        self.front.show(f"! {error}")

    async def _ask_line(self, line: str, pastes: Mapping[str, str]) -> None:
        # Here, where the names of the cluster are known.
        await self.ask(self.boundary.question(with_attachments(line, pastes, self._read)))

    async def ask(self, question: str, images: tuple[Image, ...] = ()) -> None:
        """Investigate, and put the answer on record."""
        self._renderer = self.front.turn(self.exchanges.found, verbose=self.verbose)
        try:
            asked = Asked(question=question, images=images)
            self.recorder(asked)
            run = self.begun(question)
            await self._investigated(run, asked)
            self.settle(run.state)
        finally:
            self._renderer.close()
            self._renderer = None

    async def _investigated(self, run: Investigation, asked: Asked) -> None:
        with anyio.CancelScope() as scope:
            self._scope = scope
            try:
                await run.run(asked.question, asked.images)
            except HolmesError as error:
                self.boundary.redactor.mask_error(error)
                run.give_up(str(error))
        if scope.cancelled_caught:
            run.give_up(INTERRUPTED)

    def begun(self, question: str = "") -> Investigation:
        """The investigation; the transcript begins with it, and with `question`."""
        if self.investigation is None:
            run = self.runtime.investigation(
                self.recorder, recorder=self.recorder, question=question
            )
            run.go_on_from(
                self.states[-1],
                self._past.evidence if self._past else (),
                step=self.recorder.request,
            )
            self.investigation = run
        return self.investigation

    def settle(self, state: State, config: Config | None = None) -> None:
        """The conversation stands there now."""
        self.states.append(state)
        self.recorder.settle(self.states, config)

    def go_back(self, state: State) -> None:
        """The conversation stands where it stood before, or at its beginning."""
        self.begun().go_on_from(state)
        self.recorder.settle(self.states)

    def share(self, output: ToolOutput) -> Evidence:
        """Give the model what a command of the person printed, masked like a tool's output."""
        output = guarded(output, self.boundary.redactor)
        run = self.begun(f"$ {output.command}")
        entry = run.share(OWN_COMMAND, output)
        self.settle(run.state)
        return entry

    def _use(self, runtime: Runtime, config: Config) -> None:
        """Go on with this model and these tools."""
        another = self._runtime is not None
        self._runtime, self._wanted, self.config, self.leaving = runtime, None, config, False
        if not another:
            return
        model = runtime.model
        self.front.show(f"From here on: {model.name} at {model.address}. {runtime.situation()}")
        if (old := self.investigation) is not None:
            run = runtime.investigation(self.recorder, recorder=self.recorder)
            state = replace(old.state, strategy=run.strategy.name)
            run.go_on_from(state, old.evidence, step=old.talk.step)
            run.talk.say(f"From here on: {runtime.situation()}")
            self.investigation = run
            self.settle(run.state, config)

    async def _served(self) -> None:
        async with anyio.create_task_group() as self._group:
            begins, self._begins = self._begins, Beginning()
            unsettled = begins.past.unsettled if begins.past else None
            if begins.past is not None:
                self._tell_of(begins.past)
            if unsettled:
                self.work("the question", partial(self.ask, unsettled.question, unsettled.images))
            if begins.question:  # asked as soon as that one is answered
                await self.take(begins.question)
            await self.front.serve(self)
            self._group.cancel_scope.cancel()

    def _tell_of(self, past: Standing) -> None:
        """Where a conversation of before goes on."""
        answered = self.exchanges.answered
        if not past.unsettled:
            self.begun()
        self.front.show(f"Session {past.session.id} goes on; questions so far: {len(answered)}.")
        if answered and (last := answered[-1].answer):
            self.front.show(f"> {words_of(answered[-1].question)}\n\n{last.text or last.reason}")

    def _came(self, screen: Callable[[Event], None], event: Event) -> None:
        self.exchanges.take(event)
        screen(event)

    def _shown(self, event: Event) -> None:
        if self._renderer is not None:
            self._renderer(event)
        elif event.kind == "noticed":
            self.front.show(f"! {event.text}")
        self.front.refresh()
