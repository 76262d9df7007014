"""`kill -9` at every line of a transcript, and on from there: nothing that was found is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runs.short_run import ANSWER, LINES, REPLIES, Desk, desk, dying, told


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Desk]:
    yield from desk(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the run tells where nobody kills it."""
    for here in desk(tmp_path_factory.mktemp("undisturbed")):
        done = here.ask()
        assert done.code == 0, done.err
        kinds = [line["kind"] for line in here.lines()]
        assert len(kinds) == LINES, kinds
        whole = told(done)
        assert whole["answer"] == ANSWER
        statuses = {call["number"]: call["status"] for call in whole["calls"]}
        assert statuses == {1: "ok", 2: "ok", 3: "ok", 4: "failed"}
        yield whole


def results(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line["evidence"] for line in lines if line["kind"] == "tool_finished"]


def check_resumed(here: Desk, undisturbed: dict[str, Any]) -> None:
    before = here.lines()
    replies = sum(line["kind"] == "reply" for line in before)
    asked = len(here.server.requests)
    done = here.resume()
    assert done.code == 0, done.err
    assert told(done) == undisturbed
    finished = results(before)
    for line in finished:
        assert here.ran[line["arguments"].get("what", "fail")] == 1, "it ran again"
    again = {line["number"]: line["output"] for line in results(here.lines())}
    assert all(again[line["number"]] == line["output"] for line in finished)
    assert len(here.server.requests) - asked == REPLIES - replies, "no reply is paid for twice"


@pytest.mark.parametrize("after", range(1, LINES + 1))
def test_killed_after_a_line_it_goes_on_from_there(
    here: Desk, undisturbed: dict[str, Any], after: int
) -> None:
    here.killed(after=after)
    assert len(here.lines()) == after
    check_resumed(here, undisturbed)


@pytest.mark.parametrize("within", [5, 17, 23], ids=["reply", "evidence", "answer"])
def test_killed_within_a_line_it_goes_on_from_the_line_before(
    here: Desk, undisturbed: dict[str, Any], within: int
) -> None:
    here.killed(within=within)
    assert len(here.lines()) == within - 1
    check_resumed(here, undisturbed)


def test_a_resumed_run_can_be_killed_and_resumed_again(
    here: Desk, undisturbed: dict[str, Any]
) -> None:
    here.killed(after=8)
    here.resume(env=dying(after=4))
    here.resume(env=dying(within=6))
    assert [line["kind"] for line in here.lines()].count("resumed") == 2
    check_resumed(here, undisturbed)
    assert here.ran["first"] == 1
