"""A plot of time series for a terminal."""

from holmes.core.tool_output import Series, Table, TimeSeries
from holmes.render.plot import plot


def rows(data: TimeSeries | Table | None, width: int = 40) -> list[str]:
    return [line.plain for line in plot(data, width)]


def test_a_step_is_seen_with_its_bounds_and_times() -> None:
    points = tuple((60.0 * at, 1.0 if at < 20 else 9.0) for at in range(40))
    drawn = rows(TimeSeries(series=(Series(labels={"pod": "cart"}, points=points),)))
    assert drawn == [
        "pod=cart",
        "         9 ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡏⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉",
        "           ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
        "           ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡇⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
        "           ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢸⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
        "           ⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⢸⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
        "         1 ⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣸⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀",
        "           01-01 00:00      01-01 00:39",
    ]


def test_a_gap_stays_empty_and_labels_obey_nobody() -> None:
    points = ((0.0, 1.0), (60.0, 1.0), (120.0, None), (600.0, 2.0), (660.0, 2.0))
    drawn = rows(TimeSeries(series=(Series(labels={"a": "\x1b[31mred"}, points=points),)))
    assert drawn[0] == "a=red"
    assert all(len(line) <= 40 for line in drawn)
    assert drawn[1].rstrip("⠀ ")[-1] != "⠀"
    assert "⠀" * 10 in drawn[6]


def test_what_is_no_series_or_one_point_is_not_drawn() -> None:
    assert not rows(None)
    assert not rows(Table(columns=("a",), rows=(("b",),)))
    assert not rows(TimeSeries(series=(Series(labels={}, points=((0.0, 1.0),)),)))
