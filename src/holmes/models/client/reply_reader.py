"""Reads the body of a successful reply into a `ReplyBuilder`, whatever form it comes in.

The form is told by the first character: servers send streams as JSON and JSON as streams, and
label both wrongly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import anyio

from holmes.models.base import Restarted, TextDelta
from holmes.models.client import failures
from holmes.models.client.connection import (
    MAX_DOCUMENT,
    ErrorReplied,
    Incoming,
    TransportFailure,
)
from holmes.models.client.error_reply import ErrorReply, error_from_document, is_error_document
from holmes.models.client.json_reply import loads
from holmes.models.client.sse import EventStreamParser
from holmes.models.client.stream import NotACompletionError, ReplyBuilder

_DONE = "[DONE]"
# Characters between two looks for a loop; in a long text looks get rarer, for each takes longer.
_LOOK_EVERY = 80
_LOOK_SHARE = 50
_WITHOUT_PROGRESS = 3  # times the patience for the first byte

DeltaSink: TypeAlias = Callable[[TextDelta | Restarted], None]


@dataclass(slots=True)
class ReplyReader:
    """Reads one reply; times are in seconds.

    `looped` tells afterwards that the model had begun to repeat itself: the reply was ended there,
    and the rest of it was not waited for.
    """

    incoming: Incoming
    builder: ReplyBuilder
    show: DeltaSink
    first_byte_timeout: float
    idle_timeout: float
    looped: bool = False
    _opening: str = ""
    _done: bool = False
    _looked_at: int = 0
    _received: int = 0
    _progressed: float = 0.0

    async def read(self) -> bool:
        """Read to the end; False when the body was empty.

        Raises `TransportFailure`, also for a reply that is no completion, and `ErrorReplied`.
        """
        opening = await self._first_bytes()
        self._opening = opening.decode("utf-8-sig", "replace")
        first = self._opening.lstrip()[:1]
        if not first:
            return False
        if first in "{[<":
            await self._read_document(opening)
        else:
            await self._read_events(opening)
            if self._done and not self.builder.recognised:
                return False  # nothing but [DONE], or a server that forgot the message
        self._check_end()
        for delta in self.builder.close():
            self.show(delta)
        return True

    async def _first_bytes(self) -> bytes:
        opening = b""
        while (piece := await self._next()) is not None:
            opening = (opening + piece).lstrip(b"\xef\xbb\xbf \t\r\n")
            if opening:
                break
        return opening

    async def _next(self) -> bytes | None:
        began, now = self.builder.began, anyio.current_time()
        if self._received != self.builder.received:
            self._received, self._progressed = self.builder.received, now
        self._progressed = self._progressed or now
        # Signs of life without a word of the reply extend the patience, and not for ever.
        longest = _WITHOUT_PROGRESS * self.first_byte_timeout
        if now - self._progressed > longest:
            label, status = self.incoming.label, self.incoming.status
            raise TransportFailure(
                failures.silent(label, longest, status=status, began=began), "none"
            )
        patience = self.idle_timeout if began else self.first_byte_timeout
        return await self.incoming.next_piece(patience=patience, began=began)

    async def _read_document(self, opening: bytes) -> None:
        pieces = [opening]
        while (piece := await self._next()) is not None:
            pieces.append(piece)
        body = b"".join(pieces)
        self._opening = body.decode("utf-8-sig", "replace")
        try:
            document = loads(self._of_fair_size(self._opening))
        except ValueError:
            self._take_events(EventStreamParser(), body, at_end=True)  # JSON objects line by line
        else:
            self._done = True
            self._take(document)

    async def _read_events(self, opening: bytes) -> None:
        parser = EventStreamParser()
        self._take_events(parser, opening)
        while not self._done and (piece := await self._next()) is not None:
            if len(self._opening) < 1000:  # enough for a message about a stream of something else
                self._opening += piece.decode("utf-8", "replace")
            self._take_events(parser, piece)
        if self.looped:
            return  # the connection is closed, and with it the server's work ends
        if self._done:
            await self.incoming.drain()
        else:
            self._take_events(parser, b"", at_end=True)

    def _take_events(
        self, parser: EventStreamParser, piece: bytes, *, at_end: bool = False
    ) -> None:
        events = parser.feed(piece) + (parser.close() if at_end else [])
        for data in events:
            for part in _parts(data):
                if part.strip() == _DONE:
                    self._done = True
                elif not self._done:
                    self._take_json(part)

    def _take_json(self, text: str) -> None:
        try:
            document = loads(self._of_fair_size(text))
        except ValueError:
            return  # judged at the end: a stream of which nothing was understood is refused
        self._take(document)

    def _of_fair_size(self, text: str) -> str:
        if len(text) > MAX_DOCUMENT:
            raise TransportFailure(failures.too_long(self.incoming.label, "text"), "none")
        return text

    def _take(self, document: object) -> None:
        if is_error_document(document):
            raise ErrorReplied(error_from_document(None, document))
        try:
            deltas = self.builder.feed(document)
        except NotACompletionError:
            return
        for delta in deltas:
            self.show(delta)
        if excess := self.builder.excess:
            raise TransportFailure(failures.too_long(self.incoming.label, excess), "none")
        received = self.builder.received
        if received - self._looked_at >= max(_LOOK_EVERY, self._looked_at // _LOOK_SHARE):
            self._looked_at = received
            self._cut_loop()

    def _cut_loop(self) -> None:
        shown_anew = self.builder.cut_loop()
        if shown_anew is None:
            return
        for delta in shown_anew:
            self.show(delta)
        self.looped = self._done = True

    def _check_end(self) -> None:
        if not self.builder.recognised:
            failure = failures.unexpected(self.incoming.label, self._opening)
            raise TransportFailure(failure, "none")
        if self.builder.finish_reason == "error":  # OpenRouter, when a provider breaks off
            raise ErrorReplied(ErrorReply(status=None, sentence="finish_reason: error"))
        if not self._done and not self.builder.ended:
            failure = failures.cut_off(self.incoming.label, self.incoming.status)
            raise TransportFailure(failure, "restart")


def _parts(data: str) -> list[str]:
    """The documents in the data of one event: some servers leave out the blank lines between."""
    if "\n" not in data or _is_json(data):
        return [data]
    return data.split("\n")


def _is_json(text: str) -> bool:
    try:
        loads(text)
    except ValueError:
        return False
    return True
