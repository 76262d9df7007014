"""Times as models and people write them."""

import math
import re
from datetime import UTC, datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.core.quantities import SECONDS
from holmes.tools.function_tool import ToolFailure

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")
_UNITS = {**SECONDS, "w": 7 * 86_400.0, "y": 365 * 86_400.0}

START: JsonObject = {"type": "string", "description": "RFC3339, Unix, or -3600"}
"""The parameter `start` as a model sees it; `span` reads it."""


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


def seconds_of(time: str) -> float:
    """Seconds since the epoch of a line's time, RFC 3339 or milliseconds; 0 where it is neither."""
    if time.isdecimal():
        return int(time) / 1000
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0


def rfc3339(at: float, digits: int = 3) -> str:
    """A time as servers write it, in UTC: "2026-01-31T14:05:00.250Z"."""
    form = "milliseconds" if digits == 3 else "microseconds" if digits else "seconds"
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=form).replace("+00:00", "Z")


def said_seconds(seconds: float) -> str:
    """A length of time for people: "1.82 s", "340 ms", "2 h 5 min"."""
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
