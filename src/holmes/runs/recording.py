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
from holmes.config.settings import Config
from holmes.core import events
from holmes.models.base import Model
from holmes.runs import records, settings
from holmes.runs.changes import changes, offered, stand_in
from holmes.runs.journal import Journal
from holmes.runs.played import Played
from holmes.runs.sink import RecordingSink
from holmes.runs.store import Store
from holmes.runs.tape import Tape
from holmes.runs.transcript import Transcript
from holmes.runs.wrapped import RecordedModel, RecordedTool
from holmes.tools.base import Toolset


class Recording:
    """One run's record: `sink` first, `around` once the parts are there, `close` at the end.

    `past` is the session to go on with. `session_id` is empty as long as nothing is recorded: a run
    whose settings are refused leaves no session.
    """

    def __init__(
        self,
        config: Config,
        emit: events.EventSink,
        *,
        past: Transcript | None = None,
    ) -> None:
        self.session_id = past.id if past else ""
        self._config = config
        self._past = past
        self._tape = Tape(Played(past.lines if past else ()))
        self._emit = emit
        self.sink = RecordingSink(self._tape, emit)

    def around(
        self, question: str, model: Model, toolsets: Sequence[Toolset]
    ) -> tuple[Model, tuple[Toolset, ...]]:
        """The same model and toolsets, on record; what they return is written as it comes.

        So whatever is to be kept out of a transcript is kept out of `question`, and taken out by
        these. Raises SessionError for a session that is being written by another process.
        """
        now = list(toolsets)
        if self._past is not None:
            now += stand_in(self._past.began, toolsets)
        self._record(question, model, now)
        if self._past is not None:
            self._tell(self._past, model, toolsets)
        played = self._tape.played
        wrapped = tuple(
            replace(item, tools=tuple(RecordedTool(inner=t, played=played) for t in item.tools))
            for item in now
        )
        return RecordedModel(model, self._tape), wrapped

    @property
    def left_off(self) -> bool:
        """Whether something was found, and the model server failed before there was an answer."""
        return self._tape.failed and self.sink.found > 0

    def close(self, exit_code: int) -> None:
        """Write the last line."""
        self._tape.append(records.Ended(at=time.time(), code=exit_code))
        self._tape.close()

    def _record(self, question: str, model: Model, toolsets: Sequence[Toolset]) -> None:
        if not self._config.transcripts:
            self._tape.record_to(None)
            return
        try:
            if self._past is None:
                descriptor, self.session_id, path = Store().create()
            else:
                descriptor, path = Store(self._past.path.parent).reopen(self._past.id)
        except OSError as error:
            reason = error.strerror or error
            where = error.filename or Store().folder
            self._tape.record_to(None)
            self._warn(f'This run is not recorded: "{where}" can\'t be written: {reason}.')
            return
        secrets = [self._config.api_key.strip()]
        journal = Journal(descriptor, path, secrets=secrets, warn=self._warn)
        self._tape.record_to(journal, self._first_line(question, model, toolsets))

    def _first_line(
        self, question: str, model: Model, toolsets: Sequence[Toolset]
    ) -> records.Record:
        if self._past is not None:
            return records.Resumed(
                at=time.time(),
                version=records.VERSION,
                holmes=__version__,
                model=model.name,
                address=model.address,
            )
        enabled = [item for item in toolsets if item.status.state == "enabled"]
        return records.Began(
            at=time.time(),
            version=records.VERSION,
            id=self.session_id,
            holmes=__version__,
            question=question,
            model=model.name,
            address=model.address,
            settings=settings.kept(self._config),
            tools=tuple(offered(toolsets).values()),
            opening=next((item.opening for item in enabled if item.opening), ""),
        )

    def _tell(self, past: Transcript, model: Model, toolsets: Sequence[Toolset]) -> None:
        for problem in past.problems:
            self._warn(f"Session {past.id}: {problem}")
        played = self._tape.played
        self._warn(
            f"Going on with session {past.id}. On record, and not asked for again: "
            f"{played.replies} of the model's replies, {len(played.numbers)} tool results."
        )
        if changed := changes(past.began, model, toolsets):
            self._warn(f"Changed since then: {'; '.join(changed)}.")

    def _warn(self, text: str) -> None:
        self._emit(events.Noticed(text=text))
