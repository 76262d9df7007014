"""Each specific of an answer, held against the results that it cites and the objects it names."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from holmes.core.answer import Specific
from holmes.grounding import numbers
from holmes.grounding.arithmetic import MOST, Operand, Operands, calculation
from holmes.grounding.blocks import CITATION, Block, blocks, cited, unmarked
from holmes.grounding.index import Index, of_text, says_quantity
from holmes.grounding.numbers import Reading
from holmes.grounding.sources import Record, contains, folded
from holmes.grounding.specifics import Spot, is_command, spots

_NAMES = {"pod", "name", "word", "image"}
_LOOKED_UP = {"pod", "uid", "image", "address", "version", "name", "word", "ratio"}
BLOCKS_AROUND = 4
NEXT_TO = 4
CODES = 100
ROWS_BELOW = 30
KEY_AND_VALUE = 2
TELLING = 10
"""A smaller number stands everywhere, for something."""
FEWEST_ROWS = 3
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
        words = [word.strip(".,:;?!()'\"`") for word in question.split()]
        asked = [records for word in words if (records := self._index.records(word))]
        self._asked_about = asked[0] if len(asked) == 1 else []
        self._numbers: dict[tuple[int, int, bool], list[tuple[int, Operand]]] = {}
        self._spots = {
            id(b): spots(self._read, b) for b in self.blocks if b.form != "code"
        }

    def judge(self) -> list[Judged]:
        """Every specific of the text, in order."""
        found: list[Judged] = []
        for block in self.blocks:
            if block.form == "code":
                found += self._fence(block)
            elif block.form == "quote":
                found += self._blockquote(block)
            else:
                for spot in self._spots[id(block)]:
                    specific = self._specific(spot, block)
                    if specific is not None:
                        invented = specific.status == "unverified" and self._only_invented(spot)
                        found.append(Judged(specific, spot, block, invented))
        # What is worked out in one place may be repeated in another.
        known = {j.specific.text for j in found if j.specific.status == "computed"}
        return [
            replace(j, specific=replace(j.specific, status="computed"))
            if j.specific.status == "unverified" and j.specific.text in known and j.spot.quantity
            else j
            for j in found
        ]

    # What is cited, and what is named

    def cites(self, block: Block, part: int, at: int) -> tuple[list[int], int]:
        """What is cited for a place, and how closely: 2 in its sentence, 1 around it, 0 nowhere."""
        start, end = block.parts[part]
        if after := cited(self._text, at, end):
            return after, 2
        opening = CITATION.search(self._text, block.start, at)
        if opening is not None and self._leads(opening, block.start):
            return cited(self._text, block.start, opening.end()), 2
        head = block.lead
        if block.form == "row" and head is not None and part < len(head.parts):
            if over := cited(self._text, *head.parts[part]):
                return over, 2
        if around := cited(self._text, end, block.end) or cited(self._text, block.start, at):
            return around, 1
        if head is not None and (led := cited(self._text, head.start, head.end)):
            return led, 1
        return [], 0

    def cited_there(self, item: Judged) -> bool:
        """Whether any result that the sentence of a specific cites, anywhere in it, holds it."""
        start, end = item.block.parts[item.spot.part]
        return bool(set(cited(self._text, start, end)) & set(item.specific.evidence))

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
            others = [s for s in own if s.part != spot.part]
            order = [*reversed(before), *self._head(block, spot.part), *others]
        else:
            order = [*reversed(before), *after]
            if after and "(" in self._read[spot.end : after[0].start][:NEXT_TO]:
                order = [after[0], *order]
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
            if contains(self._given, spot.text.casefold()):
                return None
            if spot.kind == "word":
                return self._unknown_word(spot, block)
            if spot.kind == "ratio":
                return self._fraction(spot, block)
            strict = spot.kind in {"pod", "uid", "image"}
            if not strict and not self._claims(block):
                return None
            return _unverified(spot)
        wrong = self._wrong_row(spot, block)
        return wrong or _verified(spot, held)

    def _unknown_word(self, spot: Spot, block: Block) -> Specific | None:
        """A word in code that is nowhere: a name like any other, where it is cited."""
        _, close = self.cites(block, spot.part, spot.end)
        named = spot.code and re.fullmatch(r"[a-z]+|[A-Z\d]+(?:_[A-Z\d]+)+|\d+_\w+", spot.text)
        return _unverified(spot) if named and close == 2 else None

    def _fraction(self, spot: Spot, block: Block) -> Specific | None:
        return _unverified(spot) if self._cites_at_all(block) else None

    def _wrong_row(self, spot: Spot, block: Block) -> Specific | None:
        """A name or state that stands in another object's row, and not in that of its own."""
        if spot.kind in {"pod", "uid"} or block.form in {"heading", "head"}:
            return None
        before = [s for s in self._spots[id(block)] if s.end <= spot.start and s.part <= spot.part]
        is_object = bool(self._records(spot))
        if block.form == "prose" or is_object:
            # What stands behind an object may be told of it; an object by itself may be another.
            near = [s for s in before if self._records(s)]
            if not near or (is_object and block.form == "prose"):
                return None
        subjects = self._subjects(spot, block)
        own = subjects[0] if subjects else []
        if any(record.says(spot.text) for record in own):
            return None
        said = spot.text.casefold()
        if spot.kind == "address":
            against = self._index.contradiction(own, lambda cell: contains(cell, said))
        else:
            against = self._index.contradiction(own, lambda cell: cell.casefold() == said)
        return _contradicted(spot, against) if against else None

    def _quantity(self, spot: Spot, block: Block) -> Specific | None:
        quantity = spot.quantity
        assert quantity is not None
        readings = [*quantity.readings, *quantity.loose]
        subjects = self._subjects(spot, block)
        own = subjects[0] if subjects else []
        if against := self._at_another_time(spot, block, own):
            return _contradicted(spot, against)
        if held := frozenset(r.source for r in own if says_quantity(readings, r)):
            return _verified(spot, held)
        if of_text(quantity.readings, self._asked):
            return None
        near, close = self.cites(block, spot.part, spot.end)
        if how := self._count(spot, block, near, own) or self._calculation(spot, block, None, close):
            return _computed(spot, near, how)
        spans = {s.number for s in self._index.among(near) if s.spans_like(readings)}
        if spans:
            return _computed(spot, spans, f"{spot.text} between two times")
        if not own:
            # No object is named: it may be the one that the question is about.
            own = [record for record in self._asked_about if record.source in near]
            if held := frozenset(r.source for r in own if says_quantity(readings, r)):
                return _verified(spot, held)
        if close or block.form == "row":
            said = quantity.readings
            told = own if block.form == "row" or not subjects or self._follows(spot, block) else []
            if against := self._index.contradiction(told, lambda cell: _is(cell, said)):
                return _contradicted(spot, against)
        if how := self._calculation(spot, block, subjects or [self._asked_about], close):
            return _computed(spot, near, how)
        if everywhere := self._index.holding(readings):
            return _verified(spot, everywhere & frozenset(near) or everywhere)
        return _unverified(spot) if self._due(spot, block, close) else None

    def _at_another_time(
        self, spot: Spot, block: Block, own: list[Record]
    ) -> tuple[int, str] | None:
        """The value of a series at the time that its row names, where it is told of another one."""
        assert spot.quantity is not None
        times = {s.text for s in self._spots[id(block)] if s.kind == "time"}
        if block.form != "row" or len(times) != 1:
            return None
        (clock,) = times
        points = [(r, text) for r in own for label, text in r.cells if f"T{clock}" in label]
        elsewhere = any(says_quantity(spot.quantity.readings, record) for record, _ in points)
        if not elsewhere or any(_is(text, spot.quantity.readings) for _, text in points):
            return None
        return points[0][0].source, points[0][1]

    def _follows(self, spot: Spot, block: Block) -> bool:
        """Whether an object is named before a value in its sentence, or in brackets behind it."""
        own = [s for s in self._spots[id(block)] if s.part == spot.part and self._records(s)]
        return any(
            s.end <= spot.start or "(" in self._read[spot.end : s.start][:NEXT_TO] for s in own
        )

    def _due(self, spot: Spot, block: Block, close: int) -> bool:
        """Whether a value must be held by a result or follow from others.

        It is cited, or it is exact and stands beside others, as a calculation does; a number by
        itself without a citation may be general knowledge ("exit code 137").
        """
        if close == 2 or block.form == "row":
            return True
        beside = self._operands(*block.parts[spot.part], spot)
        quantity = spot.quantity
        telling = quantity is not None and quantity.telling
        if quantity is not None and quantity.bare and quantity.main.value >= CODES:
            return False  # ports, exit codes and statuses are known to everybody
        return bool(telling and beside and self._claims(block))

    def _calculation(
        self,
        spot: Spot,
        block: Block,
        subjects: Sequence[list[Record]] | None = None,
        close: int = 0,
    ) -> str:
        """How a value follows from others; from far ones only where subjects are given."""
        own: dict[tuple[str, float], Operand] = {}
        for record in (record for records in (subjects or ())[:2] for record in records[:40]):
            for _, reading in record.values()[:200]:
                key = (reading.dimension, reading.value)
                if reading.dimension != "?":
                    own.setdefault(key, Operand(*key, f"{reading.value:g}"))
        row = block.form == "row"
        columns, far = self._around(spot, block)
        here = self._operands(*((block.start, block.end) if row else block.parts[spot.part]), spot)
        inside = self._operands(block.start, block.end, spot)
        if row:
            inside = [o for column in columns for o in column if len(column) <= MOST]
            if len(block.parts) == KEY_AND_VALUE:
                here = [*here, *inside]
            above = block.lead.lead if block.lead else None
            inside += self._operands(above.start, above.end, spot) if above else []
        said = [Reading(dimension="t", value=spot.seconds, place=0)]
        if spot.quantity is None and close < 2:
            last = {s.clocks[-1] for s in self._index.sources if s.clocks}
            inside = [*inside, *(Operand("t", clock, f"{clock} s") for clock in last)]
            here = self._operands(*block.parts[spot.part], spot, words=True)
        loose: list[Reading] = []
        if spot.quantity is not None:
            said = [*spot.quantity.readings]
            loose = [r for r in spot.quantity.loose if r.dimension == "s"]
        operands = Operands(
            runs=columns, here=here, block=inside, far=far if subjects is not None else (),
            own=list(own.values()), free=not row, supposed=not row and close < 2,
        )  # fmt: skip
        return calculation(said, loose, spot.text, operands)

    def _around(self, spot: Spot, block: Block) -> tuple[list[list[Operand]], list[Operand]]:
        """The columns of the tables near a place, and all that stands before it."""
        columns: dict[tuple[int, int], list[Operand]] = {}
        found: list[Operand] = []
        at = self.blocks.index(block)
        seen = 0
        for other in reversed(self.blocks[: at + 1 + (block.form != "row") * ROWS_BELOW]):
            if other.form == "row":
                for part, (start, end) in enumerate(other.parts):
                    if block.form != "row" or part == spot.part:
                        here = self._operands(start, end, spot)
                        columns.setdefault((id(other.lead), part), [])[:0] = here
            elif other.form in {"prose", "quote", "head"} and other.start <= block.start:
                seen += 1
                found[:0] = self._operands(other.start, other.end, spot)
            if seen > BLOCKS_AROUND:
                break
        flat = [operand for column in columns.values() for operand in column]
        return list(columns.values()), [*reversed(found), *flat]

    def _operands(
        self, start: int, end: int, spot: Spot, *, words: bool = False
    ) -> list[Operand]:
        """The numbers and times in a part of the text, but for one; spans also in words."""
        key = (start, end, words)
        if key not in self._numbers:
            text, found = self._read[start:end], []
            for first, last, seconds, _ in list(numbers.clocks(text)):
                found.append((start + first, Operand("t", seconds, text[first:last])))
                text = text[:first] + " " * (last - first) + text[last:]
            for q in numbers.written(text):
                found += [(start + q.start, Operand(r.dimension, r.value, q.text)) for r in (*q.readings, *(q.loose if words else ()))]
            self._numbers[key] = sorted(found, key=lambda one: one[0])
        return [o for at, o in self._numbers[key] if not spot.start <= at < spot.end]

    def _count(self, spot: Spot, block: Block, near: list[int], own: list[Record]) -> str:
        """A number of rows, lines or different values, where that is what it counts."""
        assert spot.quantity is not None
        main = spot.quantity.main
        if main.dimension != "n" or main.value != int(main.value):
            return ""
        named = {s.text.casefold() for s in self._spots[id(block)] if s.kind != "quantity"}
        if word := re.match(r" ?([A-Za-z]{4,30})", self._read[spot.end : spot.end + 32]):
            named.add(word[1].casefold().removesuffix("s"))
        at = self.blocks.index(block)
        if at + 1 < len(self.blocks) and self.blocks[at + 1].form == "code":
            named |= {line.strip() for line, _ in _lines(self._text, self.blocks[at + 1])}
        for source in self._index.among(near or {record.source for record in own}):
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
        near, close = self.cites(block, spot.part, spot.end)
        if how := self._calculation(spot, block, [], close):
            return _computed(spot, near, how)
        return _unverified(spot) if self._claims(block) else None

    def _date(self, spot: Spot, block: Block) -> Specific | None:
        parts = [int(part) for part in re.findall(r"\d+", spot.text)]
        said = set(parts)
        # A month in words is not read.
        held = frozenset(
            s.number for s in self._index.sources if any(said <= set(date) for date in s.dates)
        )
        return _verified(spot, held) if held else _unverified(spot)

    def _setting(self, spot: Spot, block: Block) -> Specific | None:
        if held := self._index.quoting(spot.text):
            return _verified(spot, held)
        _, close = self.cites(block, spot.part, spot.end)
        if folded(spot.text) in folded(self._given) or close < 2:
            return None
        key, value = re.split(r"[=:] ?", spot.text, maxsplit=1)
        if held := self._index.setting(key, value):
            return _verified(spot, held)
        return _unverified(spot) if "=" in spot.text or self._index.saying(key) else None

    def _quote(self, spot: Spot, block: Block) -> Specific | None:
        if held := self._index.quoting(spot.text):
            return _verified(spot, held)
        _, close = self.cites(block, spot.part, spot.end)
        known = folded(spot.text) in folded(self._given)
        return _unverified(spot) if close == 2 and not known else None

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
            # With a citation in it, it may be a part of the answer in a box.
            own = bool(cited(self._text, block.start, block.end))
            inside = self._spots[id(block)] if own else []
            told = [self._specific(s, block) for s in inside]
            names = any(self._records(s) for s in inside)
            if not names or not all(s is not None and s.status == "verified" for s in told):
                yield Judged(_unverified(spot), spot, block, invented=not own)

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


def _is(cell: str, readings: Sequence[Reading]) -> bool:
    """Whether a cell is a quantity, up to one more behind it: "7 (3m59s ago)"."""
    found = list(numbers.printed(cell)) if len(cell) < 40 else []
    return len(found) <= 2 and of_text(readings, (r for q in found for r in q.readings))


def _counted(number: int, rows: Sequence[Record], named: Iterable[str]) -> str:
    """What of some rows there are so many of: all, those that hold a name, the values of a field."""
    if number == len(rows) >= FEWEST_ROWS:
        return f"{number} rows"
    chosen = [("", list(rows))]
    names = set(named)
    for name in names:
        hits = [row for row in rows if row.says(name)]
        if len(hits) == number:
            return f"{number} rows with {name}"
        chosen.append((f" of {name}", hits))
    for of, hits in chosen:
        columns: dict[str, list[str]] = {}
        for label, text in (cell for row in hits for cell in row.cells):
            columns.setdefault(label, []).append(text)
        for label, texts in columns.items():
            told = number >= TELLING or any(text.casefold() in names for text in texts)
            if label and told and len(set(texts)) == number:
                return f"{number} different {label}{of}"
            same = Counter(texts).values() if number >= TELLING and not of else ()
            if number in same or len(rows) - number in same:
                return f"{number} rows by {label}"
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
