"""What becomes of a call before it runs: one mistake is one, and a guess is no argument."""

from dataclasses import replace

import pytest

from agent.test_loop import call, calls, investigate, says
from agent.tools import overview, toolset
from holmes.core import events
from holmes.models.scripted import ScriptedModel


def test_results_that_do_not_exist_are_one_mistake_however_many_are_asked_for() -> None:
    reads = [call("read_evidence", f"c{n}", number=n) for n in range(1, 40)]
    run = investigate(calls(*reads), calls(call("lookup", what="web")), says("web-1 is fine [2]"))
    first, *others = run.results(1)
    assert "There is no such result: so far there is none." in first
    assert others == ["Not run, for the reason in [1]."] * 23
    assert [entry.output.status for entry in run.investigation.evidence] == [
        "invalid_arguments",
        "ok",
    ]
    notices = [event.text for event in run.seen if isinstance(event, events.Noticed)]
    assert notices == ["The model made 39 calls at once: the first 24 were run."]
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
    ("question", "model", "looks_into"),
    [
        ("which pods run on node-1?", "qwen-1.5b", None),
        ("which pods run in default?", "qwen-1.5b", "default"),
        ("which pods run on node-1?", "some-frontier-model", "default"),
    ],
    ids=["unasked", "asked", "no small model"],
)
def test_a_namespace_that_nobody_named_is_left_out_of_a_small_models_call(
    question: str, model: str, looks_into: str | None
) -> None:
    tool = overview()
    script = [calls(call("overview", namespace="default")), says("web-1 is fine [1]")]
    run = investigate(
        toolsets=(replace(toolset(tool), guesses={"namespace": "default"}),),
        question=question,
        model=ScriptedModel(script, name=model, context_window=32_768),
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
