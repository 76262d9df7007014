"""Each specific of an answer, held against the results that it cites and the objects it names.

No word decides. What cites a result, stands in a table or names an object of the evidence speaks
of this system; what stands in a code block is proposed, and so is what prose repeats out of one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from holmes.core.answer import Specific, SpecificStatus
from holmes.core.arithmetic import MOST, Operand, Operands, calculation, equation
from holmes.core.markdown import Block
from holmes.core.quantities import Reading, plain, printed, same, under, written
from holmes.grounding.index import Index
from holmes.grounding.sources import Record, contains, folded
from holmes.grounding.specifics import Spot, is_command
from holmes.grounding.text import Text

# Tuned on tests/grounding/cases/development, judged on the held-out set beside it.
CODES = 100
"""From here on a number without a unit may be a port, an exit code or a status that all know."""
TELLING = 10
"""A smaller number stands everywhere, for something."""
MOST_CALCULATIONS = 200
"""Numbers of an answer that are worked out; a longer list of them must not take longer."""
FEWEST_ROWS = 3
FEWEST_WORDS = 3
"""A quotation of fewer words may be a term that the answer uses."""
LONGEST_VALUE = 40
APPROXIMATE = ("~", "≈")
LONGEST_TOLD = 2000
MOST_RECORDS = 40


@dataclass(frozen=True, slots=True)
class Judged:
    """A specific, its place, and whether it can only be invented."""

    specific: Specific
    spot: Spot
    invented: bool = False


class Judge:
    """Judges one text."""

    def __init__(self, index: Index, question: str, text: str) -> None:
        self.text = Text(text)
        self._index = index
        self._tries = MOST_CALCULATIONS
        fences = (text[b.start : b.end] for b in self.text.blocks if b.form == "code")
        self._given = plain("\n".join([question, *fences])).casefold()
        self._proposed = [r for q in written(self._given) for r in q.readings]
        words = [word.strip(".,:;?!()'\"`") for word in question.split()]
        asked = {word: records for word in words if (records := index.records(word))}
        self._asked_name, self._asked = next(iter(asked.items())) if len(asked) == 1 else ("", [])

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
        # What is worked out in one place may be repeated in another.
        known = {j.specific.text for j in found if j.specific.status == "computed"}
        for at, one in enumerate(found):
            if one.specific.status == "unverified" and one.specific.text in known:
                found[at] = replace(one, specific=replace(one.specific, status="computed"))
        return found

    def _judged(self, spot: Spot) -> Judged | None:
        kinds = {"quantity": self._quantity, "time": self._time, "date": self._date}
        kinds |= {"setting": self._setting, "quote": self._quote}
        specific = kinds.get(spot.kind, self._name)(spot)
        if specific is None:
            return None
        sure = spot.kind in {"uid", "image"} or (spot.kind == "pod" and not spot.short)
        return Judged(specific, spot, specific.status == "unverified" and sure)

    def _claims(self, block: Block) -> bool:
        """Whether a block speaks of this system."""
        names = (s for s in self.text.spots(block)[:MOST] if s.kind in {"pod", "name", "image"})
        named = (self._index.saying(s.text) for s in names)
        return block.form == "row" or self.text.cites_at_all(block) or any(named)

    def _records(self, spot: Spot) -> list[Record]:
        named = spot.kind in {"pod", "name", "word", "image"}
        return self._index.records(spot.text) if named else []

    def _subject(self, spot: Spot) -> tuple[list[Record], str, bool]:
        """The object of which a value is told, its name, and whether it stands before the value."""
        before, after = self.text.beside(spot)
        here = [s for s in before if s.part == spot.part]
        behind = [s for s in after if s.part == spot.part]
        if spot.block.form == "row":
            head = spot.block.lead
            over = [s for s in self.text.spots(head) if s.part == spot.part] if head else []
            first = self.text.read[slice(*spot.block.parts[0])].strip(" *`")
            if first.isdigit() and spot.part and (records := self._index.records(first)):
                return records, first, True
            order = [*here, *over, *before[::-1], *after]
        else:
            bracket = behind and "(" in self.text.read[spot.end : behind[0].start][:4]
            order = [*(behind[:1] if bracket else ()), *here, *behind]
            behind = behind[bool(bracket) :]
        for one in order:
            if records := self._records(one):
                return records, one.text, one not in behind
        return [], "", False

    def _name(self, spot: Spot) -> Specific | None:
        if held := self._index.saying(spot.text):
            return self._wrong_row(spot) or _as(spot, "verified", held)
        if contains(self._given, spot.text.casefold()):
            return None
        if spot.kind == "word":
            # In code a name like any other where it is cited; CamelCase is the API's vocabulary.
            shape = r"[a-z]+|[A-Z\d]+(?:_[A-Z\d]+)+|\d+_\w+" if spot.code else r"(?!)"
            named = re.fullmatch(shape, spot.text) or re.match(r"/\w|https?://", spot.text)
            return _as(spot, "unverified") if named and self.text.cites(spot)[1] == 2 else None
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
        return _as(spot, "unverified") if everywhere or self._claims(spot.block) else None

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
        return self._contradicted(
            spot,
            own,
            told,
            lambda cell: contains(cell, said) if inside else cell.casefold() == said,
        )

    def _beside(self, spot: Spot) -> list[Record]:
        """What goes by the names before and behind a value in its sentence."""
        named = (
            next((r for s in side if s.part == spot.part and (r := self._records(s))), [])
            for side in self.text.beside(spot)
        )
        return [record for records in named for record in records]

    def _about(self, spot: Spot) -> bool:
        return self.text.read[spot.start - 2 : spot.start].strip()[-1:] in APPROXIMATE

    def _operand(self, spot: Spot) -> bool:
        """Whether a number goes into a calculation that is written out."""
        before = self.text.read[max(0, spot.start - 3) : spot.start]
        after = self.text.read[spot.end : spot.end + 3]
        return bool(re.search(r"\d? [-+×*/÷] ?$", before) or re.match(r" [-+×*/÷] \d?", after))

    def _numbering(self, spot: Spot) -> bool:
        """Whether it only counts the rows of a table."""
        block = spot.block
        if block.form != "row" or spot.part or not spot.text.isdigit():
            return False
        above = self.text.blocks[block.number - 1]
        first = self.text.read[slice(*above.parts[0])].strip() if above.parts else ""
        return int(spot.text) == (int(first) + 1 if first.isdigit() else 1)

    def _told_of_another(self, spot: Spot, said: Sequence[Reading]) -> bool:
        """Whether anything else that its sentence names has a value."""
        start, end = spot.block.parts[spot.part]
        words = set(re.findall(r"[A-Za-z][\w.-]{2,60}", self.text.read[start:end][:LONGEST_TOLD]))
        return any(_held(spot, self._index.records(word.rstrip(".")), said) for word in words)

    def _said(self, spot: Spot) -> list[Reading]:
        """What a quantity says, also in the unit that stands over its column."""
        quantity, head = spot.quantity, spot.block.lead
        if quantity is None:
            return []
        over: list[Reading] = []
        if spot.block.form == "row" and head is not None and spot.part < len(head.parts):
            over = under(self.text.read[slice(*head.parts[spot.part])], quantity)
        return [*quantity.readings, *over]

    def _quantity(self, spot: Spot) -> Specific | None:
        said = self._said(spot)
        if self._tries <= 0:
            return None
        readings = [*said, *(spot.quantity.loose if spot.quantity else ())]
        own, name, follows = self._subject(spot)
        near, close = self.text.cites(spot)
        row = spot.block.form == "row"
        if specific := self._at_another_time(spot, own) or _held(spot, own, readings):
            return specific
        if any(
            r.dimension == v.dimension and same(r, v.value) for r in said for v in self._proposed
        ):
            return None
        right, how = equation(
            self.text.read[max(0, spot.start - 120) : spot.start], spot.text, said
        )
        if right is not None:
            return _as(spot, "computed" if right else "unverified", near, how)
        if how := self._count(spot, near, own) or self._calculation(spot, None):
            return _as(spot, "computed", near, how)
        if spans := {s.number for s in self._index.among(near) if s.spans(readings)}:
            return _as(spot, "computed", spans, f"{spot.text} between two times")
        if not own:
            # No object is named: it may be the one that the question is about.
            own, follows = [record for record in self._asked if record.source in near], True
            name = self._asked_name
        told = own if row or (close and follows) else []
        if not row and (specific := _held(spot, self._beside(spot), readings)):
            return specific
        if specific := _held(spot, own, readings):
            return specific
        if (
            specific := self._contradicted(spot, told, name, lambda cell: _is(cell, said))
        ) and not (not row and self._told_of_another(spot, said)):
            return specific
        if how := self._calculation(spot, own or self._asked):
            return _as(spot, "computed", near, how)
        held = self._index.holding(readings, spot.text)
        digits = spot.quantity.digits if spot.quantity else 0
        if not held and (follows := self._index.follows(said, digits, near)):
            return _as(spot, "computed", follows, f"{spot.text} from the values of a result")
        if not held and (self._about(spot) or self._operand(spot) or self._numbering(spot)):
            return None
        status: SpecificStatus = "verified" if held else "unverified"
        due = held or close == 2 or row or self._due(spot)
        return _as(spot, status, held & frozenset(near) or held) if due else None

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
        if not any(r.holds(said) for r, _ in points) or any(_is(text, said) for _, text in points):
            return None
        return _as(spot, "contradicted", [points[0][0].source], instead=points[0][1])

    def _calculation(self, spot: Spot, subject: Sequence[Record] | None) -> str:
        """How a value follows from others; from far ones only where a subject is given."""
        self._tries -= 1
        if self._tries < 0:
            return ""
        block, quantity = spot.block, spot.quantity
        free = self.text.cites(spot)[1] < 2
        row = block.form == "row"
        columns, beside, far = self.text.around(spot)
        inside = self.text.operands(block, block.start, block.end, spot)
        here = inside if row else self.text.operands(block, *block.parts[spot.part], spot)
        if row:
            inside = [operand for column in columns for operand in column]
            here = [*here, *inside] if len(block.parts) == 2 else here  # keys with their values
            if above := block.lead.lead if block.lead else None:
                inside += self.text.operands(above, above.start, above.end, spot)
        said, loose = [Reading(dimension="t", value=spot.seconds, place=0)], []
        if quantity is not None:
            said = self._said(spot)
            loose = [r for r in quantity.loose if r.dimension == "s"]
        elif free:
            last = {s.clocks[-1] for s in self._index.sources if s.clocks}
            inside = [*inside, *(Operand("t", at, f"{at} s") for at in last)]
            here = self.text.operands(block, *block.parts[spot.part], spot, words=True)
        values = [v for r in (subject or ())[:MOST_RECORDS] for v in r.values()[: 2 * MOST]]
        own = [Operand(v.dimension, v.value, f"{v.value:g}") for v in values if v.dimension != "?"]
        operands = Operands(
            runs=columns, beside=beside, here=here, block=inside, far=far if subject is not None else (), own=own,
            free=not row, supposed=free and not row, precise=bool(quantity and quantity.digits > 2),
        )  # fmt: skip
        return calculation(said, loose, spot.text, operands)

    def _count(self, spot: Spot, near: Sequence[int], own: Sequence[Record]) -> str:
        """A number of rows, lines or different values, where that is what it counts."""
        main = self._said(spot)[0]
        if main.dimension != "n" or main.value % 1:
            return ""
        spots_ = self.text.spots(spot.block)[: 2 * MOST]
        named = {s.text.casefold() for s in spots_ if s.kind != "quantity"}
        if word := re.match(r" ?([A-Za-z]{4,30})", self.text.read[spot.end : spot.end + 32]):
            named.add(word[1].casefold().removesuffix("s"))
        after = self.text.blocks[spot.block.number + 1 : spot.block.number + 2]
        named |= {line.strip() for b in after if b.form == "code" for line, _ in self._lines(b)}
        for source in self._index.among(near or {record.source for record in own}):
            groups: dict[tuple[int, int], list[Record]] = {}
            for record in source.records:
                groups.setdefault(record.group, []).append(record)
            for rows in groups.values():
                if how := _counted(int(main.value), rows, named):
                    return f"{how} in [{source.number}]"
        return ""

    def _time(self, spot: Spot) -> Specific | None:
        sources = self._index.sources
        early = 0 if spot.exact == 1 else -spot.exact / 2  # a minute may be rounded
        held = [
            s.number
            for s in sources
            if any(early <= t - spot.seconds < spot.exact for t in s.clocks)
        ]
        if held:
            return _as(spot, "verified", held)
        if how := self._calculation(spot, []):
            return _as(spot, "computed", self.text.cites(spot)[0], how)
        # A time that is round to five minutes says about when.
        close = self.text.cites(spot)[1] == 2
        exact = spot.block.form != "row" and spot.seconds % 300
        due = spot.exact == 1 or close or exact
        due = due and not self._about(spot) and (spot.exact == 1 or self._claims(spot.block))
        return _as(spot, "unverified") if due else None

    def _date(self, spot: Spot) -> Specific | None:
        said = {int(part) for part in re.findall(r"\d+", spot.text)}
        held = [
            s.number
            for s in self._index.sources
            if any(said <= date or date <= said for date in s.dates)
        ]
        due = held or self.text.cites_at_all(spot.block)
        return _as(spot, "verified" if held else "unverified", held) if due else None

    def _setting(self, spot: Spot) -> Specific | None:
        key, value = re.split(r" ?[=:] ?", spot.text, maxsplit=1)
        if specific := self._quote(spot):
            sets = [s.number for s in self._index.sources if s.sets(key, value)]
            if specific.status == "verified" or sets:
                return _as(spot, "verified", specific.evidence or sets)
            # A field that no result has is an API's; a label, variable or taint is this system's.
            return specific if "=" in spot.text or self._index.saying(key) else None
        return None

    def _quote(self, spot: Spot) -> Specific | None:
        if held := self._index.quoting(spot.text):
            return _as(spot, "verified", held)
        # Capitals alone are the keywords of a language: ACCESS EXCLUSIVE.
        keywords = re.fullmatch(r"[A-Z]{2,20}(?: [A-Z]{2,20}){1,2}", spot.text)
        proposed = bool(keywords) or folded(spot.text) in folded(self._given)
        return _as(spot, "unverified") if self.text.cites(spot)[1] == 2 and not proposed else None

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
                yield Judged(_as(spot, "verified", held), spot)
            elif output and len(line.split()) >= FEWEST_WORDS:
                yield Judged(_as(spot, "unverified"), spot, invented=any(held_))

    def _blockquote(self, block: Block) -> Iterator[Judged]:
        lines = (line.strip().removeprefix(">").strip() for line, _ in self._lines(block))
        text = " ".join(lines).strip()
        whole = self.text.text[block.start : block.end]
        spot = Spot(kind="quote", text=whole, start=block.start, block=block)
        named = replace(spot, text=text)
        if held := self._index.quoting(text):
            yield Judged(_as(named, "verified", held), spot)
        elif "`" not in text and "*" not in text and len(text.split()) >= FEWEST_WORDS:
            # With a citation in it, it may be a part of the answer in a box.
            own = bool(self.text.cited(block.start, block.end))
            inside = self.text.spots(block) if own else []
            told = [self._judged(s) for s in inside]
            boxed = all(j is not None and j.specific.status == "verified" for j in told)
            if not boxed or not any(self._records(s) for s in inside):
                yield Judged(_as(named, "unverified"), spot, invented=not own)

    def _lines(self, block: Block) -> Iterator[tuple[str, int]]:
        start = block.start
        for line in self.text.read[block.start : block.end].split("\n"):
            yield line, start
            start += len(line) + 1

    def _contradicted(
        self, spot: Spot, own: Sequence[Record], told: str, says: Callable[[str], bool]
    ) -> Specific | None:
        against = self._index.contradiction(own, told, says, rare=spot.block.form != "row")
        return _as(spot, "contradicted", [against[0]], instead=against[1]) if against else None


def _bare(number: str) -> list[Reading]:
    return [Reading(dimension="n", value=float(number), place=1)]


def _held(spot: Spot, own: Sequence[Record], said: Sequence[Reading]) -> Specific | None:
    """A quantity that its own object has."""
    held = {record.source for record in own[:MOST_RECORDS] if record.holds(said)}
    return _as(spot, "verified", held) if held else None


def _is(cell: str, said: Sequence[Reading]) -> bool:
    """Whether a cell is a quantity, up to one more behind it: "7 (3m59s ago)"."""
    found = list(printed(cell)) if len(cell) < LONGEST_VALUE else []
    values = [reading for quantity in found for reading in quantity.readings]
    alike = any(r.dimension == v.dimension and same(r, v.value) for r in said for v in values)
    return alike and len(found) <= 2


def _counted(number: int, rows: Sequence[Record], named: set[str]) -> str:
    """What of some rows there are so many of: all, those that hold a name, values of a field."""
    if number == len(rows) >= FEWEST_ROWS:
        return f"{number} rows"
    chosen = {"": list(rows)}
    for name in named:
        chosen[f" with {name}"] = hits = [row for row in rows if row.says(name)]
        if len(hits) == number:
            return f"{number} rows with {name}"
    for of, hits in chosen.items():
        columns: dict[str, list[str]] = {}
        for label, text in (cell for row in hits for cell in row.cells if cell[0]):
            columns.setdefault(label, []).append(text)
        for label, texts in columns.items():
            told = number >= TELLING or any(text.casefold() in named for text in texts)
            if told and len(set(texts)) == number:
                return f"{number} different {label}{of}"
            alike = Counter(texts).values() if number >= TELLING and not of else ()
            if number in alike or len(rows) - number in alike:
                return f"{number} rows by {label}"
    return ""


def _as(
    spot: Spot, status: SpecificStatus, held: Iterable[int] = (), how: str = "", instead: str = ""
) -> Specific:
    return Specific(
        text=spot.text, kind=spot.kind, status=status, evidence=tuple(sorted(set(held))),
        calculation=how, instead=instead,
    )  # fmt: skip
