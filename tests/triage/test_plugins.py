"""Each check is one file with its docstring, its tests and its line in the docs."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from holmes.triage import run

ROOT = Path(__file__).parents[2]
NAMES = [check.__name__.rpartition(".")[2] for check in run.checks()]


def test_every_module_is_found() -> None:
    files = {path.stem for path in (ROOT / "src/holmes/triage/checks").glob("*.py")}

    assert set(NAMES) == files - {"__init__"}


@pytest.mark.parametrize("check", run.checks(), ids=NAMES)
def test_a_check_says_what_it_finds(check: ModuleType) -> None:
    assert check.__doc__
    assert check.find.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_a_check_is_tested_on_what_it_finds_and_on_what_it_does_not(name: str) -> None:
    text = (ROOT / f"tests/triage/checks/test_{name}.py").read_text()

    assert "[finding] = " in text
    assert "assert not b.found_by(" in text


@pytest.mark.parametrize("check", run.checks(), ids=NAMES)
def test_a_check_has_its_line_in_the_docs(check: ModuleType) -> None:
    first_line = (check.__doc__ or "").splitlines()[0]

    assert (
        f"| `{check.__name__.rpartition('.')[2]}` | {first_line} |"
        in (ROOT / "docs/triage.md").read_text()
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_check_stands_alone(name: str) -> None:
    """What two checks share lies beside them, so that either can be deleted."""
    text = (ROOT / f"src/holmes/triage/checks/{name}.py").read_text()

    assert "holmes.triage.checks" not in text


def test_every_reason_in_the_docs_has_a_check_and_a_test_that_exist() -> None:
    table = (ROOT / "docs/triage.md").read_text().partition("| reason | what it means |")[2]
    rows = [
        re.split(r" \| ?", line.strip("| ")) for line in table.split("\n\n")[0].splitlines()[2:]
    ]
    claimed = [(row[2].strip("`"), row[3].strip("` |")) for row in rows if len(row) > 3]

    assert len(claimed) > 60
    for check, test in claimed:
        text = (ROOT / f"tests/triage/checks/test_{check}.py").read_text()
        assert f"def test_{test}(" in text, (check, test)
