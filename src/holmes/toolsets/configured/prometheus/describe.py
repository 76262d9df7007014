"""A result of a query in words: what happened to each series, and what they have in common."""

from collections.abc import Mapping, Sequence

from holmes.core.series import Happened, happened, sparkline
from holmes.core.tool_output import Series, Table
from holmes.toolsets.configured.prometheus.times import Range, said

MOST_SHOWN = 12
"""Series of a range, of some 40 tokens each."""

MOST_ROWS = 50
_MOST_GAPS = 3
_SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k"))


def number(value: float) -> str:
    """A value with three digits that count, and a letter for what is large: 0.0123, 45.1, 12.3k."""
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            size = value / (1000.0 if letter == "k" else scale)
            return f"{size:.4g}{letter}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.4g}"


def labelled(labels: Mapping[str, str], common: Mapping[str, str] | None = None) -> str:
    """A series' name and labels as PromQL writes them, without what all have in common."""
    own = {key: value for key, value in labels.items() if key not in (common or {})}
    name = own.pop("__name__", "")
    inner = ", ".join(f'{key}="{value}"' for key, value in sorted(own.items()))
    return f"{name}{{{inner}}}" if inner or not name else name


def common_labels(found: Sequence[Series]) -> dict[str, str]:
    """The labels that all series have with the same value; none where there is only one series."""
    if len(found) < 2:
        return {}
    first = found[0].labels.items()
    return {k: v for k, v in first if all(each.labels.get(k) == v for each in found)}


def of_range(found: Sequence[Series], over: Range) -> tuple[str, tuple[Series, ...], str]:
    """Text, the series in the order of the text, and what was left out.

    Those that changed most come first: by how far apart the levels are, seen from the larger.
    """
    told = [(each, happened(each, over.step)) for each in found]
    known = sorted(
        ((each, what) for each, what in told if what is not None),
        key=lambda pair: -_moved(pair[1]),
    )
    common = common_labels(found)
    day = over.end - over.start > 86_400
    head = f"{len(known)} series, {said(over.start, day=True)} to {said(over.end, day=day)} UTC"
    head += f", a point each {over.step:g} s"
    lines = [head, *([f"all: {labelled(common)}"] if common else [])]
    for each, what in known[:MOST_SHOWN]:
        lines += _lines(each, what, common, day=day)
    left = len(known) - MOST_SHOWN
    note = f"{left} series that changed less are not in the text: topk(5, …) asks for fewer"
    return "\n".join(lines), tuple(each for each, _ in known), note if left > 0 else ""


def _lines(each: Series, what: Happened, common: Mapping[str, str], *, day: bool) -> list[str]:
    name = labelled(each.labels, common)
    if what.flat:
        lines = [f"{name}: {number(what.last)} all the time"]
    else:
        least, most = what.least, what.most
        lines = [
            f"{name}: first {number(what.first)}, last {number(what.last)}, "
            f"min {number(least[1])} at {said(least[0], day=day)}, "
            f"max {number(most[1])} at {said(most[0], day=day)}  "
            + sparkline([value for _, value in each.points])
        ]
    changed = [
        f"{said(change.at, day=day)} from about {number(change.before)} to {number(change.after)}"
        for change in what.changes
    ]
    lines += [f"  changed: {'; '.join(changed)}"] if changed else []
    gaps = [f"{said(start, day=day)} to {said(end, day=day)}" for start, end in what.gaps]
    more = f" and {len(gaps) - _MOST_GAPS} more" if len(gaps) > _MOST_GAPS else ""
    lines += [f"  no data: {', '.join(gaps[:_MOST_GAPS])}{more}"] if gaps else []
    return lines


def _moved(what: Happened) -> float:
    return max(
        (
            abs(each.after - each.before) / (max(abs(each.after), abs(each.before)) or 1.0)
            for each in what.changes
        ),
        default=0.0,
    )


def of_instant(found: Sequence[Series]) -> tuple[str, Table, str]:
    """Text, a table with a column for each label that differs, and what was left out.

    The largest value comes first.
    """
    common = common_labels(found)
    known = sorted(found, key=lambda each: -(each.points[-1][1] or 0.0))
    keys = list(dict.fromkeys(key for each in known for key in each.labels if key not in common))
    rows = tuple(
        (*(each.labels.get(key, "") for key in keys), _exact(each.points[-1][1])) for each in known
    )
    table = Table(columns=(*keys, "value"), rows=rows, of="series")
    lines = [f"all: {labelled(common)}"] if common else []
    lines += [
        f"{labelled(each.labels, common)} {_exact(each.points[-1][1])}"
        for each in known[:MOST_ROWS]
    ]
    left = len(known) - MOST_ROWS
    return "\n".join(lines), table, f"{left} smaller values are not in the text" if left > 0 else ""


def _exact(value: float | None) -> str:
    return "no number" if value is None else f"{value:.10g}"
