"""Times as models and people write them, and steps that fit a range."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from holmes.core.messages import JsonValue
from holmes.core.quantities import SECONDS
from holmes.tools.function_tool import ToolFailure

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")
_UNITS = {**SECONDS, "w": 7 * 86_400.0, "y": 365 * 86_400.0}
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


def moment(value: JsonValue, *, base: float, name: str) -> float:
    """Seconds since the epoch of RFC 3339, Unix seconds, or seconds before `base` (negative).

    A duration before `base` may also be written "-2h". Raises ToolFailure.
    """
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        if math.isfinite(number):
            # 13 digits are milliseconds, which no server takes.
            number = number / 1000 if number > 1e11 else number
            return base + number if number <= 0 else number
    if text.startswith("-") and (before := duration(text[1:])):
        return base - before
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ToolFailure(
            f'"{name}" is "{text}": give RFC 3339 (2026-01-31T14:00:00Z), Unix seconds, or seconds '
            "before the end (-3600)",
            status="invalid_arguments",
        ) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def duration(text: str) -> float | None:
    """The seconds of "90", "1h30m"; None where it is neither."""
    try:
        number = float(text)
    except ValueError:
        parts = _DURATION.findall(text)
        if not parts or "".join(a + b for a, b in parts) != text:
            return None
        number = sum(float(count) * _UNITS[unit] for count, unit in parts)
    return number if 0 < number < math.inf else None


def span(
    start: JsonValue, end: JsonValue, *, now: float, ago: float = 3600.0
) -> tuple[float, float]:
    """Start and end; without them the last `ago` seconds. Turned round where they are reversed."""
    until = now if end in {None, ""} else moment(end, base=now, name="end")
    since = until - ago if start in {None, ""} else moment(start, base=until, name="start")
    return (since, until) if since <= until else (until, since)


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
