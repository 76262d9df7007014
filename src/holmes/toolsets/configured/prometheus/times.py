"""Steps that fit a range of time."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from holmes.core.messages import JsonValue
from holmes.tools.function_tool import ToolFailure
from holmes.tools.times import duration

_STEPS = (1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400)
POINTS = 120
"""Of one series, where nobody asks for more: as many as a picture can show."""

MOST_POINTS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """From when to when, and how far apart the points are, in seconds."""

    start: float
    end: float
    step: float


def fitted(since: float, until: float, step: JsonValue, points: JsonValue) -> Range:
    """The range with a step that gives at most `points` points."""
    most = points if isinstance(points, int) and points > 0 else POINTS
    width = max(1.0, (until - since) / min(most, MOST_POINTS))
    asked = duration(str(step)) if step not in {None, ""} else None
    if step not in {None, ""} and asked is None:
        raise ToolFailure(f'"step" is "{step}": give seconds or 1h30m', status="invalid_arguments")
    nice = next((each for each in _STEPS if each >= width), math.ceil(width))
    if asked is None:
        return Range(start=since, end=until, step=float(nice))
    least = max(1.0, (until - since) / MOST_POINTS)
    return Range(start=since, end=until, step=asked if asked >= least else float(math.ceil(least)))


def said(at: float, *, day: bool = False) -> str:
    """A time for people, in UTC: "14:05", with its day "2026-01-31 14:05"."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M" if day else "%H:%M")
