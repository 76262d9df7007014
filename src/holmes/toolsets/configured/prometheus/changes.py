"""Metric triage: which series about a namespace or workload changed most around a time.

No model is needed. Every metric of the place is asked for once, by workload; a series that changed
then is weighed by what it measures and by how much it changed. What looks the same at that hour
yesterday or a week ago, or in the hour before, is no news.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import anyio

from holmes.core.series import Change, changes
from holmes.core.tool_output import Series
from holmes.tools.function_tool import ToolFailure
from holmes.toolsets.configured.prometheus.api import Api
from holmes.toolsets.configured.prometheus.place import Place
from holmes.toolsets.configured.prometheus.signals import (
    ERRORS,
    EXPIRY,
    FULL,
    GAUGE,
    RATE,
    STATUS_LABELS,
    Kind,
    Probe,
    counter_kind,
    is_error,
)
from holmes.toolsets.configured.prometheus.times import Range

BEFORE_SECONDS = 75 * 60.0
"""What counts as before; an hour, and what an alert comes late."""

AFTER_SECONDS = 30 * 60.0
STEP_SECONDS = 60.0
WIDE_STEP_SECONDS = 120.0
"""Where all namespaces are looked at: half the work for the server, and times to two minutes."""

EARLY_SECONDS = 35 * 60.0
"""An alert comes so much after the beginning at most: a leak or a full disk takes its time."""

LATE_SECONDS = 15 * 60.0
ALARM = 0.15
"""What a change has to weigh to be shown.

This and the figures below were chosen on six incidents of tests/configured/prometheus/incidents.py,
three rules on its seeds 101 to 103 (nearness, nodes that do harm, days compared by doublings); they
hold on the other six and on seeds 104 to 107.
"""

_SUBJECTS = (
    "workload", "deployment", "statefulset", "persistentvolumeclaim", "queue", "name", "job",
)  # fmt: skip
_PARALLEL = 8
_TAKING = 1.6
_BESIDE = 0.75  # of its weight, beside the workload that was named
_FOLLOWS_SECONDS = 3 * 60.0
_NEAR_SECONDS = 10 * 60.0
_FARTHEST = 0.6
_RUN = 5  # values in a row, of which the median is a level that a few outliers do not make
_STAIR = 0.1  # of all that follows: a slope is a stair of changes, which begins with the first
_SAME = 0.5  # of the change: as much an hour, a day or a week before is the usual
_LEAST_DOUBLINGS = 0.6  # half as much again
_DAY = 86_400.0
_USUAL = (_DAY, 7 * _DAY)
_EXPIRES = ((86_400.0, 1.0), (3 * 86_400.0, 0.7), (7 * 86_400.0, 0.4))


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """One series that changed, and what that weighs."""

    kind: Kind
    probe: Probe
    series: Series
    at: float
    before: float
    after: float
    weight: float

    @property
    def name(self) -> str:
        """What changed: the kind, or the metric where that says no more than that it is one."""
        metrics = self.probe.metrics
        if self.kind is FULL:
            return f"{metrics[0]} / {metrics[1]}"
        return metrics[0] if self.kind in {GAUGE, RATE} else self.kind.name

    @property
    def subject(self) -> str:
        """Whose it is, in the words of its labels."""
        labels = self.series.labels
        if self.probe.role == "node":
            return labels.get("node") or labels.get("instance", "")
        return next((labels[each] for each in _SUBJECTS if labels.get(each)), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Triage:
    """What was looked at, what changed (heaviest first), and what is as usual.

    around  what changed on the nodes alone: where nothing of the place's own did, it has no effect
    """

    over: Range
    changed: tuple[Changed, ...]
    around: tuple[Changed, ...]
    usual: tuple[Changed, ...]
    series: int
    metrics: int
    failed: tuple[str, ...]


async def triage(api: Api, place: Place, start: float, now: float) -> Triage:
    """Look at all metrics of a place around `start`."""
    end = min(now, start + AFTER_SECONDS)
    step = STEP_SECONDS if place.namespace or place.workload else WIDE_STEP_SECONDS
    over = Range(start=start - BEFORE_SECONDS, end=end, step=step)
    asked = await _asked(api, place.probes, over)
    found: list[Changed] = []
    count = 0
    for probe, result in asked.found:
        count += len(result)
        for kind, series in _signals(probe, result):
            if (changed := _changed(kind, probe, series, start)) is not None:
                found.append(changed)
    found = _merged(found)
    news, usual = await _news(api, found, over)
    ranked = tuple(_ranked(news, place))
    suffers = any(each.probe.role == "own" for each in ranked)
    return Triage(
        over=over,
        changed=ranked if suffers else (),
        around=() if suffers else ranked,
        usual=tuple(_ranked(usual, place)),
        series=count,
        metrics=len({name for probe in place.probes for name in probe.metrics}),
        failed=tuple(asked.failed),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answers:
    found: list[tuple[Probe, list[Series]]]
    failed: list[str]


async def _asked(api: Api, probes: Iterable[Probe], over: Range) -> _Answers:
    """Each probe with its series, a few at once; one that fails costs no other."""
    limiter = anyio.CapacityLimiter(_PARALLEL)
    answers = _Answers(found=[], failed=[])

    async def one(probe: Probe) -> None:
        async with limiter:
            try:
                answers.found.append((probe, await api.range(probe.query, over)))
            except ToolFailure as failure:
                answers.failed.append(f"{probe.metrics[0]}: {failure.message}")

    async with anyio.create_task_group() as group:
        for probe in probes:
            group.start_soon(one, probe)
    # In the order of the probes, so that no result varies with which answer came first.
    order = {probe.query: place for place, probe in enumerate(probes)}
    answers.found.sort(key=lambda pair: order[pair[0].query])
    return answers


def _signals(probe: Probe, result: Sequence[Series]) -> Iterable[tuple[Kind, Series]]:
    """What the series of a probe show: of requests their number and the share that failed."""
    if not probe.coded:
        for series in result:
            yield _as_counter(probe, series) if probe.kind is GAUGE else (probe.kind, series)
        return
    groups: dict[tuple[tuple[str, str], ...], list[Series]] = {}
    for series in result:
        rest = {k: v for k, v in series.labels.items() if k not in STATUS_LABELS}
        groups.setdefault(tuple(sorted(rest.items())), []).append(series)
    for labels, members in groups.items():
        total: dict[float, float] = {}
        failed: dict[float, float] = {}
        coded = False
        for series in members:
            statuses = [series.labels[each] for each in STATUS_LABELS if each in series.labels]
            coded = coded or bool(statuses)
            bad = any(map(is_error, statuses))
            for at, value in series.points:
                total[at] = total.get(at, 0.0) + (value or 0.0)
                failed[at] = failed.get(at, 0.0) + (value or 0.0) * bad
        points = tuple(sorted(total.items()))
        yield probe.kind, Series(labels=dict(labels), points=points)
        if coded:
            share = tuple((at, failed[at] / n if n else None) for at, n in points)
            yield ERRORS, Series(labels=dict(labels), points=share)


def _as_counter(probe: Probe, series: Series) -> tuple[Kind, Series]:
    """A gauge that never falls and mostly grows is a counter that is not named as one."""
    points = _known(series)
    steps = [(at, b - a, at - was) for (was, a), (at, b) in pairwise(points)]
    falls = sum(step < 0 for _, step, _ in steps)
    grows = sum(step > 0 for _, step, _ in steps)
    if not steps or falls > len(steps) // 30 or 3 * grows < len(steps):
        return probe.kind, series
    rates = tuple((at, max(0.0, step) / width) for at, step, width in steps)
    return counter_kind(probe.metrics[0]), replace(series, points=rates)


def _known(series: Series) -> list[tuple[float, float]]:
    return [(at, value) for at, value in series.points if value is not None]


def _changed(kind: Kind, probe: Probe, series: Series, start: float) -> Changed | None:
    """The heaviest change of a series around the start; None where there is none that counts."""
    points = _known(series)
    if not points:
        return None
    if kind is EXPIRY:
        return _expiring(probe, series, points, start)
    values = [value for _, value in points]
    # Most series of a healthy cluster are told apart from a change by their levels alone.
    levels = [median(values[at : at + _RUN]) for at in range(0, len(values), _RUN)]
    least, most = min(levels), max(levels)
    if max(_weight(kind, least, most), _weight(kind, most, least)) < ALARM / 2:
        return None
    best: Changed | None = None
    for change in changes(points):
        if not -EARLY_SECONDS <= change.at - start <= LATE_SECONDS:
            continue
        made = _weighed(kind, probe, series, points, change, start)
        if made is not None and (best is None or made.weight > best.weight):
            best = made
    return best


def _weighed(
    kind: Kind, probe: Probe, series: Series, points: Sequence[tuple[float, float]],
    change: Change, start: float,
) -> Changed | None:  # fmt: skip
    """A change with its weight; None where it does not last, or was there in the hour before."""
    earlier = [value for _, value in points[: change.index]]
    later = [value for _, value in points[change.index :]]
    if len(later) < _RUN or len(earlier) < _RUN:
        return None
    up = change.after > change.before
    after = _extreme(later, up=up)
    if abs(change.after - change.before) < _STAIR * abs(after - change.before):
        return None  # what follows is so much more that it is not of this change
    there = _extreme(earlier, up=up)
    if abs(there - change.before) >= _SAME * abs(after - change.before):
        return None
    weight = _weight(kind, change.before, after) * _nearness(change.at - start)
    return Changed(
        kind=kind, probe=probe, series=series, at=change.at, before=change.before, after=after,
        weight=weight,
    ) if weight >= ALARM / 2 else None  # fmt: skip


def _nearness(offset: float) -> float:
    """How much of its weight a change keeps that far before (-) or after the start."""
    if offset > _FOLLOWS_SECONDS:
        return _FARTHEST  # what begins after the start did not cause it
    farther = max(0.0, -offset - _NEAR_SECONDS) / (EARLY_SECONDS - _NEAR_SECONDS)
    return 1 - (1 - _FARTHEST) * farther


def _extreme(values: Sequence[float], *, up: bool) -> float:
    """The highest or lowest level: of medians of a few values in a row."""
    levels = [median(values[at : at + _RUN]) for at in range(max(1, len(values) - _RUN + 1))]
    return max(levels) if up else min(levels)


def _weight(kind: Kind, before: float, after: float) -> float:
    """What a change weighs, up to the weight of its kind; 0 where it is none, or for the better."""
    size = _size(kind, before, after)
    if kind.level:
        size *= 0.4 + 0.6 * min(1.0, max(0.0, (after - 0.6) / 0.35))
    return kind.weight * min(1.0, size)


def _size(kind: Kind, before: float, after: float) -> float:
    """How large a change is, 1 and more for one that counts whole."""
    if kind.bad != "either" and (after > before) != (kind.bad == "up"):
        return 0.0
    if kind.share or kind.bad == "down":
        moved = abs(after - before)
        if kind.bad == "down":  # the part of it that is lost
            moved /= max(abs(before), 1.0)
        return moved / kind.full if moved >= kind.least else 0.0
    least = max(kind.least, 0.01 * abs(before))
    if kind is GAUGE:  # of unknown unit: only its own level says what is little
        least = 0.1 * abs(before) or 1.0
    doublings = abs(math.log2((abs(after) + least) / (abs(before) + least)))
    return doublings / kind.full if doublings >= _LEAST_DOUBLINGS else 0.0


def _expiring(
    probe: Probe, series: Series, points: Sequence[tuple[float, float]], start: float
) -> Changed | None:
    """Something that is over soon, which no change tells: a time, or the seconds until it."""
    at, value = points[-1]
    left = value - start if value > 1e9 else value
    share = next((share for limit, share in _EXPIRES if left < limit), 0.0)
    if not share or value <= 0:
        return None
    return Changed(
        kind=EXPIRY, probe=probe, series=series, at=at, before=left, after=left,
        weight=EXPIRY.weight * share,
    )  # fmt: skip


def _merged(found: Iterable[Changed]) -> list[Changed]:
    """The heaviest of each kind and subject: two metrics that measure the same are one line."""
    best: dict[tuple[str, str, str], Changed] = {}
    for each in found:
        labels = each.series.labels
        plain = each.kind.weight <= GAUGE.weight
        key = (each.kind.name, each.subject, each.probe.metrics[0] if plain else "")
        key = (*key[:2], key[2] + labels.get("namespace", ""))
        if key not in best or each.weight > best[key].weight:
            best[key] = each
    return list(best.values())


async def _news(
    api: Api, found: Sequence[Changed], over: Range
) -> tuple[list[Changed], list[Changed]]:
    """What is new, and what was as much at the same hour yesterday or a week ago."""
    asked = {each.probe.query: each.probe for each in found if each.kind is not EXPIRY}
    usual: set[int] = set()
    for ago in _USUAL:
        then = Range(start=over.start - ago, end=over.end - ago, step=over.step)
        answers = await _asked(api, list(asked.values()), then)
        for probe, result in answers.found:
            known = {(kind.name, _key(series)): series for kind, series in _signals(probe, result)}
            for place, each in enumerate(found):
                series = known.get((each.kind.name, _key(each.series)))
                if each.probe is probe and series and _alike(each, series, ago):
                    usual.add(place)
    news = [each for place, each in enumerate(found) if place not in usual]
    return news, [found[place] for place in sorted(usual)]


def _key(series: Series) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(series.labels.items()))


def _alike(each: Changed, then: Series, ago: float) -> bool:
    """Whether that series moved as far, the same way, around the same hour."""
    points = _known(then)
    earlier = [value for at, value in points if at < each.at - ago]
    later = [value for at, value in points if at >= each.at - ago]
    if len(earlier) < _RUN or len(later) < _RUN:
        return False
    up = each.after > each.before
    then_moved = _size(each.kind, median(earlier), _extreme(later, up=up))
    return then_moved >= _SAME * _size(each.kind, each.before, each.after)


def _ranked(found: Sequence[Changed], place: Place) -> list[Changed]:
    """Those that weigh enough, heaviest first.

    A neighbour counts only where its node is short of what it takes: then it takes what the others
    lack, which makes it the likelier cause.
    """
    short = any(each.probe.role == "node" and each.weight >= ALARM for each in found)
    kept = []
    for each in found:
        weight = each.weight
        if each.probe.role == "neighbour":
            weight = min(1.0, _TAKING * weight) if short else 0.0
        elif place.workload and each.subject != place.workload:
            weight *= _BESIDE
        if weight >= ALARM:
            kept.append(replace(each, weight=weight))
    return sorted(kept, key=lambda each: (-round(each.weight, 2), each.at, each.probe.metrics))
