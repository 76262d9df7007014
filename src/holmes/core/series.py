"""What happened to a time series: its levels, when it went from one to another, gaps, a picture.

A change is a run of values that stays away from the rest: a CUSUM of how many times the noise each
value lies from the median, which short runs at either end and between two others pass as well, and
which a few outliers do not. Noise is told from neighbouring differences, which a change of level
leaves alone. Library code for this (ruptures, …) brings numpy and scipy, 100 MB for a few lines.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from holmes.core.tool_output import Series

# By how much a value has to be off to count, what one value may add at most, and what is enough:
# three values in a row, or many at a little over the allowance. Found in 105 values: a step of four
# times the noise 9 of 10 times once it is ten values old, of six times it after four. Found where
# there is none: in 0 of 400 series of white noise, in 2 where each value is 0.6 of the last plus
# noise (2026-11-30, on random series; tests/core/test_series.py holds it to that on others).
_ALLOWANCE = 1.5
_MOST_OF_ONE = 6.0
_ENOUGH = 12.0
_APART = 3.0
_SHORTEST = 3
_ON_THE_WAY = 0.1
_MOST_CHANGES = 6
_MAD = 1.4826  # from the median deviation to the standard deviation of normal noise
_MEAN = 1.2533  # from the mean deviation
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A series went from one level to another; the levels are medians.

    index  the place of the first value that is off the old level
    """

    index: int
    at: float
    before: float
    after: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """One series in a few numbers; `gaps` are from when to when it has no values."""

    first: float
    last: float
    least: tuple[float, float]
    most: tuple[float, float]
    changes: tuple[Change, ...]
    gaps: tuple[tuple[float, float], ...]

    @property
    def flat(self) -> bool:
        """Whether it has the same value all the time."""
        return self.least[1] == self.most[1]


def happened(series: Series, step: float = 0.0) -> Happened | None:
    """What happened to a series; None where it has no value. A gap is more than 1.5 steps long."""
    points = [(at, value) for at, value in series.points if value is not None]
    points = [(at, value) for at, value in points if math.isfinite(value)]
    if not points:
        return None
    gaps = [
        (one[0], two[0]) for one, two in pairwise(points) if step and two[0] - one[0] > 1.5 * step
    ]
    return Happened(
        first=points[0][1],
        last=points[-1][1],
        least=min(points, key=lambda point: point[1]),
        most=max(points, key=lambda point: point[1]),
        changes=changes(points),
        gaps=tuple(gaps),
    )


def changes(points: Sequence[tuple[float, float]]) -> tuple[Change, ...]:
    """When the values went to another level, and from which to which, in the order of time."""
    values = [value for _, value in points]
    cuts = sorted(set(_cuts(values, 0, len(values))))
    edges = [0, *cuts, len(values)]
    found = []
    for begin, cut, end in zip(edges, edges[1:], edges[2:], strict=False):
        old, new = values[begin:cut], values[cut:end]
        before, after = median(old), median(new)
        if before == after:
            continue
        first = _onset(values, begin, cut, before, after)
        found.append(Change(index=first, at=points[first][0], before=before, after=after))
    largest = sorted(found, key=lambda change: -abs(change.after - change.before))[:_MOST_CHANGES]
    return tuple(change for change in found if change in largest)


def noise(values: Sequence[float]) -> float:
    """By how much values vary from one to the next, as a standard deviation; never 0.

    Where most do not vary (whole numbers, points closer than what was measured), the steps that
    there are count by their share.
    """
    steps = [abs(b - a) for a, b in pairwise(values)]
    level = max(abs(values[0]), abs(values[-1])) if values else 0.0
    least = max(1e-12, 1e-3 * level)  # of what rests, whatever is seen would be infinitely much
    moves = [step for step in steps if step]
    if not moves:
        return least
    usual = median(steps) or median(moves) * math.sqrt(len(moves) / len(steps))
    return max(_MAD * usual / math.sqrt(2), least)


def _cuts(values: Sequence[float], begin: int, end: int, depth: int = 3) -> Iterator[int]:
    """The places where values[begin:end] changes its level."""
    part = values[begin:end]
    if len(part) < 2 * _SHORTEST or not depth:
        return
    _, first, last = _furthest_run(part, median(part), noise(part))
    outside = [*part[:first], *part[last:]]
    if last - first < _SHORTEST or len(outside) < _SHORTEST:
        return
    # Averages over a window, and small whole numbers, differ little from one to the next and
    # wander all the same: once the rest is known, how wide that is counts.
    middle = median(outside)
    wide = _MEAN * sum(abs(value - middle) for value in outside) / len(outside)
    score, first, last = _furthest_run(part, middle, max(noise(part), wide))
    if score < _ENOUGH or last - first < _SHORTEST or not _apart(part, first, last):
        return
    cuts = [begin + cut for cut in (first, last) if _SHORTEST <= cut <= len(part) - _SHORTEST]
    yield from cuts
    if cuts:
        for left, right in zip([begin, *cuts], [*cuts, end], strict=True):
            yield from _cuts(values, left, right, depth - 1)


def _furthest_run(values: Sequence[float], middle: float, rough: float) -> tuple[float, int, int]:
    """The run that is furthest from the middle, above or below, by that noise."""
    off = [(value - middle) / rough for value in values]
    return max(_run(off), _run([-each for each in off]))


def _run(off: Sequence[float]) -> tuple[float, int, int]:
    """The run whose values together are most above the allowance: how much, from, to."""
    best, total, start = (0.0, 0, 0), 0.0, 0
    for index, value in enumerate(off):
        total += min(value, _MOST_OF_ONE) - _ALLOWANCE
        if total <= 0:
            total, start = 0.0, index + 1
        elif total > best[0]:
            best = (total, start, index + 1)
    return best


def _apart(part: Sequence[float], first: int, last: int) -> bool:
    """Whether a run and the rest are further apart than wide: halves of a slope are not."""
    inside, outside = part[first:last], [*part[:first], *part[last:]]
    if len(outside) < _SHORTEST:
        return False
    here, there = median(inside), median(outside)
    spread = median([*(abs(v - here) for v in inside), *(abs(v - there) for v in outside)])
    return abs(here - there) >= _APART * max(noise(part), _MAD * spread)


def _onset(values: Sequence[float], begin: int, cut: int, before: float, after: float) -> int:
    """The first of the values before a cut that are on the way from one level to the other."""
    first = cut
    while (
        first > begin + _SHORTEST and (values[first - 1] - before) / (after - before) > _ON_THE_WAY
    ):
        first -= 1
    return first


def sparkline(values: Sequence[float | None], width: int = 24) -> str:
    """A picture of values in one line of at most `width` characters; a gap is a blank."""
    size = max(1, math.ceil(len(values) / width))
    parts = [values[at : at + size] for at in range(0, len(values), size)]
    means = [
        sum(known) / len(known) if (known := [v for v in part if v is not None]) else None
        for part in parts
    ]
    there = [mean for mean in means if mean is not None]
    if not there:
        return ""
    least, most = min(there), max(there)
    # What varies by less than a tenth of itself is drawn as what hardly varies.
    scale = (len(_BARS) - 1) / (max(most - least, 0.1 * max(abs(least), abs(most))) or 1.0)
    return "".join(" " if mean is None else _BARS[round((mean - least) * scale)] for mean in means)
