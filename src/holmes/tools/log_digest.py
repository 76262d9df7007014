"""A stream of any size in a few megabytes: its beginning and end whole, the middle by its kinds."""

from holmes.tools.log_templates import LogPatterns, Pattern

HEAD = 2 * 1024 * 1024
"""Bytes kept whole from the beginning."""

TAIL = 1024 * 1024
"""Bytes kept whole from the end."""


class LogDigest:
    """Feed it a stream that is too large to keep; `text()` is what there is to read of it."""

    def __init__(self) -> None:
        self.size = 0
        self._head = bytearray()
        self._tail = bytearray()
        self._middle = LogPatterns()
        self._cut = False  # whether the head ends at the end of a line by now

    def feed(self, data: bytes) -> None:
        """Take the next bytes, however they are cut."""
        self.size += len(data)
        if not self._cut:
            data = self._fill_head(data)
        self._tail += data
        if len(self._tail) >= 2 * TAIL:
            end = self._tail.find(b"\n", len(self._tail) - TAIL) + 1 or len(self._tail) - TAIL
            self._middle.feed(bytes(self._tail[:end]))
            del self._tail[:end]

    def text(self) -> str:
        """The head, one line of each kind in the middle with how many are like it, and the tail."""
        self._middle.close()
        head, tail = (
            part.decode(errors="replace").rstrip("\n") for part in (self._head, self._tail)
        )
        if not self._middle.lines:
            return f"{head}\n{tail}" if tail else head
        count, size = self._middle.lines, _megabytes(self._middle.size)
        said = f"[… {count:,} lines ({size}) were too many to keep; here is one of each kind …]"
        return "\n".join([head, said, *_kinds(self._middle), "[… the rest is whole again …]", tail])

    @property
    def note(self) -> str:
        """What was not kept, in a sentence."""
        kept = _megabytes(len(self._head) + len(self._tail))
        return (
            f"It was {_megabytes(self.size)}: its beginning and end ({kept}) are on record "
            f"whole, the rest as one line of each kind with a count"
        )

    def _fill_head(self, data: bytes) -> bytes:
        """Take what belongs to the head, up to the end of a line; returns the rest."""
        room = HEAD - len(self._head)
        if len(data) < room:
            self._head += data
            return b""
        end = data.find(b"\n", max(0, room - 1)) + 1 or len(data)
        self._head += data[:end]
        self._cut = True
        return data[end:]


def _kinds(patterns: LogPatterns) -> list[str]:
    """The last line of each kind with its count, in the order in which they came up."""
    kinds = patterns.patterns() + ([patterns.others] if patterns.others else [])
    return [_told(pattern, of_many=pattern is patterns.others) for pattern in kinds]


def _told(pattern: Pattern, *, of_many: bool) -> str:
    line = pattern.last.decode(errors="replace")
    if pattern.count == 1:
        return line
    return f"{line} [{pattern.count:,} lines {'of further kinds' if of_many else 'like this'}]"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
