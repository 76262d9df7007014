"""Which lines of the evidence carry a statement, and how well."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from holmes.grounding.index import Indexed, folded
from holmes.grounding.names import GENERATED
from holmes.grounding.specifics import Specific

LONGEST_QUOTE = 200
"""Characters of a quoted line; the command beside it shows the rest."""

MOST_LINES = 20_000
"""Lines of one output that are compared with a statement."""

STATED = 0.6
"""Of a statement's telling words in one line: the line says it."""

_WORD = re.compile(r"[a-zäöüß][a-z0-9äöüß_-]{2,}", re.IGNORECASE)
REASON = re.compile(r"\b(?:[A-Z][a-z]+(?:[A-Z]+[a-z]*)+|OOMKilled|Evicted|NotReady|Pending)\b")
_PROBLEM = re.compile(
    r"error|fail|fatal|kill|back-?off|refused|denied|forbidden|not found|missing|exceed|exception"
    r"|cannot|can't|could not|unable|insufficient|unhealthy|evict|notready|not ready|unknown"
    r"|pending|terminating|does not exist|no such|invalid|timeout|timed out|stopped|emerg|not set"
    r"|matches no|crash|stuck|refuse|full|warning",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(?:that|this|with|from|have|been|were|they|them|then|than|there|which|while|because|since|due"
    r"|when|into|only|also|very|more|most|some|does|must|will|would|could|should|being|pods?|not"
    r"|containers?|namespace|deployment|service|cause|root|reason|problem|status|object|after"
    r"|before|every|each|other|still|already|evidence|shows?|yes|the|and|are|was|for"
    r"|but|its|has|had|can|all|any|one|two|new|old)\Z"
)
_STEM = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What is looked for: the words that tell something, and the specifics."""

    words: frozenset[str]
    strong: tuple[str, ...]
    quotes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of evidence and what of a statement it carries."""

    evidence: int
    text: str
    share: float
    strong: frozenset[str]
    quoted: bool
    problem: bool
    in_table: bool

    @property
    def score(self) -> float:
        """How much it carries, to compare lines."""
        return 3 * self.quoted + len(self.strong) + self.share + 0.4 * self.problem

    @property
    def states(self) -> bool:
        """Whether the line says what the statement says."""
        if self.quoted or self.share >= STATED:
            return True
        carried = len(self.strong) + (self.share >= STATED / 2)
        return self.problem and bool(self.strong) and carried > 1


def statement(text: str, specifics: Sequence[Specific], names: Iterable[str]) -> Statement:
    """What a sentence says, apart from the names of the objects that it speaks of."""
    own = {part for name in names for part in re.split(r"[/.]", name.casefold())}
    said = {low for w in _WORD.findall(text) if not _STOP.match(low := w.casefold())}
    kinds = {"image", "exit code", "quantity", "port", "status code", "ip", "percentage"}
    here = [s for s in specifics if s.text in text]
    strong = [s.text.casefold() for s in here if s.kind in kinds]
    strong += [s.text.casefold() for s in here if s.kind == "name" and s.text.casefold() not in own]
    strong += [reason.casefold() for reason in REASON.findall(text)]
    own |= set(strong)
    return Statement(
        words=frozenset(word for word in said if not any(word in name for name in own)),
        strong=tuple(dict.fromkeys(strong)),
        quotes=tuple(folded(s.text).strip(" .,;:") for s in specifics if s.kind == "quote"),
    )


def lines(wanted: Statement, source: Indexed, about: Iterable[str]) -> list[Line]:
    """The lines of a source on these objects that carry something of a statement, best first."""
    names = {part for name in about for part in (name.casefold().rpartition("/")[2], root(name))}
    whole = not names or any(name in source.command.casefold() for name in names)
    found = []
    for text, head in _with_heads(source):
        low = text.casefold()
        if not whole and not any(name in low or name in head for name in names):
            continue
        line = _weighed(wanted, source, text, low)
        if line.score > 0.5 and (line.strong or line.share or line.quoted):
            found.append(line)
    return sorted(found, key=lambda item: item.score, reverse=True)


def root(name: str) -> str:
    """The workload's name in that of a pod: `shop/checkout-78bbb7575c-ctxps` -> `checkout`."""
    last = name.casefold().rpartition("/")[2]
    if not GENERATED.fullmatch(last):
        return last
    parts = last.split("-")
    hashed = len(parts) > 2 and len(parts[-2]) >= 5 and bool(re.search(r"\d", parts[-2]))
    return "-".join(parts[: -2 if hashed else -1])


def _with_heads(source: Indexed) -> Iterator[tuple[str, str]]:
    """Each line with the line that it is indented under, in lower case."""
    head = ""
    for text in islice(source.text.splitlines(), MOST_LINES):
        if not text.strip():
            continue
        if not text[0].isspace():
            head = text.casefold()
        yield text, head


def _weighed(wanted: Statement, source: Indexed, text: str, low: str) -> Line:
    shared = sum(word in low or word[:_STEM] in low for word in wanted.words)
    flat = folded(text) if wanted.quotes else ""
    return Line(
        evidence=source.number,
        text=shown(text),
        share=shared / max(1, len(wanted.words)),
        strong=frozenset(word for word in wanted.strong if word in low),
        quoted=any(quote and (quote in flat or _pieces_in(quote, flat)) for quote in wanted.quotes),
        problem=bool(_PROBLEM.search(text)),
        in_table=bool(source.tables) and bool(re.search(r"\S\s{2,}\S", text)),
    )


def _pieces_in(quote: str, flat: str) -> bool:
    pieces = [piece.strip() for piece in re.split(r"…|\.{3}", quote)]
    return len(pieces) > 1 and all(piece in flat for piece in pieces)


def shown(text: str) -> str:
    """A line as it is quoted: without its indentation, columns closed up, cut where it is long."""
    line = re.sub(r"\s{2,}", "  ", text.strip())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"
