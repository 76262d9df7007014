"""Numbers that follow from other numbers: sums, differences, ratios, shares, products."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from holmes.grounding.numbers import Reading, same

# How many operands are tried: more would find a calculation for anything.
MOST_NEAR = 24
MOST_OWN = 40
FEW_OWN = 12
LONGEST_SUM = 12
# A number may be written as a word ("three times", "six replicas"), in any language; hours have
# minutes, minutes seconds, days hours.
_SMALL = tuple(range(2, 13))
_CLOCK = (60, 3600, 24)
_NAMES = {"n": "", "b": " bytes", "s": " s", "%": " %"}


@dataclass(frozen=True, slots=True)
class Operand:
    """A value that may go into a calculation, and how it is written."""

    dimension: str
    value: float
    text: str


def calculation(
    said: Sequence[Reading],
    runs: Sequence[Sequence[Operand]],
    own: Sequence[Operand],
    *,
    supposed: bool,
) -> str:
    """How a quantity follows from operands, or "".

    runs      what stands beside it in the answer: a paragraph, the column of a table
    own       what the evidence has for the objects that are named there
    supposed  whether nothing is cited for it: "six replicas" may then be a factor
    """
    few = _distinct(own)
    near = _distinct(one for run in runs for one in run[-MOST_NEAR:])[-MOST_NEAR:]
    for reading in said:
        for value, how in _results(reading.dimension, runs, near, few, supposed=supposed):
            if same(reading, value):
                return f"{how} = {_shown(reading)}"
    return ""


def _results(
    dimension: str,
    runs: Sequence[Sequence[Operand]],
    near: Sequence[Operand],
    own: Sequence[Operand],
    *,
    supposed: bool,
) -> Iterator[tuple[float, str]]:
    for run in runs:
        yield from _sums([one for one in run if one.dimension == dimension][:MOST_NEAR])
    pairs = list(combinations(near, 2))
    if len(own) <= MOST_OWN:
        pairs += [(a, b) for a in near for b in own]
    if len(own) <= FEW_OWN or dimension == "%":
        pairs += list(combinations(own[:MOST_OWN], 2))
    for first, second in pairs:
        yield from _of_two(dimension, first, second)
    for one in [*near, *own[:MOST_OWN]]:
        yield from _of_one(dimension, one, supposed=supposed)


def _sums(run: Sequence[Operand]) -> Iterator[tuple[float, str]]:
    """Neighbours added up, and their mean."""
    for start in range(len(run)):
        total = run[start].value
        for end in range(start + 1, min(len(run), start + LONGEST_SUM)):
            total += run[end].value
            terms = " + ".join(one.text for one in run[start : end + 1])
            yield total, terms
            count = end + 1 - start
            yield total / count, f"({terms}) / {count}"


def _of_two(dimension: str, first: Operand, second: Operand) -> Iterator[tuple[float, str]]:
    for a, b in ((first, second), (second, first)):
        if a.dimension == b.dimension:
            if a.dimension == dimension:
                if a is first:
                    yield a.value + b.value, f"{a.text} + {b.text}"
                yield a.value - b.value, f"{a.text} - {b.text}"
            if b.value and dimension == "%":
                yield 100 * a.value / b.value, f"{a.text} / {b.text}"
                yield 100 - 100 * a.value / b.value, f"100 % - {a.text} / {b.text}"
                yield 100 * a.value / b.value - 100, f"{a.text} / {b.text} - 100 %"
            if b.value and dimension == "n":
                yield a.value / b.value, f"{a.text} / {b.text}"
        if b.dimension == "n" and a.dimension == dimension:
            if a is first or a.dimension != "n":
                yield a.value * b.value, f"{a.text} × {b.text}"
            if b.value:
                yield a.value / b.value, f"{a.text} / {b.text}"
        if b.dimension == "%" and a.dimension == dimension != "%":
            yield a.value * b.value / 100, f"{b.text} of {a.text}"


def _of_one(
    dimension: str, one: Operand, *, supposed: bool
) -> Iterator[tuple[float, str]]:
    if one.dimension == dimension:
        for factor in _CLOCK if dimension == "n" else _SMALL if supposed else ():
            yield one.value * factor, f"{factor} × {one.text}"
            yield one.value / factor, f"{one.text} / {factor}"
        if dimension == "%":
            yield 100 - one.value, f"100 % - {one.text}"
    if dimension == "n" and one.dimension in {"n", "s"} and one.value:
        for span in _CLOCK:
            yield span / one.value, f"{span} / {one.text}"


def _distinct(operands: Iterable[Operand]) -> list[Operand]:
    return list({(one.dimension, one.value): one for one in operands}.values())


def _shown(reading: Reading) -> str:
    return f"{reading.value:.12g}{_NAMES[reading.dimension]}"
