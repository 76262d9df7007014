"""The investigations of a server: begun, gone on with, looked up, cancelled, ended."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from holmes.core import events
from holmes.core.errors import HolmesError, SessionError, UsageError
from holmes.runs import transcript
from holmes.runs.recorder import Recorder
from holmes.runs.records import Feedback, Header
from holmes.runs.settings import kept
from holmes.runs.store import Store, new_id
from holmes.runtime import Runtime
from holmes.server.problems import Busy, Conflict, NotFound, Stopping
from holmes.server.record import Record, State, from_transcript
from holmes.server.run import Run
from holmes.server.runtimes import Runtimes
from holmes.server.settings import ServerSettings

IDLE = 32
"""Answered investigations that are kept open, so that a next question needs no replay."""

_LOOKED_AT = 4
"""Past runs that are kept as they were read: who looks at one asks for its results one by one."""

_EXIT_CODES: dict[State, int] = {"answered": 0, "failed": 3, "no answer": 4, "interrupted": 130}
_STOPPED = 143
_NO_SUCH = 'There is no investigation "{}".'


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
    """

    text: str
    model: str = ""
    cluster: str = ""
    instructions: str = ""
    asks: bool = False


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
        self._reading = anyio.Lock()
        self._looked_at: OrderedDict[tuple[str, int, int], Record] = OrderedDict()

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
        question = await runtime.boundary.question_aside(asked.text)
        self._room()  # again: as many may have come while the runtime was opened
        run = self._run(model, cluster, runtime, asks=asked.asks)
        run.recorder = Recorder(targets.config(model, cluster), self._sink(run))
        run.recorder(events.Asked(question=question))
        run.investigation = runtime.investigation(
            run.recorder,
            recorder=run.recorder,
            question=question,
            ask=run.ask,
            instructions=runtime.boundary.question(asked.instructions),
        )
        run.id = run.recorder.session_id or new_id()
        self._runs[run.id] = run
        self._group.start_soon(self._work, run, [question])
        return run

    async def go_on(self, name: str, text: str, *, asks: bool = False) -> Run:
        """The next question in an investigation; Conflict while the last one is not answered."""
        self._room()
        run = self._runs.get(name)
        earlier: list[str] = []
        if run is None:
            past = await to_thread.run_sync(lambda: _read(_path(name)))
            run, earlier = await self._reopened(past)
        question = await run.runtime.boundary.question_aside(text)
        if run.busy or self._runs.get(run.id) is not run:  # somebody was faster
            raise Conflict(f'Investigation "{name}" is still at its last question.')
        self._runs.move_to_end(run.id)
        run.asks, run.scope = asks, anyio.CancelScope()
        run.turn_begins = len(run.events)
        run.into("queued")
        if not earlier:
            run.recorder(events.Asked(question=question))
        self._group.start_soon(self._work, run, [*earlier, question])
        return run

    async def find(self, name: str) -> Record:
        """An investigation by its id; NotFound."""
        if (run := self._runs.get(name)) is not None:
            return run
        async with self._reading:  # several ask for the same at once, and it may take seconds
            return await to_thread.run_sync(self._past, name)

    async def listed(self) -> list[tuple[transcript.Summary, Run | None]]:
        """What is on record, newest first, with those that are open here."""
        summaries = await to_thread.run_sync(_summaries)
        return [(item, self._runs.get(item.path.stem)) for item in summaries]

    async def feedback(self, name: str, given: Feedback) -> None:
        """Put what a person thinks of an answer on record."""
        if (run := self._runs.get(name)) is not None:
            run.recorder.write(given)
        else:
            await to_thread.run_sync(lambda: Store().append(_path(name), given))

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
        for run in list(self._runs.values()):
            self._close(run)

    def hurry(self) -> None:
        """End the seconds of grace."""
        self._grace.cancel()

    def _room(self) -> None:
        if self.stopping:
            raise Stopping("The server is being stopped; ask another one.")
        if len(self.busy) >= self.settings.at_once:
            raise Busy(f"{len(self.busy)} investigations run or wait, which is the limit.")

    def _run(self, model: str, cluster: str, runtime: Runtime, *, asks: bool) -> Run:
        return Run(model, cluster, runtime, self.runtimes.lines[model], asks=asks)

    def _sink(self, run: Run) -> events.EventSink:
        sinks: list[events.EventSink] = [run, *(each.sink(run) for each in self.watchers)]

        def take(event: events.Event) -> None:
            for sink in sinks:
                sink(event)

        return take

    async def _reopened(self, past: transcript.Transcript) -> tuple[Run, list[str]]:
        """A run on record, to go on with, and its questions, which are to be replayed."""
        model, cluster = self._asked_of(past.header)
        runtime = await self.runtimes.get(model, cluster)
        said = await to_thread.run_sync(past.path.read_text, "utf-8", "replace")
        runtime.boundary.redactor.placeholders.reserve(said)
        run = self._run(model, cluster, runtime, asks=False)
        run.id, run.events = past.id, list(past.events)
        config = self.runtimes.targets.config(model, cluster)
        run.recorder = Recorder(config, self._sink(run), past=past)
        gate = _Gate(run.recorder)
        questions = run.questions
        gate.unanswered = sum(answer is not None for _, answer in run.turns)
        run.investigation = runtime.investigation(
            gate, recorder=run.recorder, question=questions[0], ask=run.ask
        )
        self._runs[run.id] = run
        run.into("answered")
        return run, questions

    def _asked_of(self, header: Header) -> tuple[str, str]:
        """The names of the model and the cluster that a run on record was about."""
        targets = self.runtimes.targets
        for model in targets.models:
            for cluster in targets.clusters:
                now = kept(targets.config(model, cluster))
                then = header.settings
                where = ("context", "kubeconfig", "namespace", "snapshot", "api_base")
                if now.model in {then.model, header.model} and all(
                    getattr(now, name) == getattr(then, name) for name in where
                ):
                    return model, cluster
        raise Conflict(
            f'Investigation "{header.id}" is of a model or cluster that this server does not have.'
        )

    async def _work(self, run: Run, questions: Sequence[str]) -> None:
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
            except Exception as error:  # noqa: BLE001  (one investigation's bug ends no other's)
                self._unforeseen(error)
                state, reason = "failed", "This investigation ended in a fault of HolmesGPT's own."
        if run.scope.cancelled_caught and self.stopping:
            reason = "The server was stopped."
        if state in {"failed", "interrupted"}:
            self._close(run, state)
        run.into(state, reason)
        for watcher in self.watchers:
            watcher.ended(run)
        self._forget()

    def _close(self, run: Run, state: State = "answered") -> None:
        """Give the transcript back; the run can be gone on with from it."""
        code = _STOPPED if self.stopping and state == "interrupted" else _EXIT_CODES[state]
        run.recorder.close(code)
        if run.recorder.session_id:
            self._runs.pop(run.id, None)

    def _forget(self) -> None:
        idle = [run for run in self._runs.values() if not run.busy]
        for run in idle[: max(0, len(idle) - IDLE)]:
            self._close(run, run.state)
            self._runs.pop(run.id, None)

    def _past(self, name: str) -> Record:
        """The record on disk, which is not read again while it is looked at and does not change."""
        path = _path(name)
        stamp = (name, (status := path.stat()).st_mtime_ns, status.st_size)
        if (known := self._looked_at.get(stamp)) is not None:
            self._looked_at.move_to_end(stamp)
            return known
        record = from_transcript(_read(path), _state(transcript.summary(path).state))
        if not record.busy:
            self._looked_at[stamp] = record
            if len(self._looked_at) > _LOOKED_AT:
                self._looked_at.popitem(last=False)
        return record


class _Gate:
    """Keeps the events of a replay to itself: readers and the record have them already."""

    def __init__(self, emit: events.EventSink) -> None:
        self._emit = emit
        self.unanswered = 0

    def __call__(self, event: events.Event) -> None:
        if self.unanswered == 0:
            self._emit(event)
        elif isinstance(event, events.Answered):
            self.unanswered -= 1


async def _answered(run: Run, questions: Sequence[str]) -> tuple[State, str]:
    """Ask one after the other: all but the last were asked before."""
    *earlier, last = questions
    for question in earlier:
        await run.investigation.run(question)
    if earlier:
        run.recorder.replay.said.discard(last)  # or the same words would not be recorded again
        run.recorder(events.Asked(question=last))
    answer = await run.investigation.run(last)
    return ("answered" if answer.state == "answered" else "no answer"), answer.reason


def _path(name: str) -> Path:
    try:
        path = Store().find(name)
    except SessionError as error:
        raise NotFound(_NO_SUCH.format(name)) from error  # the error names a folder of this machine
    if path.stem != name:
        raise NotFound(_NO_SUCH.format(name))
    return path


def _read(path: Path) -> transcript.Transcript:
    try:
        return transcript.read(path)
    except SessionError as error:
        raise NotFound(str(error)) from error


def _state(state: transcript.State) -> State:
    return state


def _summaries() -> list[transcript.Summary]:
    try:
        return [transcript.summary(path) for path in Store().newest_first()]
    except SessionError as error:
        raise UsageError(str(error)) from error
