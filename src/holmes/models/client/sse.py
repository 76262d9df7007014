"""Server-sent events: bytes cut anywhere in, the data of each event out."""

import codecs
import json

from holmes.models.client.json_reply import loads


class EventStreamParser:
    r"""Collects bytes into events and returns the data of those that are complete.

    Follows the WHATWG rules for lines (`\n`, `\r\n`, `\r`), comments and multi-line data. Beyond
    them, it reads two things that servers write in the middle of a stream when they fail:
    a line that is a JSON object by itself, and `error: {…}` (older llama.cpp servers), which is
    returned as `{"error": …}`.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._pending: list[str] = []
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[str]:
        """Take the next bytes; return the data of the events that they complete."""
        text = self._decoder.decode(piece)
        self._pending.append(text)
        # A line that comes in many pieces is put together once, at its end.
        ended = "\n" in text or "\r" in text or self._pending[0].endswith("\r")
        return self._read_lines("".join(self._pending)) if ended else []

    def close(self) -> list[str]:
        """The stream is over: return what the last line and event hold."""
        rest = "".join(self._pending) + self._decoder.decode(b"", final=True)
        # Two line ends: one ends a last line without one, the other a last event.
        return self._read_lines(f"{rest.removesuffix(chr(13))}\n\n")

    def _read_lines(self, text: str) -> list[str]:
        # A carriage return at the end may be the first half of \r\n: keep it for the next piece.
        kept = "\r" if text.endswith("\r") else ""
        *lines, rest = text.removesuffix(kept).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._pending = [rest + kept]
        events: list[str] = []
        for line in lines:
            events += self._read_line(line)
        return events

    def _read_line(self, line: str) -> list[str]:
        if not line:
            return self._dispatch()
        if line.startswith("{"):
            return [*self._dispatch(), line]
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "error":
            return [*self._dispatch(), f'{{"error": {_as_json(value)}}}']
        return []

    def _dispatch(self) -> list[str]:
        data, self._data = "\n".join(self._data), []
        return [data] if data.strip() else []


def _as_json(value: str) -> str:
    try:
        loads(value)
    except ValueError:
        return json.dumps(value)
    return value
