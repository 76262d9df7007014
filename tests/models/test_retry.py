"""How long to wait, and when to give up."""

import random
from datetime import UTC, datetime

import pytest

from holmes.models.client.retry import Retries, RetryPolicy, retry_after_seconds

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("-3", 0.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("Tue, 24 Nov 2026 12:00:30", 30.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def retries(**policy: float) -> Retries:
    chosen = RetryPolicy(
        max_retries=int(policy.get("max_retries", 4)),
        longest_wait=policy.get("longest_wait", 5.0),
        loading_patience=policy.get("loading_patience", 12.0),
    )
    return Retries(chosen, _random=random.Random(7))  # noqa: S311 - jitter, no secret


def test_waits_grow_up_to_a_limit_and_end() -> None:
    counted = retries()
    waits = [counted.after_error("") for _ in range(5)]
    assert waits[4] is None
    for wait, longest in zip(waits, (1.0, 2.0, 4.0, 5.0), strict=False):
        assert wait is not None
        assert longest / 2 <= wait <= longest


def test_the_server_says_how_long_but_not_for_ever() -> None:
    counted = retries()
    assert counted.after_error("2") == 2.0
    assert counted.after_error("86400") == 5.0


def test_a_closed_port_is_tried_twice_more_at_most() -> None:
    counted = retries()
    waits = [counted.after_refused_connection() for _ in range(3)]
    assert [wait is None for wait in waits] == [False, False, True]


def test_broken_streams_are_counted() -> None:
    counted = retries()
    assert [counted.after_broken_stream() is None for _ in range(3)] == [False, False, True]
    assert counted.broken_streams == 3


def test_loading_is_waited_for_in_steps_until_patience_ends() -> None:
    counted = retries()
    assert [counted.while_loading("") for _ in range(4)] == [5.0, 5.0, 5.0, None]
    assert counted.after_error("2") == 2.0, "loading uses up no retry"


def test_a_server_that_loads_is_not_asked_without_a_pause() -> None:
    counted = retries()
    waits = [counted.while_loading("0") for _ in range(13)]
    assert waits == [1.0] * 12 + [None]


def test_without_retries_there_are_none() -> None:
    counted = retries(max_retries=0)
    assert counted.after_error("1") is None
    assert counted.while_loading("1") is None
