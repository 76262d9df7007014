"""The tables of docs/compatibility.md and the README say what the rows say, and nothing else."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from compat import environment, tables
from compat.recipe import recipes
from compat.rows import CAUSES, EXCHANGES, Asked, Loop, Ran, Replayed, Row, Seen, load, save
from compat.servers import vllm

ROOT = Path(__file__).parents[2]
ROWS = load()
PAGE = "a\n<!-- rows: {} -->\nold\n<!-- end -->\nb\n"


def a_row(**changes: object) -> Row:
    ran = Ran(
        date="2026-11-25",
        version="1.0",
        recognised="Some server 1.0",
        weights="small",
        chosen="native",
        summary="Usable.",
        exchanges={key: Seen(state="yes") for key in EXCHANGES},
        loop=Loop(mode="native"),
        ask=Asked(exit_code=0, causes=3, strangers=0, calls=1, requests=1),
        check_seconds=10.2,
        ask_seconds=60.0,
        load=1.5,
    )
    return replace(
        Row(name="some", server="Some", setup="--flag", ran=ran),
        **changes,  # type: ignore[arg-type]  # a test's own
    )


@pytest.mark.parametrize("path", [tables.PAGE, tables.README], ids=lambda path: path.name)
def test_both_files_are_as_rendered_from_the_rows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "<!-- rows:" in text
    assert tables.rendered(text, ROWS) == text, "run `just compat --render`"


def test_each_row_either_ran_or_is_replayed() -> None:
    assert ROWS
    assert [row.name for row in ROWS if (row.ran is None) == (row.replayed is None)] == []


def test_each_row_that_ran_has_its_recipe_and_all_twelve_exchanges() -> None:
    known = recipes()
    assert len(EXCHANGES) == 12
    for row in ROWS:
        if row.ran is None:
            continue
        recipe = known[row.name]
        assert (row.server, row.setup) == (recipe.server, recipe.setup)
        if row.ran.chosen != "none":
            assert set(row.ran.exchanges) == set(EXCHANGES), row.name


def test_each_replayed_row_names_tests_that_play_its_server() -> None:
    played = [row for row in ROWS if row.replayed is not None]
    assert played
    for row in played:
        assert row.replayed is not None
        assert row.replayed.tests, row.name
        for test in row.replayed.tests:
            where = f"{test}\n{(ROOT / test).read_text(encoding='utf-8')}".lower()
            where = where.replace("_", "-")
            assert row.server.lower() in where or row.name in where, (row.name, test)


def requirements() -> Iterator[str]:
    """What `just compat` asks for by an exact version."""
    for path in (ROOT / "tests/compat").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from EXACT.findall(node.value)
    for path in environment.REQUIREMENTS.iterdir():
        yield from EXACT.findall(path.read_text(encoding="utf-8"))


# A whole string or line: what is written in prose ("it asks for …") is none.
EXACT = re.compile(r"^[\w.-]+(?:\[[\w,]+\])?==\S+", re.MULTILINE)


def test_packages_are_asked_for_as_pypi_has_them() -> None:
    asked = [*requirements()]
    assert {"torch==2.13.0", "fastapi==0.112.4"} <= {*asked}
    # PyPI takes no local versions: "2.13.0+cpu" is found on a machine that has the file, only.
    assert not [one for one in asked if "+" in one]


def test_what_the_wheel_of_vllm_asks_for_is_replaced() -> None:
    assert "torch==2.13.0" in vllm.OVERRIDES


def test_a_run_takes_the_place_of_the_one_before_and_keeps_what_people_noted(
    tmp_path: Path,
) -> None:
    save(a_row(remarks=("slow on Mondays",)), tmp_path)
    save(a_row(setup="--other"), tmp_path)
    (row,) = load(tmp_path)
    assert row == a_row(setup="--other", remarks=("slow on Mondays",))


def test_a_file_that_is_no_row_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text('{"name": "some"}')
    with pytest.raises(msgspec.ValidationError):
        load(tmp_path)


def test_only_what_stands_between_the_marks_is_written() -> None:
    text = tables.rendered(PAGE.format("short"), [a_row()])
    assert text.startswith("a\n<!-- rows: short -->\n| server |")
    assert text.endswith("<!-- end -->\nb\n")
    assert "old" not in text


def test_what_failed_is_not_shown_as_working() -> None:
    row = a_row()
    assert row.ran is not None
    ran = replace(
        row.ran,
        exchanges={**row.ran.exchanges, "nested": Seen(state="no", how='"filter" is | missing')},
        loop=Loop(mode="prompted", fault="the first reply: no call", called=False),
        ask=Asked(exit_code=4, causes=0, strangers=0, calls=0, requests=1, reason="no answer came"),
    )
    failed = replace(row, ran=ran)
    shown = {name: tables.rendered(PAGE.format(name), [failed]) for name in tables.BLOCKS}
    assert "| prompted, failed |" in shown["capabilities"]
    assert "| yes | yes | no | yes |" in shown["capabilities"]
    assert '- nested: no; "filter" is \\| missing' in shown["details"]
    assert "- in one loop: the first reply: no call" in shown["details"]
    assert "no answer (exit 4)" in shown["short"]
    assert f"of {CAUSES} causes" not in shown["short"]


def test_a_replayed_server_is_never_among_those_that_ran() -> None:
    played = Row(
        name="far",
        server="Far away",
        replayed=Replayed(known_from="documentation", tests=("tests/x.py",), why="a cloud API"),
    )
    rows = [a_row(), played]
    for name in ("capabilities", "runs", "details"):
        assert "Far away" not in tables.rendered(PAGE.format(name), rows)
    assert "Replayed, not run: Far away." in tables.rendered(PAGE.format("short"), rows)
