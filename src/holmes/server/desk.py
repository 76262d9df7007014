"""The investigations of a server: begun, gone on with, looked up, cancelled, ended."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from holmes.config.settings import Config
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.errors import HolmesError, SessionError, UsageError
from holmes.core.messages import Image
from holmes.runs import settled, transcript
from holmes.runs.recorder import Recorder
from holmes.runs.records import Feedback, Header
from holmes.runs.settings import kept
from holmes.runs.store import Store, new_id
from holmes.runtime import Runtime
from holmes.server.client_tools import ClientTool
from holmes.server.past import Past, path_of, read, stamp_of
from holmes.server.problems import Busy, Conflict, NotFound, Stopping
from holmes.server.record import Record, State
from holmes.server.run import Run
from holmes.server.runtimes import Runtimes
from holmes.server.settings import ServerSettings, named

IDLE = 32
"""Answered investigations that are kept in memory; those of which nothing is on disk for longer."""

_LOOKED_AT = 4
"""Past runs that are kept as they were read: who looks at one asks for its results one by one."""

_EXIT_CODES: dict[State, int] = {"answered": 0, "failed": 3, "no answer": 4, "interrupted": 130}
_STOPPED = 143


class Watcher(Protocol):
    """Counts or traces what runs."""

    def sink(self, run: Run) -> events.EventSink:
        """Takes the events of a run."""

    def ended(self, run: Run) -> None:
        """A question of it ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What somebody asks.

    instructions  what the model is told behind our own instructions
    asks          whether somebody watches who can be asked about a command
    tools         what the client runs by itself
    """

    text: str
    model: str = ""
    cluster: str = ""
    instructions: str = ""
    asks: bool = False
    images: tuple[Image, ...] = ()
    tools: tuple[ClientTool, ...] = ()


class Desk:
    """All that runs, and what is on record."""

    def __init__(
        self,
        runtimes: Runtimes,
        settings: ServerSettings,
        group: TaskGroup,
        unforeseen: Callable[[BaseException], None],
    ) -> None:
        self.runtimes = runtimes
        self.settings = settings
        self.stopping = False
        self.watchers: list[Watcher] = []
        self._group = group
        self._unforeseen = unforeseen
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._grace = anyio.CancelScope()
        self._looked_at: OrderedDict[str, Past] = OrderedDict()

    @property
    def open(self) -> list[Run]:
        """What runs, waits, or was answered a short while ago."""
        return list(self._runs.values())

    @property
    def busy(self) -> list[Run]:
        """What runs or waits."""
        return [run for run in self._runs.values() if run.busy]

    async def begin(self, asked: Question) -> Run:
        """A new investigation, which has begun or waits."""
        self._room()
        targets = self.runtimes.targets
        model, cluster = targets.meant(asked.model, asked.cluster)
        runtime = await self.runtimes.get(model, cluster)
        question = await _asked(runtime, asked)
        self._room()  # again: as many may have come while the runtime was opened
        run = Run(model, cluster, runtime, self.runtimes.lines[model])
        run.recorder = Recorder(targets.config(model, cluster), self._sink(run))
        run.recorder(question)
        instructions = runtime.boundary.question(asked.instructions)
        run.investigate(question.question, asked.tools, instructions)
        run.id = run.recorder.session_id or new_id()
        self._runs[run.id] = run
        self._start(run, asked, [question])
        return run

    async def go_on(self, name: str, asked: Question) -> Run:
        """The next question in an investigation; Conflict while the last one is not answered.

        A model or cluster that the question names takes it from here on.
        """
        self._room()
        run = self._at_rest(name)
        earlier: list[events.Asked] = []
        if run is None or run.recorder.session_id:
            run, earlier, question = await self._reopened(name, asked)
        else:
            question = await _asked(run.runtime, asked)
            self._at_rest(name)  # again: somebody may have been faster
            run.go_on_with(asked.tools)
        run.turn_begins = len(run.events)
        if not earlier:
            run.recorder(question)
        self._runs.move_to_end(run.id)
        self._start(run, asked, [*earlier, question])
        return run

    def _start(self, run: Run, asked: Question, questions: list[events.Asked]) -> None:
        run.asks, run.scope = asked.asks, anyio.CancelScope()
        run.into("queued")
        self._group.start_soon(self._work, run, questions)

    async def find(self, name: str) -> Record:
        """An investigation by its id; NotFound."""
        if (run := self._known(name)) is not None:
            return run
        past = self._looked_at.setdefault(name, Past(name))
        try:
            await past.read_on()
        except NotFound:
            self._looked_at.pop(name, None)
            raise
        self._looked_at.move_to_end(name)
        while len(self._looked_at) > _LOOKED_AT:
            self._looked_at.popitem(last=False)
        return past

    async def listed(self) -> list[tuple[transcript.Summary, Run | None]]:
        """What is on record, newest first, with those that are open here."""
        summaries = await to_thread.run_sync(_summaries)
        return [(item, self._known(item.path.stem)) for item in summaries]

    async def feedback(self, name: str, given: Feedback) -> None:
        """Put what a person thinks of an answer on record."""
        run = self._known(name)
        if run is None or (run.recorder.session_id and not run.busy):
            await to_thread.run_sync(lambda: Store().append(path_of(name), given))
        else:
            run.recorder.write(given)

    async def stop(self) -> None:
        """Let what runs finish for the seconds of grace, then record the rest as interrupted."""
        self.stopping = True
        self._grace.deadline = anyio.current_time() + self.settings.grace
        with self._grace:
            while self.busy:
                await self.busy[0].more(1.0)
        for run in self.busy:
            run.cancel()
        with anyio.CancelScope(shield=True):
            while self.busy:
                await self.busy[0].more(0.05)

    def hurry(self) -> None:
        """End the seconds of grace."""
        self._grace.cancel()

    def _room(self) -> None:
        if self.stopping:
            raise Stopping("The server is being stopped; ask another one.")
        if len(self.busy) >= self.settings.at_once:
            raise Busy(f"{len(self.busy)} investigations run or wait, which is the limit.")

    def _known(self, name: str) -> Run | None:
        """A run of this process, unless another one has gone on with it since."""
        run = self._runs.get(name)
        if run is not None and run.left_at is not None and run.left_at != stamp_of(name):
            del self._runs[name]
            return None
        return run

    def _at_rest(self, name: str) -> Run | None:
        """The same; Conflict where it is busy."""
        run = self._known(name)
        if run is not None and run.busy:
            raise Conflict(f'Investigation "{name}" is still at its last question.')
        return run

    def _sink(self, run: Run) -> events.EventSink:
        sinks: list[events.EventSink] = [run, *(each.sink(run) for each in self.watchers)]

        def take(event: events.Event) -> None:
            for sink in sinks:
                sink(event)

        return take

    async def _reopened(
        self, name: str, asked: Question
    ) -> tuple[Run, list[events.Asked], events.Asked]:
        """A run on record, to go on with, the question that it was at when it ended, and this."""
        path = await to_thread.run_sync(path_of, name)
        known, stamp = self._known(name), stamp_of(name)
        past = await to_thread.run_sync(read, path)
        here = settled.standing(past)
        header = here.session.header
        model, cluster = self._meant(header, asked)
        runtime = await self.runtimes.get(model, cluster)
        said = await to_thread.run_sync(past.path.read_text, "utf-8", "replace")
        question = await _asked(runtime, asked)
        if self._at_rest(name) is not known or stamp_of(name) != stamp:
            raise Conflict(f'Somebody asked in "{name}" at the same moment; ask again.')
        runtime.boundary.redactor.placeholders.reserve(said)
        run = Run(model, cluster, runtime, self.runtimes.lines[model])
        run.id, run.events, run.states = past.id, list(past.events), [*here.states]
        config = self.runtimes.targets.config(model, cluster)
        run.recorder = Recorder(config, self._sink(run), past=here.session)
        try:
            run.investigate(header.question, asked.tools)
        except SessionError as error:
            raise Conflict(str(error)) from error
        run.investigation.go_on_from(here.states[-1], here.evidence, step=run.recorder.request)
        run.config = config if kept(config) != header.settings else None
        self._runs[run.id] = run
        return run, [here.unsettled] if here.unsettled else [], question

    def _meant(self, header: Header, asked: Question) -> tuple[str, str]:
        """The names of model and cluster: those that a question names, else those on record."""
        targets = self.runtimes.targets
        models = [name for name, config in targets.models.items() if _is_of(config, header)]
        clusters = [name for name, config in targets.clusters.items() if _is_at(config, header)]
        if asked.model:
            models = [named("model", asked.model, targets.models)]
        if asked.cluster:
            clusters = [named("cluster", asked.cluster, targets.clusters)]
        if models and clusters:
            return models[0], clusters[0]
        what = "cluster" if models else "model"
        said = f'Investigation "{header.id}" is of a {what} that this server does not have; '
        raise Conflict(f"{said}name one that it has to go on with.")

    async def _work(self, run: Run, questions: list[events.Asked]) -> None:
        state: State = "interrupted"
        reason = "It was cancelled."
        with run.scope:
            try:
                async with run.line.turn(run.waits_behind):
                    run.into("running")
                    state, reason = await _answered(run, questions)
            except HolmesError as error:
                run.runtime.boundary.redactor.mask_error(error)
                run.failure = error
                state, reason = "failed", str(error)
                run.give_up(reason)
            except Exception as error:  # noqa: BLE001  (one investigation's bug ends no other's)
                self._unforeseen(error)
                state, reason = "failed", "This investigation ended in a fault of HolmesGPT's own."
        if run.scope.cancelled_caught and self.stopping:
            reason = "The server was stopped."
        elif run.scope.cancelled_caught:
            run.give_up(reason)
        self._leave(run, state)
        run.into(state, reason)
        for watcher in self.watchers:
            watcher.ended(run)
        self._forget()

    def _leave(self, run: Run, state: State) -> None:
        """Give the transcript back: this server or another process goes on from it."""
        if run.recorder.session_id:
            code = _STOPPED if self.stopping and state == "interrupted" else _EXIT_CODES[state]
            run.recorder.close(code)
            run.left_at = stamp_of(run.id)

    def _forget(self) -> None:
        idle = [run for run in self._runs.values() if not run.busy]
        for run in idle[: max(0, len(idle) - IDLE)]:
            self._runs.pop(run.id, None)


def _is_of(config: Config, header: Header) -> bool:
    """Whether that is the model of a run on record, at the server that it was at."""
    then, now = header.settings, kept(config)
    if config.named is not None and config.named.listed:
        return now.model == then.model
    return now.model in {then.model, header.model} and now.api_base == then.api_base


def _is_at(config: Config, header: Header) -> bool:
    """Whether that is the cluster of a run on record."""
    then, now = header.settings, kept(config)
    where = ("context", "kubeconfig", "namespace", "snapshot")
    return all(getattr(now, name) == getattr(then, name) for name in where)


async def _asked(runtime: Runtime, asked: Question) -> events.Asked:
    question = await runtime.boundary.question_aside(asked.text)
    return events.Asked(question=question, images=asked.images)


async def _answered(run: Run, questions: list[events.Asked]) -> tuple[State, str]:
    """Ask one after the other: all but the last were asked before, in another process."""
    answer = Answer(text="", state="none")
    for place, asked in enumerate(questions):
        if place:
            run.recorder(asked)
        answer = await run.ask_next(asked)
    return ("answered" if answer.state == "answered" else "no answer"), answer.reason


def _summaries() -> list[transcript.Summary]:
    try:
        return [transcript.summary(path) for path in Store().newest_first()]
    except SessionError as error:
        raise UsageError(str(error)) from error
