"""Where a run stands in its record: what is played, and where new lines go."""

from holmes.core.messages import Message
from holmes.runs import records
from holmes.runs.journal import Journal
from holmes.runs.played import Played


class Tape:
    """Plays `played` request by request; lines wait until `record_to` says where they go.

    `failed`: the last request ended in a failure of the model server.
    """

    def __init__(self, played: Played) -> None:
        self.played = played
        self.request = 0
        self.failed = False
        self._sent: tuple[Message, ...] = ()
        self._journal: Journal | None = None
        self._waiting: list[records.Record] | None = []

    def record_to(self, journal: Journal | None, first: records.Record | None = None) -> None:
        """Write `first`, what has waited and all that follows to the journal; None: drop it."""
        waiting, self._waiting = self._waiting or [], None
        self._journal = journal
        for record in ([first] if first else []) + waiting:
            self.append(record)

    def append(self, record: records.Record) -> None:
        """Write a line."""
        if self._waiting is not None:
            self._waiting.append(record)
        elif self._journal is not None:
            self._journal.append(record)

    def close(self) -> None:
        """Give the file back."""
        if self._journal is not None:
            self._journal.close()

    @property
    def next_is_recorded(self) -> bool:
        """Whether the next request is answered from the record."""
        return self.played.outcome(self.request + 1) is not None

    def asked(self, messages: tuple[Message, ...]) -> int:
        """Count a request; returns how many of its messages the one before began with."""
        self.request += 1
        before, self._sent = self._sent, messages
        kept = 0
        for old, new in zip(before, messages, strict=False):
            if old != new:
                break
            kept += 1
        return kept
