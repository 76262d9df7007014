"""Log lines by pattern, as a stream: how often each kind of line occurs, and a real line of each.

A fixed-depth search by token count and opening words, after the idea of Drain (He, Zhu, Zheng, Lyu:
"Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017), behind two tables that
spare most lines the search: lines that differ in digits only are one entry of the first, lines
that differ in tokens with digits one entry of the second. Memory is bounded whatever comes in.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_PATTERNS = 1000
"""Patterns kept apart; lines of further ones are counted together."""

RESERVED_PATTERNS = 500
"""Further ones for lines that tell of trouble, so that a late error is never among the rest."""

LONGEST_LINE = 2000
"""Bytes kept of one example."""

BLOCK = 1 << 20
"""Bytes that are taken at once; also the longest line that is seen as one."""

_SAME = 0.6
"""Of the tokens of two lines, the share that must agree for them to be one pattern."""

_LOOKED_THROUGH = 40  # patterns with the same opening that a new line is compared to
_MOST_LINES, _MOST_WORDS, _MOST_SHAPES = 20_000, 50_000, 20_000
_DIGITS = b"0123456789"
_VARIABLE = re.compile(
    rb"[0-9a-fA-F]{6,}(?:-[0-9a-fA-F]+)+"  # a UUID, or the hash and suffix of a pod's name
    rb"|[0-9A-Za-z_]*[0-9][0-9A-Za-z_]*(?:[.:,+-][0-9]+)*"
)
# Statuses and exit codes are what digits tell: a 500 among the 200s must stay a line of its own.
_STATUSES = (
    (re.compile(rb"[ :=]4\d\d(?=[ ,;\"}\n])(?! ?[kmuKMG]?i?[sB]\b)"), b" <client error>"),
    (re.compile(rb"[ :=]5\d\d(?=[ ,;\"}\n])(?! ?[kmuKMG]?i?[sB]\b)"), b" <server error>"),
    (re.compile(rb"exit(?:ed)?(?: with)? (?:code|status)[ =:]*[1-9]"), b"exit code <not zero>"),
)
TELLING = re.compile(
    r"error|\berr\b|fail(?!ureThreshold|ure=)|fatal|panic|exception|traceback|emerg\b|\bcrit|alert"
    r"|warn|denied|forbidden|unauthorized|refused|reject|unreachable|time[d ]*.?out(?!=|Seconds)"
    r"|deadline(?!Seconds)|\boom|out of memory|kill|evict|back-?off|crash|abort|segfault|signal:"
    r"|not found|no such|missing|unable|can ?not\b|can't|couldn't|invalid|unknown|exceed"
    r"|insufficient|unschedulable|unhealthy|not ?ready|(?<!max)unavailable(?!Replicas: 0)"
    r"|\bnot set|is required|does not exist|already exists|roll(?:ed|ing) back|x509|nxdomain"
    r"|no space|read-only file|exit code:?\s*[1-9]|\bstatus\"?[:=] ?[45]\d\d",
    re.IGNORECASE,
)
"""Words that tell of trouble in the log, event or status of any program."""


@dataclass(kw_only=True, slots=True)
class Pattern:
    """Lines of one kind: how many, where the first and the last stand (from 0), and both."""

    count: int
    first_at: int
    last_at: int
    first: bytes
    last: bytes
    tokens: list[bytes] = field(default_factory=list, repr=False)

    @property
    def telling(self) -> bool:
        """Whether its lines tell of trouble."""
        return _tells(self.first)


class _Words(dict[bytes, bytes]):
    """Tokens to what is constant in them; made as they are asked for."""

    def __missing__(self, word: bytes) -> bytes:
        masked = word
        if word.translate(None, _DIGITS) != word:
            masked = _VARIABLE.sub(b"*", word)
            if len(word) > 12:
                return masked  # an identifier or a moment: it hardly comes again
        if len(self) >= _MOST_WORDS:
            self.clear()
        self[word] = masked
        return masked


class LogPatterns:
    """Feed it bytes; `patterns()` gives what was seen. `lines` and `size` count what came in."""

    def __init__(self) -> None:
        self.lines = 0
        self.size = 0
        self._rest = b""
        self._words = _Words()
        self._by_line: dict[bytes, Pattern] = {}
        self._by_shape: dict[bytes, Pattern] = {}
        self._alike: dict[tuple[int, bytes], list[Pattern]] = {}
        self._patterns: list[Pattern] = []
        self._others: Pattern | None = None

    def feed(self, data: bytes) -> None:
        """Take the next bytes, however they are cut."""
        self.size += len(data)
        for start in range(0, len(data), BLOCK):
            self._rest += data[start : start + BLOCK]
            if len(self._rest) >= BLOCK:
                end = self._rest.rfind(b"\n") + 1 or len(self._rest)
                block, self._rest = self._rest[:end], self._rest[end:]
                self._take(block)

    def close(self) -> None:
        """Take what is left; more may be fed afterwards."""
        block, self._rest = self._rest, b""
        self._take(block)

    def patterns(self) -> list[Pattern]:
        """Every kind of line in the order of its first; lines past the limit are not among them."""
        return list(self._patterns)

    @property
    def others(self) -> Pattern | None:
        """The lines of patterns past the limit, together."""
        return self._others

    def _take(self, block: bytes) -> None:
        if not block:
            return
        block = block.removesuffix(b"\n")
        lines = block.split(b"\n")
        for status, name in _STATUSES:
            block = status.sub(name, block)
        named = block.split(b"\n")
        # Without digits most lines of a kind are equal, and C code counts them.
        keys = block.translate(None, _DIGITS).split(b"\n")
        last_of = dict(zip(keys, range(len(keys)), strict=True))
        first_of = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
        known, start = self._by_line, self.lines
        for key, count in Counter(keys).items():
            first, last = first_of[key], last_of[key]
            pattern = known.get(key)
            if pattern is None:
                pattern = self._find(lines[first], named[first], start + first)
                if len(known) >= _MOST_LINES:
                    known.clear()
                known[key] = pattern
            pattern.count += count
            if start + last >= pattern.last_at:
                pattern.last_at = start + last
                pattern.last = lines[last][:LONGEST_LINE]
        self.lines += len(lines)

    def _find(self, line: bytes, named: bytes, at: int) -> Pattern:
        """The pattern of a line whose digits are not all that is new in it.

        `named` is the line with statuses in words.
        """
        shape = b" ".join(map(self._words.__getitem__, named.split()))
        pattern = self._by_shape.get(shape)
        if pattern is None:
            pattern = self._search(shape.split(b" "), line, at)
            if len(self._by_shape) >= _MOST_SHAPES:
                self._by_shape.clear()
            self._by_shape[shape] = pattern
        if at < pattern.first_at:
            pattern.first_at, pattern.first = at, line[:LONGEST_LINE]
        return pattern

    def _search(self, tokens: list[bytes], line: bytes, at: int) -> Pattern:
        opening = next((t for t in tokens[:4] if b"*" not in t), b"")
        alike = self._alike.setdefault((len(tokens), opening), [])
        for pattern in alike[-_LOOKED_THROUGH:]:
            if _agree(pattern.tokens, tokens):
                return pattern
        new = Pattern(
            count=0,
            first_at=at,
            last_at=at,
            first=line[:LONGEST_LINE],
            last=line[:LONGEST_LINE],
            tokens=tokens,
        )
        full = len(self._patterns) >= MOST_PATTERNS
        if full and not (len(self._patterns) < MOST_PATTERNS + RESERVED_PATTERNS and new.telling):
            self._others = self._others or new
            return self._others
        alike.append(new)
        self._patterns.append(new)
        return new


def _agree(known: list[bytes], tokens: list[bytes]) -> bool:
    """Whether two lines of equal length are of one kind; what differs is variable from then on."""
    same = sum(map(bytes.__eq__, known, tokens))
    if same < _SAME * len(tokens):
        return False
    if same < len(tokens):
        differ = b" ".join(b for a, b in zip(known, tokens, strict=True) if a not in (b, b"*"))
        if _tells(differ):
            return False
        known[:] = [a if a == b else b"*" for a, b in zip(known, tokens, strict=True)]
    return True


def kind_of(line: str) -> str:
    """A line without what varies: identifiers, numbers, moments."""
    return _VARIABLE.sub(b"*", line.encode(errors="replace")).decode()


def _tells(text: bytes) -> bool:
    return bool(TELLING.search(text.decode(errors="replace")))


def mine(pieces: Iterable[bytes]) -> LogPatterns:
    """The patterns of a whole log that comes in pieces."""
    patterns = LogPatterns()
    for piece in pieces:
        patterns.feed(piece)
    patterns.close()
    return patterns
