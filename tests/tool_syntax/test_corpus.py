"""Each text of the corpus, with where its form comes from, is taken apart as its file says."""

import json
from pathlib import Path
from typing import Any

import pytest

from holmes.models.tool_syntax import StreamFilter, parse
from holmes.models.tool_syntax.core.scanner import syntaxes
from tool_syntax.offered import TOOLS

CORPUS = Path(__file__).parent / "corpus"
CASES = sorted(CORPUS.rglob("*.txt"))


def expectation(case: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(case.with_suffix(".json").read_text())
    return expected


def ids(case: Path) -> str:
    return f"{case.parent.name}/{case.stem}"


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_reply_is_taken_apart(case: Path) -> None:
    expected = expectation(case)
    parsed = parse(case.read_text(), TOOLS)
    found = [{"name": c.name, "arguments": c.arguments} for c in parsed.calls]
    wanted = [{"name": c["name"], "arguments": c["arguments"]} for c in expected["calls"]]
    assert found == wanted
    assert parsed.content == expected["content"]
    assert parsed.syntax == expected["syntax"]
    for call, want in zip(parsed.calls, expected["calls"], strict=True):
        assert bool(call.parse_error) == ("parse_error" in want)
        assert want.get("parse_error", "") in call.parse_error
        assert bool(call.repaired) == ("repaired" in want)
        assert want.get("repaired", "") in call.repaired


@pytest.mark.parametrize("case", CASES, ids=ids)
@pytest.mark.parametrize("size", [1, 3, 7, 64])
def test_a_stream_shows_content_only(case: Path, size: int) -> None:
    text = case.read_text()
    stream = StreamFilter(TOOLS)
    shown = "".join(stream.feed(text[i : i + size]) for i in range(0, len(text), size))
    parsed = stream.finish()
    assert parsed == parse(text, TOOLS)
    assert parsed.content.startswith(shown)


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_every_text_says_where_its_form_comes_from(case: Path) -> None:
    assert len(expectation(case)["source"]) > 4


def test_every_syntax_has_texts_of_its_own() -> None:
    covered = {expectation(case)["syntax"] for case in CASES}
    for syntax in syntaxes():
        assert (CORPUS / syntax.name).is_dir(), syntax.name
        assert syntax.name in covered


def test_every_folder_of_texts_belongs_to_a_syntax() -> None:
    assert {case.parent.name for case in CASES} == {syntax.name for syntax in syntaxes()}
