"""What stands around a specific of an answer: the object it is told of, its claim, its unit."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from holmes.core.answer import Specific, SpecificStatus
from holmes.core.arithmetic import MOST, Operand, Operands, calculation
from holmes.core.markdown import Block
from holmes.core.quantities import Quantity, Reading, printed, same, under
from holmes.grounding.held import Given, contains
from holmes.grounding.index import Index
from holmes.grounding.sources import Record
from holmes.grounding.specifics import Spot
from holmes.grounding.text import Text
from holmes.grounding.totals import counted

APPROXIMATE = ("~", "≈")
LONGEST_TOLD = 2000
MOST_CALCULATIONS = 200
"""Numbers of an answer that are worked out; a longer list of them must not take longer."""
LONGEST_VALUE = 40
MOST_RECORDS = 40


class Reader:
    """Reads one text beside the results."""

    def __init__(self, index: Index, question: Given, text: str) -> None:
        self.text = Text(text)
        self._index = index
        self._tries = MOST_CALCULATIONS
        fences = (text[b.start : b.end] for b in self.text.blocks if b.form == "code")
        self._given = (question, Given("\n".join(fences)))
        asked = {word: records for word in question.words if (records := index.records(word))}
        self._asked_name, self._asked = next(iter(asked.items())) if len(asked) == 1 else ("", [])

    def _is_given(self, text: str) -> bool:
        """Whether a name stands in the question, or in what the answer proposes."""
        return any(contains(each.lower, text.casefold()) for each in self._given)

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

    def _said(self, spot: Spot) -> list[Reading]:
        """What a quantity says, also in the unit that stands over its column."""
        quantity, head = spot.quantity, spot.block.lead
        if quantity is None:
            return []
        over: list[Reading] = []
        if spot.block.form == "row" and head is not None and spot.part < len(head.parts):
            over = under(self.text.read[slice(*head.parts[spot.part])], quantity)
        return [*quantity.readings, *over]

    def _about(self, spot: Spot) -> bool:
        return self.text.read[spot.start - 2 : spot.start].strip()[-1:] in APPROXIMATE

    def _operand(self, spot: Spot) -> bool:
        """Whether a number goes into a calculation that is written out, or is a rate or factor."""
        before = self.text.read[max(0, spot.start - 3) : spot.start]
        after = self.text.read[spot.end : spot.end + 3]
        return bool(
            re.search(r"\d? [-+\u00d7*/÷] ?$", before)
            or re.match(r" [-+\u00d7*/÷] |\u00d7|/(?:s|min|h|d)\b", after)
        )

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
        return any(held_by(spot, self._index.records(word.rstrip(".")), said) for word in words)

    def _calculation(self, spot: Spot, *, distant: bool) -> str:
        """How a value follows from others, also from `distant` ones."""
        self._tries -= 1
        if self._tries < 0:
            return ""
        block, quantity = spot.block, spot.quantity
        free = self.text.cites(spot)[1] < 2
        row = block.form == "row"
        columns, far = self.text.around(spot)
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
        operands = Operands(
            runs=columns, here=here, block=inside, far=far if distant else (), free=not row,
            supposed=free and not row,
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
                if how := counted(int(main.value), rows, named):
                    return f"{how} in [{source.number}]"
        return ""

    def _contradicted(
        self, spot: Spot, own: Sequence[Record], told: str, says: Callable[[str], bool]
    ) -> Specific | None:
        against = self._index.contradiction(own, told, says, rare=spot.block.form != "row")
        return (
            status_of(spot, "contradicted", [against[0]], instead=against[1]) if against else None
        )

    def _lines(self, block: Block) -> Iterator[tuple[str, int]]:
        start = block.start
        for line in self.text.read[block.start : block.end].split("\n"):
            yield line, start
            start += len(line) + 1


def as_span(spot: Spot) -> Spot:
    """A time read as the minutes and seconds, or hours and minutes, that something took."""
    spans = tuple(Reading(dimension="s", value=spot.seconds / f, place=0) for f in (60, 1))
    return replace(
        spot, quantity=Quantity(start=spot.start, end=spot.end, text=spot.text, readings=spans)
    )


def held_by(spot: Spot, own: Sequence[Record], said: Sequence[Reading]) -> Specific | None:
    """A quantity that its own object has."""
    held = {record.source for record in own[:MOST_RECORDS] if record.holds(said)}
    return status_of(spot, "verified", held) if held else None


def status_of(
    spot: Spot, status: SpecificStatus, held: Iterable[int] = (), how: str = "", instead: str = ""
) -> Specific:
    """A specific of this status, with the results that hold or contradict it."""
    return Specific(
        text=spot.text, kind=spot.kind, status=status, evidence=tuple(sorted(set(held))),
        calculation=how, instead=instead,
    )  # fmt: skip


def one_of(cell: str, said: Sequence[Reading]) -> bool:
    """Whether a cell is a quantity, up to one more behind it: "7 (3m59s ago)"."""
    found = list(printed(cell)) if len(cell) < LONGEST_VALUE else []
    # A share is no bare number here: 10 pods are not another node's 10 %.
    values = [r for q in found for r in q.readings if r.dimension != "n" or q.text[-1] != "%"]
    alike = any(r.dimension == v.dimension and same(r, v.value) for r in said for v in values)
    return alike and len(found) <= 2
