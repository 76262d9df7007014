"""Intervals, against values that others have computed."""

import pytest

from holmes.evals.statistics import share, sign_test


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (0.0, 10, 0.0, 0.2775),  # R: prop.test(0, 10, correct=FALSE)
        (1.0, 10, 0.7225, 1.0),
        (0.5, 10, 0.2366, 0.7634),
        (81 / 263, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (1 / 29, 29, 0.0061, 0.1718),  # the same
    ],
)
def test_wilson(part: float, whole: int, low: float, high: float) -> None:
    found = share(part, whole)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_nothing_seen_says_nothing() -> None:
    assert (share(0, 0).low, share(0, 0).high, str(share(0, 0))) == (0.0, 1.0, "-")


def test_it_reads_as_percent() -> None:
    assert str(share(0.5, 10)) == "50 % (24-76)"


@pytest.mark.parametrize(
    ("worse", "better", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (3, 3, 1.0), (0, 6, 0.03125), (1, 9, 0.0215)],
)
def test_changes_that_may_be_chance(worse: int, better: int, p: float) -> None:
    assert sign_test(worse, better) == sign_test(better, worse) == pytest.approx(p, abs=5e-5)
