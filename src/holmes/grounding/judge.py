"""Each specific of an answer, held against the results that it cites and the objects it names.

No word decides. What cites a result, stands in a table or names an object of the evidence speaks
of this system; what stands in a code block is proposed, and so is what prose repeats out of one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from holmes.core.answer import Specific, SpecificStatus
from holmes.core.arithmetic import MOST, equation
from holmes.core.markdown import Block
from holmes.core.quantities import Reading
from holmes.grounding.alignment import odd_cells
from holmes.grounding.held import contains, folded
from holmes.grounding.reader import MOST_RECORDS, Reader, as_span, held_by, one_of, status_of
from holmes.grounding.sources import Record
from holmes.grounding.specifics import Spot, is_command

# Tuned on tests/grounding/cases/development, judged on the held-out set beside it.
CODES = 100
"""From here on a number without a unit may be a port, an exit code or a status that all know."""
FEWEST_WORDS = 3
"""A quotation of fewer words may be a term that the answer uses."""
LONG_QUOTE = 5
CAPITALS = re.compile(r"\b[A-Z][A-Z\d]{0,60}_[A-Z\d_]{1,60}\b")
LONGEST_SUM = 120
MOST_GROUPS = 100
MOST_TABLES = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """A specific, its place, and whether it can only be invented."""

    specific: Specific
    spot: Spot
    invented: bool = False


class Judge(Reader):
    """Judges one text."""

    def judge(self) -> list[Judged]:
        """Every specific of the text, in order."""
        found: list[Judged] = []
        for block in self.text.blocks:
            if block.form == "code":
                found += self._fence(block)
            elif block.form == "quote":
                found += self._blockquote(block)
            else:
                found += [j for spot in self.text.spots(block) if (j := self._judged(spot))]
        found = self._aligned(found)
        # What is worked out in one place may be repeated in another.
        known = {j.specific.text for j in found if j.specific.status == "computed"}
        for at, one in enumerate(found):
            if one.specific.status == "unverified" and one.specific.text in known:
                found[at] = replace(one, specific=replace(one.specific, status="computed"))
        return found

    def _aligned(self, found: list[Judged]) -> list[Judged]:
        """The same, with the cells of tables contradicted that are not what their rows have."""
        wrong = self._odd_cells()
        for at, one in enumerate(found):
            spot = one.spot
            place = spot.block.number, spot.part, self._which(spot) if spot.quantity else 0
            if place not in wrong:
                continue
            if spot.quantity and held_by(spot, self._subject(spot)[0], self._said(spot)):
                continue
            source, mine = wrong.pop(place)
            found[at] = replace(
                one, specific=status_of(spot, "contradicted", [source], instead=mine)
            )
        return _of_known_columns(found)

    def _odd_cells(self) -> dict[tuple[int, int, int], tuple[int, str]]:
        """By block, cell and which number of it: the result that has something else, and what."""
        tables: dict[int, list[Block]] = {}
        for block in self.text.blocks:
            if block.form == "row" and block.lead is not None:
                tables.setdefault(block.lead.number, []).append(block)
        groups = [g for g in self._index.groups.values() if len(g) > 1][:MOST_GROUPS]
        wrong: dict[tuple[int, int, int], tuple[int, str]] = {}
        for rows in [t[:MOST_RECORDS] for t in tables.values() if len(t) > 2][:MOST_TABLES]:
            texts = [[self.text.read[slice(*p)] for p in row.parts] for row in rows]
            numbers: dict[tuple[int, int], dict[int, list[Reading]]] = {}
            for at, spot in ((at, s) for at, row in enumerate(rows) for s in self.text.spots(row)):
                if spot.quantity:
                    place = spot.part, self._which(spot)
                    numbers.setdefault(place, {})[at] = self._said(spot)
            for group in groups:
                for at, place, source, mine in odd_cells(texts, numbers, group):
                    wrong.setdefault((rows[at].number, *place), (source, mine))
        return wrong

    def _which(self, spot: Spot) -> int:
        """How many numbers stand before one in its cell."""
        cell = (s for s in self.text.spots(spot.block) if s.part == spot.part and s.quantity)
        return sum(s.start < spot.start for s in cell)

    def _judged(self, spot: Spot) -> Judged | None:
        kinds = {"quantity": self._quantity, "time": self._time, "date": self._date}
        kinds |= {"setting": self._setting, "quote": self._quote}
        specific = kinds.get(spot.kind, self._name)(spot)
        if specific is None:
            return None
        sure = spot.kind in {"uid", "image"} or (spot.kind == "pod" and not spot.short)
        return Judged(specific, spot, specific.status == "unverified" and sure)

    def _name(self, spot: Spot) -> Specific | None:
        if held := self._index.saying(spot.text):
            return self._wrong_row(spot) or status_of(spot, "verified", held)
        if self._is_given(spot.text):
            return None
        if spot.kind == "word":
            # In code a name like any other where it is cited; CamelCase is the API's vocabulary.
            near, close = self.text.cites(spot)
            shape = r"[a-z]{3,}|\d+_\w+" if spot.code else r"(?!)"
            named = re.fullmatch(shape, spot.text) or re.match(r"/\w|https?://", spot.text)
            # A variable, where the result has such; else a constant that all know.
            variable = spot.code and CAPITALS.fullmatch(spot.text)
            due = named or (
                variable and any(CAPITALS.search(s.text) for s in self._index.among(near))
            )
            return status_of(spot, "unverified") if due and close == 2 else None
        if re.match(r"[a-z0-9-]+\.[a-z0-9.-]+/[\w.-]*$|169\.254\.", spot.text):
            # A label's or field's key, or an address that means the same on every machine.
            return None
        if spot.kind == "ratio":
            after = self.text.read[spot.end : spot.end + 3].lstrip()
            both = [self._index.holding(_bare(n), n) for n in spot.text.split("/")]
            total = spot.block.form == "row" and not self._subject(spot)[0]
            if after[:1] in {"=", "≈"} or both[0] & both[1] or total:
                return None
        everywhere = spot.kind in {"pod", "uid", "image"} or (
            spot.kind == "address" and not re.match(r"127\.|0\.|.*/", spot.text)
        )
        return status_of(spot, "unverified") if everywhere or self._claims(spot.block) else None

    def _wrong_row(self, spot: Spot) -> Specific | None:
        """A name or state that stands in another object's row, and not in that of its own."""
        if spot.kind in {"pod", "uid"} or spot.block.form in {"heading", "head"}:
            return None
        row, is_object = spot.block.form == "row", bool(self._records(spot))
        named = any(self._records(s) for s in self.text.beside(spot)[0])
        # What stands behind an object may be told of it; an object by itself may be another.
        if is_object and not row:
            return None
        if not named and (is_object or not row):
            return None
        own, told, _ = self._subject(spot)
        if any(record.says(spot.text) for record in own):
            return None
        said = spot.text.casefold()
        inside = spot.kind == "address"
        found = self._contradicted(
            spot,
            own,
            told,
            lambda cell: contains(cell, said) if inside else cell.casefold() == said,
        )
        # What the object has may stand before: "a runs 1.2, the others 1.3".
        start = spot.block.parts[spot.part][0]
        passed = found and not row and found.instead in self.text.read[start : spot.start]
        return None if passed else found

    def _quantity(self, spot: Spot) -> Specific | None:
        if self._tries <= 0:
            return None
        said = self._said(spot)
        readings = [*said, *(spot.quantity.loose if spot.quantity else ())]
        own, name, follows = self._subject(spot)
        near, close = self.text.cites(spot)
        row = spot.block.form == "row"
        if specific := self._at_another_time(spot, own) or held_by(spot, own, readings):
            return specific
        if any(each.holds(said, spot.text) for each in self._given):
            return None
        if specific := self._worked_out(spot, said, own, near):
            return specific
        if not own:
            # No object is named: it may be the one that the question is about.
            own, follows = [record for record in self._asked if record.source in near], True
            name = self._asked_name
        told = own if row or (close and follows) else []
        specific = held_by(spot, own, readings)
        specific = specific or self._against(spot, told, name, said)
        if specific is None and (how := self._calculation(spot, distant=True)):
            specific = status_of(spot, "computed", near, how)
        return specific or self._anywhere(spot, said, readings)

    def _worked_out(
        self, spot: Spot, said: list[Reading], own: Sequence[Record], near: Sequence[int]
    ) -> Specific | None:
        """A value that follows from what stands beside it, or lies between two times."""
        before = self.text.read[max(0, spot.start - LONGEST_SUM) : spot.start]
        right, how = equation(before, spot.text, said)
        if right is not None:
            return status_of(spot, "computed" if right else "unverified", near, how)
        if how := self._count(spot, near, own) or self._calculation(spot, distant=False):
            return status_of(spot, "computed", near, how)
        readings = [*said, *(spot.quantity.loose if spot.quantity else ())]
        if spans := {s.number for s in self._index.among(near) if s.spans(readings)}:
            return status_of(spot, "computed", spans, f"{spot.text} between two times")
        return None

    def _against(
        self, spot: Spot, told: Sequence[Record], name: str, said: Sequence[Reading]
    ) -> Specific | None:
        if said and said[0].dimension == "n":
            # So many rows of its workload may be alike.
            names = {name for record in told[:MOST_RECORDS] for name in record.keys}
            rows = {record for name in names for record in self._index.records(name)}
            alike = Counter((r.source, text) for r in rows for text in {t for _, t in r.cells})
            if said[0].value in alike.values():
                return None
        found = self._contradicted(spot, told, name, lambda text: one_of(text, said))
        row = spot.block.form == "row"
        return found if found and (row or not self._told_of_another(spot, said)) else None

    def _anywhere(
        self, spot: Spot, said: list[Reading], readings: Sequence[Reading]
    ) -> Specific | None:
        """A value of no object in particular: whether any result has it, or a total in one."""
        near, close = self.text.cites(spot)
        held = self._index.holding(readings, spot.text)
        digits = spot.quantity.digits if spot.quantity else 0
        if not held and (totals := self._index.follows(said, digits, near)):
            return status_of(spot, "computed", totals, f"{spot.text} from the values of a result")
        if not held and (self._about(spot) or self._operand(spot) or self._numbering(spot)):
            return None
        due = held or close == 2 or spot.block.form == "row" or self._due(spot)
        status: SpecificStatus = "verified" if held else "unverified"
        return status_of(spot, status, held & frozenset(near) or held) if due else None

    def _due(self, spot: Spot) -> bool:
        """Whether a result must hold a value that is not cited, or others give it.

        It is exact and stands beside others, as in a calculation; a number by itself may be general
        knowledge ("exit code 137").
        """
        quantity = spot.quantity
        if quantity is None or not quantity.telling:
            return False
        if quantity.bare and quantity.main.value >= CODES:
            return False
        beside = self.text.operands(spot.block, *spot.block.parts[spot.part], spot)
        if not self._claims(spot.block):
            return False
        return any(one.dimension != "%" for one in beside)

    def _at_another_time(self, spot: Spot, own: Sequence[Record]) -> Specific | None:
        """The value of a series at another time than the one that its row names."""
        times = {s.text for s in self.text.spots(spot.block) if s.kind == "time"}
        if spot.block.form != "row" or len(times) != 1:
            return None
        clock, said = f"T{times.pop()}", self._said(spot)
        points = [(r, text) for r in own for label, text in r.cells if clock in label]
        if not any(r.holds(said) for r, _ in points) or any(
            one_of(text, said) for _, text in points
        ):
            return None
        return status_of(spot, "contradicted", [points[0][0].source], instead=points[0][1])

    def _time(self, spot: Spot) -> Specific | None:
        sources = self._index.sources
        early = 0 if spot.exact == 1 else -spot.exact / 2  # a minute may be rounded
        held = [
            s.number
            for s in sources
            if any(early <= t - spot.seconds < spot.exact for t in s.clocks)
        ]
        if held:
            return status_of(spot, "verified", held)
        span = as_span(spot)
        if how := self._calculation(spot, distant=True) or self._calculation(span, distant=False):
            return status_of(spot, "computed", self.text.cites(spot)[0], how)
        # A time that is round to five minutes says about when.
        close = self.text.cites(spot)[1] == 2
        exact = spot.block.form != "row" and spot.seconds % 300
        due = spot.exact == 1 or close or exact
        due = due and not self._about(spot) and (spot.exact == 1 or self._claims(spot.block))
        return status_of(spot, "unverified") if due else None

    def _date(self, spot: Spot) -> Specific | None:
        said = {int(part) for part in re.findall(r"\d+", spot.text)}
        held = [
            s.number
            for s in self._index.sources
            if any(said <= date or date <= said for date in s.dates)
        ]
        due = held or self.text.cites_at_all(spot.block)
        return status_of(spot, "verified" if held else "unverified", held) if due else None

    def _setting(self, spot: Spot) -> Specific | None:
        key, value = re.split(r" ?[=:] ?", spot.text, maxsplit=1)
        if specific := self._quote(spot):
            sets = [s.number for s in self._index.sources if s.sets(key, value)]
            if specific.status == "verified" or sets:
                return status_of(spot, "verified", specific.evidence or sets)
            # A field that no result has is an API's; a label, variable or taint is this system's.
            return specific if "=" in spot.text or self._index.saying(key) else None
        return None

    def _quote(self, spot: Spot) -> Specific | None:
        if held := self._index.quoting(spot.text):
            return status_of(spot, "verified", held)
        # Capitals alone are the keywords of a language: ACCESS EXCLUSIVE.
        keywords = re.fullmatch(r"[A-Z]{2,20}(?: [A-Z]{2,20}){1,5}", spot.text)
        proposed = bool(keywords) or any(folded(spot.text) in each.digest for each in self._given)
        # Without a citation in its sentence only a long one is told as a message.
        words = len(spot.text.split())
        printed_ = spot.code or re.search(r"[:=_\d]", spot.text)
        long = words >= LONG_QUOTE and printed_ and self._claims(spot.block)
        due = self.text.cites(spot)[1] == 2 or long
        return status_of(spot, "unverified") if due and not proposed else None

    def _fence(self, block: Block) -> Iterator[Judged]:
        """The lines of an untagged code block: what a program printed, unless it is a command."""
        lines = list(self._lines(block))[1:-1][: 2 * MOST]
        output = block.language in {"", "text", "log"}
        if not output or any(is_command(line.strip()) for line, _ in lines):
            return
        held_ = [self._index.quoting(line) for line, _ in lines]
        # A drawing or a draft in a block has no line of a result.
        output = len(lines) == 1 or any(held_) or bool(block.lead and self.text.cites_at_all(block))
        for (line, start), held in zip(lines, held_, strict=True):
            spot = Spot(kind="quote", text=line.strip(), start=start, block=block)
            if held:
                yield Judged(status_of(spot, "verified", held), spot)
            elif output and len(line.split()) >= FEWEST_WORDS:
                yield Judged(status_of(spot, "unverified"), spot, invented=any(held_))

    def _blockquote(self, block: Block) -> Iterator[Judged]:
        lines = (line.strip().removeprefix(">").strip() for line, _ in self._lines(block))
        text = " ".join(lines).strip()
        whole = self.text.text[block.start : block.end]
        spot = Spot(kind="quote", text=whole, start=block.start, block=block)
        named = replace(spot, text=text)
        if held := self._index.quoting(text):
            yield Judged(status_of(named, "verified", held), spot)
            return
        # With marks or a citation in it, it may be a part of the answer in a box.
        own = bool(self.text.cited(block.start, block.end))
        marked = "`" in text or "*" in text
        inside = self.text.spots(block) if own or marked else []
        told = [judged for s in inside if (judged := self._judged(s))]
        boxed = all(j.specific.status == "verified" for j in told) and len(told) == len(inside)
        if marked or (boxed and any(self._records(s) for s in inside)):
            yield from told
        elif len(text.split()) >= FEWEST_WORDS:
            yield Judged(status_of(named, "unverified"), spot, invented=not own)


def _of_known_columns(found: Sequence[Judged]) -> list[Judged]:
    """The same without the numbers of columns of which no other cell is in a result: proposals."""
    columns: dict[tuple[int, int], set[str]] = {}
    places = [(j.spot.block.lead.number if j.spot.block.lead else -1, j.spot.part) for j in found]
    for one, place in zip(found, places, strict=True):
        # A single digit stands everywhere.
        if one.spot.quantity is None or one.spot.quantity.digits > 1:
            columns.setdefault(place, set()).add(one.specific.status)
    return [
        one
        for one, place in zip(found, places, strict=True)
        if one.spot.block.form != "row"
        or one.spot.kind != "quantity"
        or one.specific.status != "unverified"
        or columns.get(place, set()) & {"verified", "computed"}
    ]


def _bare(number: str) -> list[Reading]:
    return [Reading(dimension="n", value=float(number), place=1)]
