from datetime import UTC, datetime, timedelta

import pytest

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot.clock import age, duration, event_moved, format_time, parse_time

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (9 * MINUTE + 59, "9m59s"),
        (10 * MINUTE + 5, "10m"),
        (179 * MINUTE, "179m"),
        (3 * HOUR, "3h"),
        (7 * HOUR + 5 * MINUTE, "7h5m"),
        (8 * HOUR + 5 * MINUTE, "8h"),
        (47 * HOUR, "47h"),
        (2 * DAY, "2d"),
        (7 * DAY + 3 * HOUR, "7d3h"),
        (8 * DAY + 3 * HOUR, "8d"),
        (729 * DAY, "729d"),
        (731 * DAY, "2y1d"),
        (3000 * DAY, "8y"),
    ],
)
def test_lengths_of_time(seconds: int, shown: str) -> None:
    assert duration(timedelta(seconds=seconds)) == shown


def test_timestamps_of_every_precision() -> None:
    assert parse_time("2026-11-24T16:14:38Z") == datetime(2026, 11, 24, 16, 14, 38, tzinfo=UTC)
    nanoseconds = parse_time("2026-11-24T16:14:38.123456789Z")
    assert nanoseconds == datetime(2026, 11, 24, 16, 14, 38, 123456, tzinfo=UTC)
    assert parse_time("24 Nov 2026") is None
    assert age("", datetime.now(UTC)) == "<unknown>"
    assert format_time(nanoseconds) == "2026-11-24T16:14:38Z"


def test_events_move_and_nothing_else_of_them_does() -> None:
    series: dict[str, JsonValue] = {"count": 3}
    event: JsonObject = {
        "metadata": {"name": "e", "creationTimestamp": "2026-11-24T10:00:00Z"},
        "eventTime": "2026-11-24T10:00:00.000001Z",
        "firstTimestamp": None,
        "lastTimestamp": "2026-11-24T10:00:00Z",
        "series": {**series, "lastObservedTime": "2026-11-24T10:00:05.500000Z"},
        "message": "at 2026-11-24T10:00:00Z",
    }
    assert event_moved(event, timedelta(hours=1)) == {
        **event,
        "eventTime": "2026-11-24T11:00:00.000001Z",
        "lastTimestamp": "2026-11-24T11:00:00Z",
        "series": {**series, "lastObservedTime": "2026-11-24T11:00:05.500000Z"},
    }
