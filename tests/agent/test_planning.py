"""What becomes of a call before it runs: one mistake is one, and a guess is no argument."""

from dataclasses import replace

import pytest
from scripted import ScriptedModel

from agent.running import call, calls, investigate, says
from agent.tools import overview, toolset
from holmes.agent.strategies.base import Strategy
from holmes.agent.strategies.guided import Guided
from holmes.agent.strategies.plain import Plain


def test_results_that_do_not_exist_are_one_mistake_however_many_are_asked_for() -> None:
    reads = [call("read_evidence", f"c{n}", number=n) for n in range(1, 40)]
    run = investigate(calls(*reads), calls(call("lookup", what="web")), says("web-1 is fine [2]"))
    first, *others = run.results(1)
    assert "There is no such result: so far there is none." in first
    assert others[:23] == ["Not run, for the reason in [1]."] * 23
    assert [entry.output.status for entry in run.investigation.evidence] == [
        "invalid_arguments",
        "ok",
    ]
    assert run.notices == ["The model made 39 calls at once: the first 24 were run."]
    assert run.answer.text == "web-1 is fine [2]"


def test_a_result_that_did_not_exist_can_be_read_once_it_does() -> None:
    run = investigate(
        calls(call("read_evidence", "c1", number=2)),
        calls(call("lookup", "c2", what="web")),
        calls(call("read_evidence", "c3", number=2)),
        calls(call("read_evidence", "c4", number=2, lines="some")),
        says("web-1 is fine [2]"),
    )
    statuses = [entry.output.status for entry in run.investigation.evidence]
    assert statuses == ["invalid_arguments", "ok", "ok", "invalid_arguments"]
    assert "1: web-1 is fine" in run.results()[2]
    assert "is no range of lines" in run.results()[3]


@pytest.mark.parametrize(
    ("question", "strategy", "looks_into"),
    [
        ("which pods run on node-1?", Guided(), None),
        ("which pods run in default?", Guided(), "default"),
        ("which pods run on node-1?", Plain(), "default"),
    ],
    ids=["unasked", "asked", "left alone"],
)
def test_a_namespace_that_nobody_named_is_left_out_of_a_call_of_a_model_that_is_led(
    question: str, strategy: Strategy, looks_into: str | None
) -> None:
    tool = overview()
    script = [calls(call("overview", namespace="default")), says("web-1 is fine [1]")]
    run = investigate(
        toolsets=(replace(toolset(tool), guesses={"namespace": "default"}),),
        question=question,
        model=ScriptedModel(script, context_window=32_768),
        strategy=strategy,
    )
    assert [made.get("namespace") for made in tool.calls] == [looks_into]
    assert ("was said by nobody" in run.results()[0]) is (looks_into is None)


def test_a_namespace_that_a_result_shows_was_said() -> None:
    tool = overview(prints="NAMESPACE  NAME\ndefault    web-1")
    run = investigate(
        calls(call("overview", "c1")),
        calls(call("overview", "c2", namespace="default")),
        says("web-1 is fine [2]"),
        toolsets=(replace(toolset(tool), guesses={"namespace": "default"}),),
        question="which pods run on node-1?",
    )
    assert tool.calls == [{}, {"namespace": "default"}]
    assert "was said by nobody" not in run.results()[1]
