"""Each specific of an answer, held against the results that it cites and the objects it names."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from holmes.core.answer import Specific
from holmes.grounding import numbers
from holmes.grounding.arithmetic import Operand, calculation
from holmes.grounding.blocks import CITATION, Block, blocks, cited, unmarked
from holmes.grounding.index import Index, of_text, says_quantity
from holmes.grounding.numbers import Reading
from holmes.grounding.sources import Record, contains, folded
from holmes.grounding.specifics import Spot, is_command, spots

_NAMES = {"pod", "name", "word", "image"}
_LOOKED_UP = {"pod", "uid", "image", "address", "version", "name", "word", "ratio"}
BLOCKS_AROUND = 4
TELLING = 10
"""A smaller number stands everywhere, for something."""
FEWEST_WORDS = 3
"""A quotation of fewer words may be a term that the answer uses."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A specific, its place, and whether it can only be invented."""

    specific: Specific
    spot: Spot
    block: Block
    invented: bool = False


class Judge:
    """Judges one text; what its own code blocks propose is nobody's claim."""

    def __init__(self, index: Index, question: str, text: str) -> None:
        self._index = index
        self._text = text
        self._read = unmarked(text)
        self.blocks = blocks(text)
        fences = (text[b.start : b.end] for b in self.blocks if b.form == "code")
        self._given = "\n".join([question, *fences]).casefold()
        said = list(numbers.written(numbers.plain(self._given)))
        self._asked = [r for q in said for r in q.readings]
        self._spots = {
            id(b): spots(self._read, b) for b in self.blocks if b.form not in {"code"}
        }

    def judge(self) -> list[Judged]:
        """Every specific of the text, in order."""
        found: list[Judged] = []
        for block in self.blocks:
            if block.form == "code":
                found += self._fence(block)
                continue
            if block.form == "quote":
                found += self._blockquote(block)
                continue
            for spot in self._spots[id(block)]:
                specific = self._specific(spot, block)
                if specific is not None:
                    invented = specific.status == "unverified" and self._only_invented(spot)
                    found.append(Judged(specific, spot, block, invented))
        return found

    # What is cited, and what is named

    def cites(self, block: Block, part: int, at: int) -> tuple[list[int], int]:
        """What is cited for a place, and how closely: 2 in its sentence, 1 around it, 0 nowhere."""
        start, end = block.parts[part]
        if after := cited(self._text, at, end):
            return after, 2
        if ahead := [m for m in CITATION.finditer(self._text, start, at) if self._leads(m, start)]:
            return cited(self._text, start, ahead[-1].end()), 2
        head = block.lead
        if block.form == "row" and head is not None and part < len(head.parts):
            if over := cited(self._text, *head.parts[part]):
                return over, 2
            if whole := cited(self._text, block.start, block.end):
                return whole, 1
        if later := cited(self._text, end, block.end):
            return later, 1
        if head is not None and (led := cited(self._text, head.start, head.end)):
            return led, 1
        return [], 0

    def _leads(self, match: re.Match[str], start: int) -> bool:
        """Whether a citation opens what it covers, as in "**Errors** [2]: …"."""
        before = self._text[start : match.start()]
        return self._text[match.end() : match.end() + 1] == ":" or len(before.split()) <= 3

    def _cites_at_all(self, block: Block) -> bool:
        lead = block.lead
        own = cited(self._text, block.start, block.end)
        return bool(own or (lead is not None and cited(self._text, lead.start, lead.end)))

    def _claims(self, block: Block) -> bool:
        """Whether a block speaks of this system: it cites, or it names something of it."""
        if block.form == "row" or self._cites_at_all(block):
            return True
        return any(self._records(s) for s in self._spots[id(block)])

    def _records(self, spot: Spot) -> list[Record]:
        if spot.kind not in _NAMES:
            return []
        if "…" in spot.text or "..." in spot.text:
            names = self._index.named(spot.text)
        else:
            names = [spot.text, spot.text.rpartition("/")[2]]
        return next((found for name in names if (found := self._index.records(name))), [])

    def _subjects(self, spot: Spot, block: Block) -> list[list[Record]]:
        """The objects of which a value is told, the likeliest first."""
        own = self._spots[id(block)]
        before = [s for s in own if s.part == spot.part and s.end <= spot.start]
        after = [s for s in own if s.part == spot.part and s.start >= spot.end]
        if block.form == "row":
            first = [s for s in own if s.part < spot.part and self._records(s)][:1]
            order = [*reversed(before), *self._head(block, spot.part), *first]
        else:
            order = [*reversed(before), *after]
        found = [self._records(s) for s in order]
        return [records for records in found if records]

    def _head(self, block: Block, part: int) -> list[Spot]:
        head = block.lead
        if head is None or head.form != "head":
            return []
        return [s for s in self._spots[id(head)] if s.part == part]

    # The kinds of specifics

    def _specific(self, spot: Spot, block: Block) -> Specific | None:
        if spot.kind in _LOOKED_UP:
            return self._name(spot, block)
        kinds: dict[str, Callable[[Spot, Block], Specific | None]] = {
            "quantity": self._quantity,
            "time": self._time,
            "date": self._date,
            "setting": self._setting,
            "quote": self._quote,
        }
        return kinds[spot.kind](spot, block)

    def _name(self, spot: Spot, block: Block) -> Specific | None:
        short = "…" in spot.text or "..." in spot.text
        held = self._index.matching(spot.text) if short else self._index.saying(spot.text)
        if not held:
            given = contains(self._given, spot.text.casefold())
            if given or spot.kind == "word" or short and not held and spot.kind != "pod":
                return None
            if spot.kind == "ratio":
                return self._fraction(spot, block)
            strict = spot.kind in {"pod", "uid", "image"}
            if not strict and not self._claims(block):
                return None
            return _unverified(spot)
        wrong = self._wrong_row(spot, block)
        return wrong or _verified(spot, held)

    def _fraction(self, spot: Spot, block: Block) -> Specific | None:
        return _unverified(spot) if self._cites_at_all(block) else None

    def _wrong_row(self, spot: Spot, block: Block) -> Specific | None:
        """A name or state that stands in another object's row, and not in that of its own."""
        if spot.kind in {"pod", "uid"} or block.form in {"heading", "head"} or self._records(spot):
            return None
        here = [s for s in self._spots[id(block)] if s.end <= spot.start]
        subjects = self._subjects(spot, block)
        if not subjects or (block.form == "prose" and not any(self._records(s) for s in here)):
            return None
        own = subjects[0]
        if any(record.says(spot.text) for record in own):
            return None
        said = spot.text.casefold()
        against = self._index.contradiction(own, lambda cell: cell.casefold() == said)
        return _contradicted(spot, against) if against else None

    def _quantity(self, spot: Spot, block: Block) -> Specific | None:
        assert spot.quantity is not None
        readings = spot.quantity.readings
        subjects = self._subjects(spot, block)
        own = subjects[0] if subjects else []
        if held := frozenset(r.source for r in own if says_quantity(readings, r)):
            return _verified(spot, held)
        if of_text(readings, self._asked):
            return None
        near, close = self.cites(block, spot.part, spot.end)
        if how := self._count(spot, block, near) or self._calculation(spot, block, [], close):
            return _computed(spot, near, how)
        if against := self._index.contradiction(own, lambda cell: _has(cell, readings)):
            return _contradicted(spot, against)
        if how := self._calculation(spot, block, subjects, close):
            return _computed(spot, near, how)
        everywhere = self._index.holding(readings)
        if everywhere:
            return _verified(spot, everywhere & frozenset(near) or everywhere)
        return _unverified(spot) if close or block.form == "row" else None

    def _calculation(
        self, spot: Spot, block: Block, subjects: list[list[Record]], close: int
    ) -> str:
        assert spot.quantity is not None
        own: dict[tuple[str, float], Operand] = {}
        for records in subjects[:2]:
            for record in records[:40]:
                for _, reading in record.values()[:200]:
                    key = (reading.dimension, reading.value)
                    own.setdefault(key, Operand(*key, f"{reading.value:g}"))
        runs = self._runs(spot, block)
        return calculation(
            spot.quantity.readings, runs, list(own.values()), supposed=not close
        )

    def _runs(self, spot: Spot, block: Block) -> list[list[Operand]]:
        """What stands beside a quantity: its block and those before it, its table's columns."""
        at = self.blocks.index(block)
        first = at
        while first and self.blocks[first - 1].form != "heading" and at - first < BLOCKS_AROUND:
            first -= 1
        around = [b for b in self.blocks[first : at + 1] if b.form not in {"code", "row", "head"}]
        tables = [b for b in self.blocks[first : at + BLOCKS_AROUND] if b.form == "row"]
        if block.form == "row":
            tables = [b for b in self.blocks if b.lead is block.lead and b.form == "row"]
        runs = [self._operands(b.start, b.end, spot) for b in around]
        if block.form == "row":
            runs.append(self._operands(block.start, block.end, spot))
        columns: dict[int, list[Operand]] = {}
        for row in tables:
            for part, (start, end) in enumerate(row.parts):
                columns.setdefault(part, []).extend(self._operands(start, end, spot))
        if block.form == "row":
            columns = {spot.part: columns.get(spot.part, [])}
        return [*columns.values(), *runs]

    def _operands(self, start: int, end: int, spot: Spot) -> list[Operand]:
        text = self._read[start:end]
        found = []
        for first, last, seconds, exact in numbers.clocks(text):
            found.append((start + first, Reading(dimension="s", value=seconds, place=exact), text[first:last]))
            text = text[:first] + " " * (last - first) + text[last:]
        for q in numbers.written(text):
            found += [(start + q.start, r, q.text) for r in q.readings if r.place <= r.value or not r.value]
        return [
            Operand(r.dimension, r.value, said)
            for at, r, said in sorted(found, key=lambda one: one[0])
            if not spot.start <= at < spot.end
        ]

    def _count(self, spot: Spot, block: Block, near: list[int]) -> str:
        """A number of rows, lines or different values, where that is what it counts."""
        assert spot.quantity is not None
        main = spot.quantity.main
        if main.dimension != "n" or main.value != int(main.value):
            return ""
        named = {s.text.casefold() for s in self._spots[id(block)] if s.kind != "quantity"}
        at = self.blocks.index(block)
        if at + 1 < len(self.blocks) and self.blocks[at + 1].form == "code":
            named |= {line.strip() for line, _ in _lines(self._text, self.blocks[at + 1])}
        for source in self._index.among(near):
            for group in {record.group for record in source.records}:
                rows = [r for r in source.records if r.group == group]
                if how := _counted(int(main.value), rows, named):
                    return f"{how} in [{source.number}]"
        return ""

    def _time(self, spot: Spot, block: Block) -> Specific | None:
        held = frozenset(
            s.number
            for s in self._index.sources
            if any(0 <= clock - spot.seconds < spot.exact for clock in s.clocks)
        )
        if held:
            return _verified(spot, held)
        _, close = self.cites(block, spot.part, spot.end)
        return _unverified(spot) if close or block.form == "row" else None

    def _date(self, spot: Spot, block: Block) -> Specific | None:
        parts = [int(part) for part in spot.text.replace(".", "-").split("-")]
        year, month, day = parts if parts[0] > 31 else parts[::-1]
        held = frozenset(s.number for s in self._index.sources if (year, month, day) in s.dates)
        return _verified(spot, held) if held else _unverified(spot)

    def _setting(self, spot: Spot, block: Block) -> Specific | None:
        if held := self._index.quoting(spot.text):
            return _verified(spot, held)
        _, close = self.cites(block, spot.part, spot.end)
        if folded(spot.text) in folded(self._given) or close < 2:
            return None
        key = spot.text.partition("=")[0].partition(":")[0]
        return _unverified(spot) if "=" in spot.text or self._index.saying(key) else None

    def _quote(self, spot: Spot, block: Block) -> Specific | None:
        if held := self._index.quoting(spot.text):
            return _verified(spot, held)
        if folded(spot.text) in folded(self._given) or not self._claims(block):
            return None
        return _unverified(spot)

    def _fence(self, block: Block) -> Iterator[Judged]:
        """The lines of an untagged code block: what a program printed, unless it is a command."""
        lines = list(_lines(self._text, block))[1:-1]
        if block.language not in {"", "text", "log"} or not lines:
            return
        if any(is_command(line.strip()) for line, _ in lines):
            return
        for line, start in lines:
            words = line.split()
            if not words:
                continue
            spot = Spot(kind="quote", text=line.strip(), start=start, end=start + len(line), part=0)
            if held := self._index.quoting(line):
                yield Judged(_verified(spot, held), spot, block)
            elif len(words) >= FEWEST_WORDS:
                yield Judged(_unverified(spot), spot, block, invented=True)

    def _blockquote(self, block: Block) -> Iterator[Judged]:
        text = " ".join(line.strip().removeprefix(">").strip() for line, _ in _lines(self._read, block))
        spot = Spot(kind="quote", text=text.strip(), start=block.start, end=block.end, part=0)
        if held := self._index.quoting(text):
            yield Judged(_verified(spot, held), spot, block)
        elif "`" not in text and "*" not in text and len(text.split()) >= FEWEST_WORDS:
            yield Judged(_unverified(spot), spot, block, invented=True)

    def _only_invented(self, spot: Spot) -> bool:
        if spot.kind == "quote":
            return spot.code and len(spot.text.split()) >= FEWEST_WORDS
        return spot.kind in {"uid", "image"} or (spot.kind == "pod" and "…" not in spot.text)


def _lines(text: str, block: Block) -> Iterator[tuple[str, int]]:
    start = block.start
    for line in text[block.start : block.end].split("\n"):
        yield line, start
        start += len(line) + 1


def _readings(spot: Spot) -> list[Reading]:
    if spot.quantity is not None:
        return list(spot.quantity.readings)
    return [Reading(dimension="s", value=spot.seconds, place=spot.exact)]


def _has(cell: str, readings: Sequence[Reading]) -> bool:
    return of_text(readings, (r for q in numbers.printed(cell) for r in q.readings))


def _counted(number: int, rows: Sequence[Record], named: Iterable[str]) -> str:
    """What of some rows there are so many of: all, those that hold a name, the values of a field."""
    if number == len(rows):
        return f"{number} rows"
    chosen = [("", list(rows))]
    for name in named:
        hits = [row for row in rows if row.says(name)]
        if len(hits) == number:
            return f"{number} rows with {name}"
        if hits and len(rows) - len(hits) == number:
            return f"{number} rows without {name}"
        chosen.append((f" of {name}", hits))
    for of, hits in chosen:
        columns: dict[str, list[str]] = {}
        for label, text in (cell for row in hits for cell in row.cells):
            columns.setdefault(label, []).append(text)
        for label, texts in columns.items():
            if label and len(set(texts)) == number:
                return f"{number} different {label}{of}"
            if number >= TELLING and not of and number in Counter(texts).values():
                return f"{number} rows with the same {label}"
    return ""


def _verified(spot: Spot, held: Iterable[int]) -> Specific:
    return Specific(text=spot.text, kind=spot.kind, status="verified", evidence=tuple(sorted(held)))


def _computed(spot: Spot, held: Iterable[int], how: str) -> Specific:
    return Specific(
        text=spot.text, kind=spot.kind, status="computed", evidence=tuple(sorted(set(held))),
        calculation=how,
    )  # fmt: skip


def _unverified(spot: Spot) -> Specific:
    return Specific(text=spot.text, kind=spot.kind, status="unverified")


def _contradicted(spot: Spot, against: tuple[int, str]) -> Specific:
    number, value = against
    return Specific(
        text=spot.text, kind=spot.kind, status="contradicted", evidence=(number,), instead=value
    )
