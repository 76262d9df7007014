"""What toolsets share: kinds of log lines, what is new, critical paths, times."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configured.shared import shop
from holmes.core.tool_output import LogLine, LogLines, Table
from holmes.tools.function_tool import ToolFailure
from holmes.tools.log_result import Window, log_output, news
from holmes.tools.log_search import Wanted, labelled
from holmes.tools.times import moment, said_seconds, seconds_of, span
from holmes.tools.traces import Span, critical_path, first_failures, trace_output


def windows(*, incident: bool, moment: float = shop.INCIDENT) -> tuple[Window, Window]:
    lines, _ = labelled(shop.lines(incident=incident))
    before = [line for line in lines if seconds_of(line.time) < moment]
    return (
        Window(lines=before, start=shop.START, end=moment),
        Window(lines=lines[len(before) :], start=moment, end=shop.END),
    )


def test_what_is_new_is_the_incident_and_nothing_else() -> None:
    output = news(*windows(incident=True), command="q")
    assert isinstance(output.data, Table)
    assert [row[0] for row in output.data.rows] == ["new", "16 times as often"]


@pytest.mark.parametrize("minutes", range(10, 80, 10))
def test_a_shop_that_is_well_has_no_news(minutes: int) -> None:
    before, since = windows(incident=False, moment=shop.START + 60 * minutes)
    output = news(before, since, command="q")
    assert output.status == "no_data"
    assert output.note.startswith("No kind of line is new or jumped. Compared: ")


def test_random_counts_rarely_jump() -> None:
    rng = random.Random(7)  # noqa: S311
    kinds = [f"kind{letter} says {word}" for letter in "abcdefghij" for word in ("one", "two")]
    alarms = 0
    for _ in range(50):
        lines = [
            LogLine(text=rng.choice(kinds), time=f"2026-11-29T09:{minute:02}:{second:02}Z")
            for minute in range(60)
            for second in sorted(rng.sample(range(60), 30))
        ]
        border = rng.randrange(600, 1200)
        at = seconds_of(lines[border].time)
        start = seconds_of(lines[0].time)
        before = Window(lines=lines[:border], start=start, end=at)
        since = Window(lines=lines[border:], start=at, end=start + 3600)
        output = news(before, since, command="q")
        alarms += len(output.data.rows) if isinstance(output.data, Table) else 0
    assert alarms == 0  # of 50 times 20 kinds


def test_a_sample_is_compared_by_the_time_that_it_covers() -> None:
    before, since = windows(incident=False)
    # The last tenth of the time before: as often, though a tenth as many.
    part = replace(before, lines=before.lines[-len(before.lines) // 10 :], whole=False)
    output = news(part, since, command="q")
    assert output.status == "no_data" or isinstance(output.data, Table)
    jumped = [row for row in output.data.rows if row[1] != "0"] if output.data else []  # type: ignore[union-attr]
    assert jumped == []
    assert "There are more lines than were read" in output.note


def test_lines_before_the_last_ones_are_told_by_kind() -> None:
    lines, note = labelled(shop.lines())
    output = log_output(lines, shown=10, command="q", note=note)
    assert isinstance(output.data, LogLines)
    assert len(output.data.lines) == 15
    assert "713 lines, here one of each kind" in output.text
    text = "trace\n  at one\n  at two"
    several = log_output([LogLine(text=text)] * 3, shown=1, command="q")
    assert "[2 lines like this]" in several.text


def _span(number: int, parent: int, start: float, end: float, *, failed: str = "") -> Span:
    above = "" if parent < 0 else str(parent)
    return Span(
        id=str(number), parent=above, name=f"s{number}", service="x", start=start, end=end,
        failed=failed,
    )  # fmt: skip


def test_the_path_waits_for_the_child_that_ended_last() -> None:
    spans = [
        _span(0, -1, 0, 10), _span(1, 0, 1, 4), _span(2, 0, 2, 8), _span(3, 2, 3, 7),
        _span(4, 0, 9, 30),  # goes on after its parent: it counts up to there
    ]  # fmt: skip
    path = {each.span.name: each.own for each in critical_path(spans)}
    assert path == {"s0": 2.0, "s2": 2.0, "s3": 4.0, "s4": 1.0, "s1": 1.0}


@settings(deadline=None)
@given(st.data())
def test_own_times_add_up_to_the_trace(data: st.DataObject) -> None:
    spans = [_span(0, -1, 0, 100)]
    for number in range(1, data.draw(st.integers(1, 30))):
        parent = data.draw(st.integers(0, number - 1))
        start = data.draw(st.integers(0, 100))
        spans.append(_span(number, parent, start, start + data.draw(st.integers(0, 60))))
    path = critical_path(spans)
    assert sum(each.own for each in path) == pytest.approx(100)
    assert all(each.own >= 0 for each in path)


def test_odd_traces_have_a_path_too() -> None:
    circle = [_span(0, 1, 0, 5), _span(1, 0, 1, 4)]
    assert trace_output("t", circle, command="c").status == "ok"
    deep = [_span(n, n - 1, n / 1e4, 2) for n in range(5000)]
    assert len(critical_path(deep)) == 5000
    assert trace_output("t", [_span(0, -1, 3, 3)], command="c").status == "ok"
    assert trace_output("t", [], command="c").status == "no_data"
    lost = trace_output("t", [_span(0, -1, 0, 1), _span(2, 7, 0.2, 0.4)], command="c")
    assert lost.note.endswith("spans whose parent is missing: 1.")


def test_a_failure_begins_where_nothing_below_failed() -> None:
    spans = [
        _span(0, -1, 0, 10, failed="502"), _span(1, 0, 1, 9, failed="502"),
        _span(2, 1, 2, 8, failed="lock timeout"), _span(3, 0, 1, 2, failed="no stock"),
    ]  # fmt: skip
    assert [each.failed for each in first_failures(spans)] == ["no stock", "lock timeout"]


NOW = 1_764_410_400.0


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, (NOW - 3600, NOW)),
        ("-600", None, (NOW - 600, NOW)),
        (-600, None, (NOW - 600, NOW)),
        ("-2h", "-1h", (NOW - 10_800, NOW - 3600)),
        ("2025-11-29T10:00:00Z", None, (NOW, NOW)),
        ("2025-11-29T11:00:00+02:00", None, (NOW - 3600, NOW)),
        (NOW, NOW - 60, (NOW - 60, NOW)),
        (f"{NOW * 1000:.0f}", f"{NOW + 60:.0f}", (NOW, NOW + 60)),
    ],
)
def test_times(
    start: str | float | None, end: str | float | None, expected: tuple[float, float]
) -> None:
    assert span(start, end, now=NOW) == expected


def test_what_is_no_time_is_said() -> None:
    with pytest.raises(ToolFailure, match='"start" is "yesterday": give RFC 3339') as failure:
        moment("yesterday", base=NOW, name="start")
    assert failure.value.status == "invalid_arguments"
    assert [said_seconds(each) for each in (0.0123, 1.5, 119, 600, 7500)] == [
        "12.3 ms", "1.5 s", "119 s", "10 min", "2 h 5 min",
    ]  # fmt: skip


def test_the_time_before_an_incident_is_as_long_as_the_one_since() -> None:
    wanted = Wanted.of({"new_since": "-7200"}, ago=3600, now=lambda: NOW)
    assert (wanted.incident, wanted.start) == (NOW - 7200, NOW - 14_400)
    short = Wanted.of({"new_since": "-60", "limit": 5000}, ago=3600, now=lambda: NOW)
    assert (short.incident - short.start, short.shown) == (3600, 1000)
