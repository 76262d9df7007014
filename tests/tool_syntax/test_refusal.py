"""Replies that should have been calls are told from honest answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from holmes.models.tool_syntax.refusal import no_call_made
from tool_syntax.captures import captured_contents
from tool_syntax.offered import TOOLS

TEXTS = Path(__file__).parent / "no_call"


def texts(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((TEXTS / f"{name}.json").read_text())
    return loaded


@pytest.mark.parametrize("case", texts("calls_missing"), ids=lambda c: c["text"][:40])
def test_a_reply_in_place_of_a_call_is_recognised(case: dict[str, Any]) -> None:
    found = no_call_made(case["text"], TOOLS, observed=case["observed"])
    assert found is not None
    assert found.kind == case["kind"]
    assert found.quote


@pytest.mark.parametrize("case", texts("answers"), ids=lambda c: c["text"][:40])
def test_an_honest_answer_is_left_alone(case: dict[str, Any]) -> None:
    assert no_call_made(case["text"], TOOLS, observed=case["observed"]) is None


def test_there_are_enough_texts_of_both_kinds() -> None:
    assert len(texts("calls_missing")) >= 30
    assert len(texts("answers")) >= 30


def test_without_tools_nothing_could_have_been_called() -> None:
    assert no_call_made("I can't access your cluster.", ()) is None


@pytest.mark.parametrize(
    "name", ["llama-cpp-python-chatml", "llama-cpp-python-functions", "fastchat"]
)
def test_servers_that_drop_the_tools_are_noticed(name: str) -> None:
    contents = captured_contents(name)
    asked = [c for c in ("tool_auto", "tool_enum", "parallel", "tool_none") if contents.get(c)]
    assert len(asked) >= 2
    for case in asked:
        found = no_call_made(contents[case], TOOLS, observed=False)
        assert found is not None, contents[case]
        assert found.kind == "told_to_run"
