"""Time series as a plot for a person at a terminal."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from rich.text import Text

from holmes.core.tool_output import Series, TimeSeries, ToolData
from holmes.render.text import safe

MOST_SERIES = 4
_HEIGHT = 6
_WIDEST = 100
_MARGIN = 10
_COLORS = ("cyan", "yellow", "magenta", "green")
# Unicode's braille patterns: the bit of each of two columns of four dots of a character.
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def plot(data: ToolData | None, width: int, most: int = MOST_SERIES) -> Iterator[Text]:
    """The first series, each over an axis of its own: what is plotted together differs in unit.

    Nothing for what is no time series, or has one point alone.
    """
    if not isinstance(data, TimeSeries):
        return
    for series, color in zip(data.series[:most], _COLORS, strict=False):
        known = [(at, value) for at, value in series.points if value is not None]
        if len({at for at, _ in known}) > 1:
            yield from _one(series, known, color, min(width, _WIDEST) - _MARGIN - 2)


def _one(
    series: Series, known: Sequence[tuple[float, float]], color: str, width: int
) -> Iterator[Text]:
    values = [value for _, value in known]
    least, most = min(values), max(values)
    labels = ", ".join(f"{key}={value}" for key, value in series.labels.items())
    yield Text(safe(labels), style=color, overflow="ellipsis", no_wrap=True)
    for number, row in enumerate(_rows(series.points, known, max(8, width))):
        edge = {0: f"{most:.3g}", _HEIGHT - 1: f"{least:.3g}"}.get(number, "")
        yield Text(f"{edge:>{_MARGIN}} ").append(row, style=color)
    first, last = (datetime.fromtimestamp(at, UTC) for at in (known[0][0], known[-1][0]))
    yield Text(f"{'':{_MARGIN}} {first:%m-%d %H:%M}{'':{max(1, width - 22)}}{last:%m-%d %H:%M}")


def _rows(
    points: Sequence[tuple[float, float | None]], known: Sequence[tuple[float, float]], width: int
) -> list[str]:
    """The curve in rows of braille characters; a gap stays empty."""
    begin, end = known[0][0], known[-1][0]
    values = [value for _, value in known]
    least, span = min(values), (max(values) - min(values)) or 1.0
    columns, lines = 2 * width, 4 * _HEIGHT
    cells = [[0] * width for _ in range(_HEIGHT)]

    def place(at: float, value: float) -> tuple[int, int]:
        x = round((at - begin) / (end - begin) * (columns - 1))
        return x, round((1 - (value - least) / span) * (lines - 1))

    def dot(x: int, y: int) -> None:
        cells[y // 4][x // 2] |= _DOTS[x % 2][y % 4]

    for (one, was), (two, value) in pairwise(points):
        if was is None or value is None:
            continue
        (x, y), (to, down) = place(one, was), place(two, value)
        steps = max(abs(to - x), abs(down - y), 1)
        for step in range(steps + 1):
            dot(round(x + (to - x) * step / steps), round(y + (down - y) * step / steps))
    return ["".join(chr(0x2800 + cell) for cell in row) for row in cells]
