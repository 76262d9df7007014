"""Kubernetes timestamps, ages, and moving them to the clock of whoever prints them."""

import re
from datetime import UTC, datetime, timedelta

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields

# RFC 3339 as the API writes it: seconds, or micro- to nanoseconds for MicroTime and log lines.
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)

_EVENT_TIMES = frozenset(
    {"firstTimestamp", "lastTimestamp", "eventTime"}
    | {"deprecatedFirstTimestamp", "deprecatedLastTimestamp"}
)


def parse_time(timestamp: str) -> datetime | None:
    """The moment that an API timestamp names, to the microsecond, or None."""
    if not TIMESTAMP.fullmatch(timestamp):
        return None
    seconds, _, fraction = timestamp.removesuffix("Z").partition(".")
    try:
        moment = datetime.fromisoformat(seconds).replace(tzinfo=UTC)
    except ValueError:  # the thirteenth month
        return None
    return moment + timedelta(microseconds=int((fraction + "000000")[:6]))


def format_time(moment: datetime) -> str:
    """The timestamp the API writes for `moment`: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(elapsed: timedelta) -> str:
    """A length of time as `kubectl get` prints it: two units at most, fewer as it grows."""
    seconds = int(elapsed.total_seconds())
    if seconds < 0:
        # Clocks of two machines may differ by a second; more than that is a mistake worth seeing.
        return "0s" if seconds >= -1 else "<invalid>"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    years = days // 365
    steps = (
        (seconds < 120, f"{seconds}s"),
        (minutes < 10, _two(minutes, "m", seconds % 60, "s")),
        (minutes < 180, f"{minutes}m"),
        (hours < 8, _two(hours, "h", minutes % 60, "m")),
        (hours < 48, f"{hours}h"),
        (days < 8, _two(days, "d", hours % 24, "h")),
        (years < 2, f"{days}d"),
        (years < 8, _two(years, "y", days % 365, "d")),
    )
    return next((shown for fits, shown in steps if fits), f"{years}y")


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit}{small}{small_unit}" if small else f"{big}{big_unit}"


def age(timestamp: str, now: datetime) -> str:
    """How long ago `timestamp` was; `<unknown>` where there is none."""
    moment = parse_time(timestamp)
    return "<unknown>" if moment is None else duration(now - moment)


def moved(timestamp: JsonValue, by: timedelta) -> JsonValue:
    """`timestamp` later by `by`, in the same notation; anything else unchanged."""
    moment = parse_time(timestamp) if isinstance(timestamp, str) else None
    if moment is None or not isinstance(timestamp, str):
        return timestamp
    try:
        later = moment + by
    except OverflowError:
        return timestamp
    return format_time(later) if "." not in timestamp else f"{later:%Y-%m-%dT%H:%M:%S.%fZ}"


def event_moved(event: JsonObject, by: timedelta) -> JsonObject:
    """An Event (core/v1 or events.k8s.io/v1) that happened later by `by`."""
    shifted = {
        key: moved(value, by) if key in _EVENT_TIMES else value for key, value in event.items()
    }
    series = fields.mapping(event, "series")
    if series:
        last = moved(series.get("lastObservedTime"), by)
        shifted["series"] = {**series, "lastObservedTime": last}
    return shifted


def metadata_moved(value: JsonObject, key: str, by: timedelta) -> JsonObject:
    """The object with the timestamp `metadata.<key>`, where it has one, later by `by`."""
    metadata = fields.mapping(value, "metadata")
    if key not in metadata:
        return value
    return {**value, "metadata": {**metadata, key: moved(metadata[key], by)}}
