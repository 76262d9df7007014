"""Put a run on record, or let it go on from one: wrapped around its model, its tools, its events.

The investigation itself is the same code in a first run and in a resumed one. It depends on the
question, the tool definitions, the limits, the context window, the model's replies (its refusals
for length included) and the tools' outputs; all of these are in the transcript. A resumed run is
given them again, in the order of requests and by tool and arguments, until the record ends.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from holmes import __version__
from holmes.agent.state import State
from holmes.config.settings import Config
from holmes.core import events
from holmes.models.base import Model
from holmes.runs import records, settings
from holmes.runs.changes import changes, offered, stand_in
from holmes.runs.journal import Journal
from holmes.runs.recorded import RecordedModel, RecordedTool
from holmes.runs.replay import Replay
from holmes.runs.settled import settled
from holmes.runs.store import Store
from holmes.runs.transcript import Transcript
from holmes.tools.base import Tool, Toolset


class Recorder:
    """One run's record: it takes the events, `around` once the parts are there, `close` at the end.

    `past` is the session to go on with. What was on record before is not written again; of it the
    renderer gets the finished calls and the tokens, but no waiting, no streamed text and no notice
    that was shown before.

    session_id  empty as long as nothing is recorded: a run whose settings are refused leaves none
    request     how many requests were made
    found       the number of the last result
    images      those of the first question
    failed      the last request ended in a failure of the model server
    """

    def __init__(
        self, config: Config, emit: events.EventSink, *, past: Transcript | None = None
    ) -> None:
        self.session_id = past.id if past else ""
        self.replay = Replay(past.lines if past else ())
        self.request = self.replay.settled
        self.found = 0
        self.failed = False
        self.images = past.first.images if past else ()
        self._config = config
        self._past = past
        self._emit = emit
        self._stamp = events.Stamp(self.replay.last_seq)
        self._situation = ""
        self._weak = False
        self._replaying = False
        self._journal: Journal | None = None
        self._waiting: list[records.Line] | None = []
        self._begun = False
        self._settled = State()
        self._name = self._address = ""

    def __call__(self, event: events.Event) -> None:
        """Take one event of the run."""
        if isinstance(event, events.ModelWaiting):
            self._replaying = self.replay.outcome(self.request + 1) is not None
        if isinstance(event, events.ToolFinished):
            self.found = max(self.found, event.evidence.number)
        known = self._on_record(event)
        for one in (event,) if known is None else known:
            stamped = one if one.seq else self._stamp(one)
            if known is None:
                self.write(stamped)
            self._emit(stamped)

    def start(self, situation: str, *, weak: bool) -> tuple[str, bool]:
        """What the model is told of the time, and whether it is led; as before in a resumed run."""
        if self._past is not None and not self._begun:
            return self._past.header.situation, self._past.header.weak
        self._situation, self._weak = situation, weak
        return situation, weak

    def around(
        self, question: str, model: Model, toolsets: Sequence[Toolset]
    ) -> tuple[Model, tuple[Toolset, ...]]:
        """The same model and toolsets, on record; what they return is written as it comes.

        So whatever is to be kept out of a transcript is kept out of `question`, and taken out by
        these. Raises SessionError for a session that is being written by another process. A second
        time in a conversation, its model or cluster is another from here on.
        """
        now = list(toolsets)
        self._name, self._address = model.name, model.address
        if not self._begun:
            if self._past is not None and self._past.unsettled:
                now += stand_in(self._past.header, toolsets)
            self._open(question, model, now)
            if self._past is not None:
                self._tell(self._past, model, toolsets)
        else:
            self.replay.another_model()
        self._begun = True

        def recorded(tools: Sequence[Tool]) -> tuple[Tool, ...]:
            return tuple(RecordedTool(inner=tool, replay=self.replay) for tool in tools)

        wrapped = tuple(replace(item, tools=recorded(item.tools)) for item in now)
        return RecordedModel(model, self), wrapped

    def write(self, line: records.Line) -> None:
        """Write a line; it waits until it is known where to."""
        if isinstance(line, events.ModelText | events.ModelTextVoid):
            return  # the reply has the text
        if isinstance(line, events.Asked) and self._waiting is not None:
            self.images = line.images
            return  # the header has the first question
        if isinstance(line, records.Record):
            line = replace(line, at=line.at or time.time())
        if self._waiting is not None:
            self._waiting.append(line)
        elif self._journal is not None:
            self._journal.append(line)

    def settle(self, states: Sequence[State], config: Config | None = None) -> None:
        """Write where a conversation stands: the last of `states`, which it can go back through.

        `config` are the settings, where they are others from here on.
        """
        self.replay.settle(self.request)
        line = settled(self._settled, states[-1])
        self._settled = states[-1]
        self.write(
            replace(
                line,
                depth=len(states) - 1,
                request=self.request,
                model=self._name,
                address=self._address,
                settings=settings.kept(config) if config else None,
            )
        )

    def close(self, exit_code: int) -> None:
        """Write the last line, and give the file back."""
        self.write(records.Exit(code=exit_code))
        if self._journal is not None:
            self._journal.close()

    def _on_record(self, event: events.Event) -> Sequence[events.Event] | None:
        """What is shown of an event that the transcript holds already; None for a new one."""
        replay = self.replay
        match event:
            case events.ModelWaiting() if self._replaying:
                return [replace(event, recorded=True)]
            case events.ModelText() | events.ModelTextVoid() if self._replaying:
                return []
            case events.ModelReplied() if then := replay.replied.get(self.request):
                return [then]
            case events.ToolStarted() if replay.finished(
                int(event.key), event.tool, event.arguments
            ):
                return []
            case events.ToolFinished(evidence=now) if done := replay.finished(
                now.number, now.tool, now.arguments
            ):
                return [replace(done, recorded=True)]
            case events.ToolRepeated() | events.Answered() | events.Noticed() | events.Asked() if (
                said := replay.again(event, self.request)
            ):
                return [] if self._replaying and isinstance(event, events.Noticed) else [said]
            case _:
                return None

    def _open(self, question: str, model: Model, toolsets: Sequence[Toolset]) -> None:
        """Open the transcript, and write its first line and what has waited."""
        waiting, self._waiting = self._waiting or [], None
        if not self._config.transcripts:
            return
        try:
            if self._past is None:
                descriptor, self.session_id, path = Store().create()
            else:
                descriptor, path = Store(self._past.path.parent).reopen(self._past.id)
        except OSError as error:
            where, reason = error.filename or Store().folder, error.strerror or error
            self._warn(f'This run is not recorded: "{where}" can\'t be written: {reason}.')
            return
        keys = self._config.keys
        self._journal = Journal(descriptor, path, secrets=keys, warn=self._warn)
        self.write(self._first_line(question, model, toolsets))
        for line in waiting:
            self.write(line)

    def _first_line(
        self, question: str, model: Model, toolsets: Sequence[Toolset]
    ) -> records.Record:
        if self._past is not None:
            return records.Resumption(
                version=records.VERSION,
                holmes=__version__,
                model=model.name,
                address=model.address,
            )
        enabled = [item for item in toolsets if item.status.state == "enabled"]
        return records.Header(
            version=records.VERSION,
            id=self.session_id,
            holmes=__version__,
            question=question,
            model=model.name,
            address=model.address,
            settings=settings.kept(self._config),
            tools=tuple(offered(toolsets).values()),
            opening=next((item.opening for item in enabled if item.opening), ""),
            situation=self._situation,
            weak=self._weak,
            images=self.images,
        )

    def _tell(self, past: Transcript, model: Model, toolsets: Sequence[Toolset]) -> None:
        replay = self.replay
        for problem in past.problems:
            self._warn(f"Session {past.id}: {problem}")
        if past.unsettled:
            self._warn(
                f"Going on with session {past.id}. On record, and not asked for again: "
                f"{replay.replies} of the model's replies, {len(replay.results)} tool results."
            )
        if changed := changes(past.header, model, toolsets):
            self._warn(f"Changed since then: {'; '.join(changed)}.")

    def _warn(self, text: str) -> None:
        """Show a line that is about the record, and so not part of it."""
        self._emit(self._stamp(events.Noticed(text=text)))
