"""When a series changes its level: on random series that the limits were not tuned on."""

import math
import random

import pytest

from holmes.core.series import changes, happened, sparkline
from holmes.core.tool_output import Series

MINUTE = 60.0


def wandering(rng: random.Random, length: int, memory: float) -> list[float]:
    """Noise of variance 1 around 0; each value keeps that part of the last one."""
    found, last = [], 0.0
    for _ in range(length):
        last = memory * last + math.sqrt(1 - memory**2) * rng.gauss(0, 1)
        found.append(last)
    return found


def points(values: list[float]) -> list[tuple[float, float]]:
    return [(MINUTE * at, value) for at, value in enumerate(values)]


def test_noise_alone_is_no_change() -> None:
    rng = random.Random(20)  # noqa: S311  (made data)
    for memory, most in ((0.0, 1), (0.3, 2), (0.6, 8)):
        found = sum(bool(changes(points(wandering(rng, 90, memory)))) for _ in range(300))
        assert found <= most, memory


def test_laplace_and_lognormal_noise_are_no_change() -> None:
    rng = random.Random(21)  # noqa: S311  (made data)
    for _ in range(200):
        laplace = [rng.expovariate(1) - rng.expovariate(1) for _ in range(90)]
        lognormal = [math.exp(rng.gauss(0, 0.5)) for _ in range(90)]
        assert not changes(points(laplace))
        assert not changes(points(lognormal))


@pytest.mark.parametrize(("memory", "least"), [(0.0, 290), (0.6, 270)])
def test_a_step_of_six_times_the_noise_is_found_where_it_is(memory: float, least: int) -> None:
    rng = random.Random(22)  # noqa: S311  (made data)
    right = 0
    for _ in range(300):
        at = rng.randrange(12, 82)
        values = wandering(rng, 90, memory)
        found = changes(points([v + 6 * (i >= at) for i, v in enumerate(values)]))
        right += any(abs(change.index - at) <= 2 for change in found)
    assert right >= least


def test_a_rise_and_a_fall_are_two_changes() -> None:
    rng = random.Random(23)  # noqa: S311  (made data)
    values = [10 * (30 <= i < 42) + v for i, v in enumerate(wandering(rng, 100, 0.3))]
    rise, fall = changes(points(values))
    assert (abs(rise.index - 30) <= 1, abs(fall.index - 42) <= 2) == (True, True)
    assert rise.after - rise.before == pytest.approx(10, abs=1.5)
    assert rise.at == MINUTE * rise.index


def test_what_rests_and_then_differs_has_changed() -> None:
    (change,) = changes(points([5.0] * 40 + [6.0] * 10))
    assert (change.index, change.before, change.after) == (40, 5.0, 6.0)


def test_outliers_and_a_slope_are_no_change() -> None:
    rng = random.Random(24)  # noqa: S311  (made data)
    values = wandering(rng, 90, 0.0)
    for at in (7, 33, 34, 71):
        values[at] += 40
    assert not changes(points(values))
    assert not changes(points([0.5 * i + rng.gauss(0, 1) for i in range(90)]))


def test_small_whole_numbers_that_wander_are_dated_by_their_step() -> None:
    rng = random.Random(25)  # noqa: S311  (made data)
    values = [float(rng.choice((2, 3, 3, 3, 4))) for _ in range(60)] + [20.0] * 20
    (change,) = changes(points(values))
    assert change.index == 60
    twice = [value for value in values for _ in range(2)]  # points closer than what was measured
    (change,) = changes(points(twice))
    assert change.index == 120


def test_whole_numbers_that_wander_are_no_change() -> None:
    rng = random.Random(26)  # noqa: S311  (made data)
    for _ in range(100):
        assert not changes(points([float(rng.choice((2, 2, 3, 3, 4))) for _ in range(90)]))


def test_what_happened_in_a_few_numbers() -> None:
    values = [1.0, 1.0, None, math.inf, 3.0, 2.0]
    at = [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]
    told = happened(Series(labels={}, points=tuple(zip(at, values, strict=True))), step=60)
    assert told is not None
    assert (told.first, told.last, told.least, told.most) == (1.0, 2.0, (0.0, 1.0), (240.0, 3.0))
    assert told.gaps == ((60.0, 240.0),)
    assert happened(Series(labels={}, points=((0.0, None),))) is None


def test_the_picture_has_a_blank_for_a_gap() -> None:
    assert sparkline([0, 1, 2, 3, None, 7]) == "▁▂▃▄ █"
    assert sparkline([4, 4, 4]) == "▁▁▁"
    assert len(sparkline(list(range(1000)), width=24)) <= 24
    assert sparkline([None, None]) == ""
