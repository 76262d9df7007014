"""Numbers that follow from other numbers: sums, differences, ratios, shares, products."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias

from holmes.core.quantities import Reading, numbers_of, same, written

# How many operands are tried: more would find a calculation for anything.
MOST = 60
HERE = 24
FEW = 12
LONGEST_SUM = 12
# A number may be written as a word ("three times", "six replicas"), in any language; hours have
# minutes, minutes seconds, days hours.
_SMALL = tuple(range(2, 13))
_FEW = tuple(range(2, 7))
_CLOCK = (60, 3600, 24)
_NAMES = {"n": "", "b": " bytes", "s": " s", "%": " %"}


@dataclass(frozen=True, slots=True)
class Operand:
    """A value that may go into a calculation and how it is written."""

    dimension: str
    value: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Operands:
    """What a quantity can be worked out from, by how near it stands.

    runs   the columns of tables nearby
    here   its sentence or row
    block  the rest of its block
    far    what stands before that
    free   whether a factor may be told by a word ("six replicas")
    supposed  whether nothing is cited: another value may be worked out from this one
    """

    runs: Sequence[Sequence[Operand]]
    here: Sequence[Operand]
    block: Sequence[Operand]
    far: Sequence[Operand] = ()
    free: bool = True
    supposed: bool = False


Result: TypeAlias = tuple[float, str, Sequence[Operand]]


def calculation(
    said: Sequence[Reading], loose: Sequence[Reading], text: str, operands: Operands
) -> str:
    """How a quantity follows from operands, or ""; spans alone may be told in words (`loose`)."""
    for one in [*operands.block, *operands.far]:
        # The same in another unit.
        if _unit(one.text) != _unit(text) and any(_is(reading, one) for reading in said):
            return f"{one.text} = {text}"
    spans = list(_spans(operands)) if loose else []
    for reading in [*said, *loose]:
        results = _results(reading.dimension, operands) if reading in said else spans
        for value, how, used in results:
            # What is as good as one of its operands is a copy, and follows from nothing.
            if same(
                reading, value, exact=not (operands.supposed or reading.dimension == "%")
            ) and not any(_is(reading, one) for one in used):
                return f"{how} = {text}"
    return ""


def _spans(operands: Operands) -> Iterator[Result]:
    for run in [*operands.runs, [*operands.here, *operands.block]]:
        clocks = _distinct(one for one in run if one.dimension == "t")[:MOST]
        for first, second in combinations(clocks, 2):
            span = abs(first.value - second.value)
            yield span, f"{second.text} - {first.text}", (first, second)


def _is(reading: Reading, one: Operand) -> bool:
    return one.dimension == reading.dimension and same(reading, one.value)


def _unit(text: str) -> str:
    return text.lstrip("0123456789., ")


def _results(dimension: str, operands: Operands) -> Iterator[Result]:
    here, block = _distinct(operands.here)[:HERE], _distinct(operands.block)[:MOST]
    far = _distinct(operands.far)[:MOST]
    if dimension not in "t%":
        yield from _sums([one for one in operands.here if one.dimension == dimension][:HERE])
        yield from _totals(
            [one for one in run if one.dimension == dimension] for run in operands.runs
        )
    if dimension == "s":
        yield from _spans(operands)
    pairs = [(a, b, 2) for a, b in combinations(here, 2)]
    pairs += [(a, b, 1) for a, b in product(here, block)]
    pairs += [(a, b, 0) for a, b in product(here, far)]
    if dimension == "%":
        pairs += [(a, b, 0) for r in operands.runs for a, b in combinations(_distinct(r)[:FEW], 2)]
    if dimension in "bs":
        pairs += [(a, b, 0) for a, b in combinations(block[:FEW], 2) if a.value % 1]
    for first, second, near in pairs:
        if first != second:
            for value, how in _of_two(dimension, first, second, near):
                yield value, how, (first, second)
    yield from _multiples(dimension, operands, here, block)


def _multiples(
    dimension: str,
    operands: Operands,
    here: list[Operand],
    block: list[Operand],
) -> Iterator[Result]:
    """What one value gives with a factor that a word may tell."""
    near = [*here, *(block if operands.supposed else ())] if operands.free else []
    if dimension in "bn":
        # So many pods of one size.
        several = [one for one in [*block, *operands.far] if one.dimension == dimension]
        several = [one for one in several if dimension == "b" or _unit(one.text) == "m"]
        for one, factor in product(several, _FEW):
            yield one.value * factor, f"{factor} x {one.text}", (one,)
    for one in near:
        for value, how in _of_one(dimension, one):
            yield value, how, (one,)


def _totals(columns: Iterable[Sequence[Operand]]) -> Iterator[Result]:
    """Sums and means of whole columns, and of those without their last row, which may be these."""
    for column in columns:
        for terms in (column, column[:-1]):
            if len(terms) > 1:
                total, how = sum(one.value for one in terms), " + ".join(one.text for one in terms)
                yield total, how, ()
                yield total / len(terms), f"({how}) / {len(terms)}", ()


def _sums(run: Sequence[Operand]) -> Iterator[Result]:
    """Neighbours added up, and their mean."""
    for start in range(len(run)):
        total = run[start].value
        for end in range(start + 1, min(len(run), start + LONGEST_SUM)):
            if _unit(run[end].text) != _unit(run[start].text):
                break
            total += run[end].value
            terms = run[start : end + 1]
            how = " + ".join(one.text for one in terms)
            yield total, how, terms
            if _unit(terms[0].text):
                yield total / len(terms), f"({how}) / {len(terms)}", terms


def _of_two(
    dimension: str, first: Operand, second: Operand, near: int
) -> Iterator[tuple[float, str]]:
    """What two values give; small numbers are everywhere, so they must stand close by (`near`)."""
    for a, b in ((first, second), (second, first)):
        kinds = a.dimension + b.dimension
        alike = near == 2 or dimension == "t" or _unit(a.text) == _unit(b.text)
        if alike and kinds == ("ts" if dimension == "t" else dimension * 2):
            yield a.value - b.value, f"{a.text} - {b.text}"
            if near == 2 or a.value % 1 or dimension == "t":
                yield a.value + b.value, f"{a.text} + {b.text}"
        if dimension in "n%" and "t" not in kinds and b.value:
            yield from _ratios(dimension, a, b, near)
        if near == 2 and a.dimension == "%" and b.dimension == dimension in "nb":
            yield a.value * b.value / 100, f"{a.text} of {b.text}"
        close = near == 2 or (near == 1 and dimension != "n")
        if close and b.dimension == "n" and a.dimension == dimension != "%":
            yield a.value * b.value, f"{a.text} x {b.text}"
            if b.value:
                yield a.value / b.value, f"{a.text} / {b.text}"


def _ratios(dimension: str, a: Operand, b: Operand, near: int) -> Iterator[tuple[float, str]]:
    share, how = a.value / b.value, f"{a.text} / {b.text}"
    if dimension == "%" and a.dimension == b.dimension and (near == 2 or b.dimension != "%"):
        yield 100 * share, how
        yield 100 - 100 * share, f"100 % - {how}"
        yield 100 * share - 100, f"{how} - 100 %"
    elif a.dimension == b.dimension:
        if near == 2 or (a.dimension != "n" and (near == 1 or (not near and not share % 1))):
            yield share, how
    elif near == 2 and dimension == "%" and "n" in {a.dimension, b.dimension}:
        # "38 GiB, i.e. 9.5 % of the 400": the unit stands once.
        first, second = (numbers_of(one.text)[0][0] for one in (a, b))
        if second and "%" not in a.dimension + b.dimension:
            yield 100 * first / second, how


_TERM = r"\d[\d.,]{0,20}(?: ?(?:[kKMGTP]i?[bB]?|[nuµm]?s|min|[mhdB%])(?![A-Za-z_]))?"
_OPERATOR = r" ?[-+\u2013*\u00d7x·/÷] ?"
_COUNTED = r"(?: [^\W\d_]{1,20})?"
_EQUATION = re.compile(
    rf"({_TERM}{_COUNTED}(?:{_OPERATOR}{_TERM}{_COUNTED}){{1,12}}) ?[=≈] ?[~*`]{{0,3}}$"
)


def equation(before: str, result: str, said: Sequence[Reading]) -> tuple[bool | None, str]:
    """Whether a calculation that is written out gives its result, and how; None where none is."""
    match = _EQUATION.search(before)
    if match is None or re.match(r"[\w.,/:]", before[match.start() - 1 : match.start()] or " "):
        return None, ""
    how = f"{match[1].strip()} = {result}"
    terms = [next(iter(written(term)), None) for term in re.findall(_TERM, match[1])]
    operators = [op.strip()[-1:] for op in re.split(_TERM, match[1])[1:-1]]
    known = [term for term in terms if term is not None]
    if len(known) != len(terms):
        return None, ""
    raw = [Reading(dimension="", value=v, place=p) for v, p in numbers_of(result)]
    plain = [numbers_of(term.text)[0][0] for term in known]
    values = [_evaluated(plain, operators)]
    for reading in said:
        scaled = [
            next((r.value for r in term.readings if r.dimension == reading.dimension), number)
            for term, number in zip(known, plain, strict=True)
        ]
        values.append(_evaluated(scaled, operators))
        values.append(100 * values[0])
    return any(same(r, value) for r in [*said, *raw] for value in values), how


def _evaluated(values: Sequence[float], operators: Sequence[str]) -> float:
    """What terms give, products first."""
    total, term, sign = 0.0, values[0], 1.0
    for operator, value in zip(operators, values[1:], strict=True):
        if operator in "-\u2013+":
            total += sign * term
            term, sign = value, 1.0 if operator == "+" else -1.0
        elif operator in "/÷":
            term = term / value if value else float("nan")
        else:
            term *= value
    return total + sign * term


def _of_one(dimension: str, one: Operand) -> Iterator[tuple[float, str]]:
    if one.dimension == dimension:
        for factor in _CLOCK if dimension == "n" and not _unit(one.text) else _SMALL:
            yield one.value * factor, f"{factor} x {one.text}"
        if dimension == "%":
            yield 100 - one.value, f"100 % - {one.text}"
    if dimension == "n" and one.dimension in {"n", "s"} and one.value:
        for span in _CLOCK:
            yield span / one.value, f"{span} / {one.text}"


def _distinct(operands: Iterable[Operand]) -> list[Operand]:
    return list({(one.dimension, one.value): one for one in operands}.values())
