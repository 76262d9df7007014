"""The figures that the check promises, on the answers written for it (`grounding/cases`)."""

import pytest

from grounding.measure import Figures, measured

LEAST_KEPT = 0.97
MOST_MARKED = 0.01
LEAST_NOTICED = 0.85


@pytest.fixture(scope="module")
def development() -> Figures:
    return measured("development")


@pytest.fixture(scope="module")
def heldout() -> Figures:
    return measured("heldout")


@pytest.mark.parametrize("which", ["development", "heldout"])
def test_right_answers_come_out_as_written(which: str, request: pytest.FixtureRequest) -> None:
    figures: Figures = request.getfixturevalue(which)
    details = "\n".join([figures.text(), *figures.details])
    assert figures.cases
    assert figures.code_changed == 0, details
    assert figures.withheld == 0, details
    assert figures.lines_kept >= LEAST_KEPT * figures.lines, details
    assert figures.marked <= MOST_MARKED * figures.specifics, details


@pytest.mark.parametrize("which", ["development", "heldout"])
def test_seeded_errors_are_noticed(which: str, request: pytest.FixtureRequest) -> None:
    figures: Figures = request.getfixturevalue(which)
    noticed, seeded = figures.noticed.total(), figures.seeded.total()
    assert noticed >= LEAST_NOTICED * seeded, "\n".join([figures.text(), *figures.details])
