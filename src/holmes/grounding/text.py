"""An answer as it is read: its blocks, what stands where, what is cited for it."""

from bisect import bisect_left
from collections.abc import Iterator

from holmes.core import markdown
from holmes.core.arithmetic import Operand
from holmes.core.markdown import CITATION, Block
from holmes.core.quantities import clocks, plain, written
from holmes.grounding.specifics import Spot, spots

MOST_SPOTS = 1000
"""Specifics that are judged; what is longer is no answer, and must not take longer."""
WINDOW = 10
NEAREST = 40
LONGEST_BLOCK = 20_000
BLOCKS_AROUND = 5
ROWS_AROUND = 60


class Text:
    """The blocks of an answer with their specifics, numbers and citations."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Plain characters, and citations blanked out.
        self.read = CITATION.sub(lambda match: " " * len(match[0]), plain(text))
        self.blocks = markdown.blocks(text)
        self.citations = list(CITATION.finditer(text))
        self._starts = [match.start() for match in self.citations]
        self._spots: dict[int, list[Spot]] = {}
        self._numbers: dict[tuple[int, bool], list[tuple[int, Operand]]] = {}
        left = MOST_SPOTS
        for block in self.blocks:
            found = spots(self.read, block, left) if block.form != "code" and left else []
            self._spots[block.number] = found
            left -= len(found)

    def spots(self, block: Block) -> list[Spot]:
        """The specifics of a block."""
        return self._spots[block.number]

    def beside(self, spot: Spot) -> tuple[list[Spot], list[Spot]]:
        """The specifics before one in its block, the nearest first, and those behind it."""
        own = self._spots[spot.block.number]
        at = bisect_left(own, spot.start, key=lambda one: one.start)
        before = own[max(0, at - WINDOW) : at]
        return before[::-1], [s for s in own[at : at + WINDOW] if s.start >= spot.end]

    def cited(self, start: int, end: int) -> list[int]:
        """The numbers that a part of the text cites."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        found = self.citations[first : min(last, first + NEAREST)]
        return [int(part) for match in found for part in match[2].split(",")]

    def cites(self, spot: Spot) -> tuple[list[int], int]:
        """What is cited for a specific, and how closely: 2 in its sentence, 1 around, 0 nowhere."""
        block = spot.block
        start, end = block.parts[spot.part]
        if after := self.cited(spot.end, end):
            return after, 2
        if (opening := self._opening(block, spot.start)) is not None:
            return self.cited(self._starts[opening], self._starts[opening] + 1), 2
        head = block.lead
        if block.form == "row" and head is not None and spot.part < len(head.parts):
            over = self.cited(*head.parts[spot.part])
        else:
            over = []
        if over:
            return over, 2
        if around := self.cited(end, block.end) or self.cited(block.start, start):
            return around, 1
        led = self.cited(head.start, head.end) if head is not None else []
        return led, int(bool(led))

    def citation_of(self, spot: Spot) -> int | None:
        """Which citation stands for a specific in its own sentence, or opens its block."""
        at = bisect_left(self._starts, spot.end)
        if at < len(self._starts) and self._starts[at] < spot.block.parts[spot.part][1]:
            return at
        return self._opening(spot.block, spot.start)

    def _opening(self, block: Block, end: int) -> int | None:
        """The citation that opens a block and covers all of it, as in "**Errors** [2]: …"."""
        at = bisect_left(self._starts, block.start)
        if at == len(self._starts) or self._starts[at] >= end:
            return None
        match = self.citations[at]
        before = self.text[block.start : match.start()][: NEAREST + 1]
        few = len(before) <= NEAREST and len(before.split()) <= 2
        return at if few or self.text[match.end() : match.end() + 1] == ":" else None

    def cites_at_all(self, block: Block) -> bool:
        """Whether a block cites, or what leads to it."""
        lead = block.lead
        return bool(
            self.cited(block.start, block.end) or (lead and self.cited(lead.start, lead.end))
        )

    def operands(
        self, block: Block, start: int, end: int, spot: Spot, *, words: bool = False
    ) -> list[Operand]:
        """The numbers and times in a part of a block, but for one specific."""
        key = (block.number, words)
        if key not in self._numbers:
            self._numbers[key] = sorted(self._operands(block, words=words), key=lambda one: one[0])
        found = self._numbers[key]
        at = bisect_left(
            found, max(start, block.parts[0][0] if block.parts else 0), key=lambda one: one[0]
        )
        middle = max(at, bisect_left(found, spot.start, key=lambda one: one[0]) - NEAREST)
        here = (one for one in found[middle : middle + 2 * NEAREST] if one[0] < end)
        return [o for p, o in here if not spot.start <= p < spot.end]

    def _operands(self, block: Block, *, words: bool) -> Iterator[tuple[int, Operand]]:
        text = self.read[block.start : min(block.end, block.start + LONGEST_BLOCK)]
        times = list(clocks(text))
        for first, last, seconds, _ in times:
            yield block.start + first, Operand("t", seconds, text[first:last])
        pieces, at = [], 0
        for first, last, *_ in times:
            pieces += [text[at:first], " " * (last - first)]
            at = last
        for q in written("".join([*pieces, text[at:]])):
            for r in (*q.readings, *(q.loose if words else ())):
                yield block.start + q.start, Operand(r.dimension, r.value, q.text)

    def around(self, spot: Spot) -> tuple[list[list[Operand]], list[Operand]]:
        """The columns near a place, and all that stands around it.

        For a cell the first are those of its own place in their rows.
        """
        block = spot.block
        columns: dict[tuple[int, int], list[Operand]] = {}
        beside: dict[tuple[int, int], list[Operand]] = {}
        far: list[Operand] = []
        seen = rows = 0
        last = block.number + ROWS_AROUND // 2
        for other in reversed(self.blocks[max(0, last - 2 * ROWS_AROUND) : last + 1]):
            if other.form == "row" and rows < ROWS_AROUND:
                rows += 1
                for part, place in enumerate(other.parts[:NEAREST]):
                    key = (other.lead.number if other.lead else -1, part)
                    cells = self.operands(other, *place, spot)
                    if block.form != "row" or part == spot.part:
                        columns.setdefault(key, [])[:0] = cells
                    else:
                        beside.setdefault(key, [])[:0] = cells
            elif other.form in {"prose", "quote", "head"} and other.start <= block.start:
                seen += 1
                far += self.operands(other, other.start, other.end, spot)
            if seen > BLOCKS_AROUND:
                break
        own, others = list(columns.values()), list(beside.values())
        return own, [*far, *(o for run in [*own, *others] for o in run)]
