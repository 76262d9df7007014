"""What a pipe receives: the answer alone."""

import io

from holmes.core import events
from holmes.core.answer import Quote, Statement
from holmes.render.json_document import JsonRenderer
from holmes.render.plain import HOLD_CHARS, PlainRenderer
from render.test_terminal import STARTED, answered, evidence, said


def written(*happened: events.Event) -> tuple[str, str]:
    out, progress = io.StringIO(), io.StringIO()
    renderer = PlainRenderer(out, progress)
    for event in happened:
        renderer(event)
    renderer.close()
    return out.getvalue(), progress.getvalue()


def test_a_remark_before_a_tool_call_is_not_part_of_the_answer() -> None:
    out, progress = written(
        said("Let me look.\n"),
        events.ModelTextVoid(),
        STARTED,
        events.ToolFinished(key="1", evidence=evidence()),
        said("It is fine [1]."),
        answered("It is fine [1]."),
    )
    assert out == "It is fine [1].\n\nEvidence:\n[1] kubectl get pods\n"
    assert "→ kubectl get pods" in progress


def test_a_long_answer_is_passed_on_before_it_is_complete() -> None:
    out, progress = io.StringIO(), io.StringIO()
    renderer = PlainRenderer(out, progress)
    renderer(said("word " * HOLD_CHARS))
    assert out.getvalue().startswith("word word")
    renderer(said("end"))
    assert out.getvalue().endswith("end")


def test_text_that_was_passed_on_and_withdrawn_is_marked() -> None:
    long = "wrong " * HOLD_CHARS
    out, _ = written(said(long), events.ModelTextVoid(), answered("right", citations=()))
    assert out.index("was not the answer") < out.index("right")


def test_a_repeated_call_says_that_it_did_not_run() -> None:
    _, progress = written(events.ToolFinished(key="r", evidence=evidence(), repeated=True))
    assert "not run again" in progress


CARRIED = {
    "statements": (
        Statement(
            text="web-1 lacks a variable",
            verdict="confirmed",
            citations=(1,),
            quotes=(Quote(evidence=1, lines=("web-1 Running",)),),
        ),
        Statement(text="db-0 is slow", verdict="inconclusive", open="no result shows 3 s"),
    ),
    "gaps": ("Not seen: what `kubectl logs db-0` shows (it failed).",),
}


def test_under_an_answer_stand_verdicts_and_the_quoted_lines_of_each_command() -> None:
    out, _ = written(
        events.ToolFinished(key="1", evidence=evidence()), answered("It is fine [1].", **CARRIED)
    )
    assert out == (
        "It is fine [1].\n\nNot seen: what `kubectl logs db-0` shows (it failed).\n"
        "\nCauses:\nCONFIRMED     web-1 lacks a variable [1]\n"
        "INCONCLUSIVE  db-0 is slow: no result shows 3 s\n"
        "\nEvidence:\n[1] kubectl get pods\n    | web-1 Running\n"
    )


def test_what_was_withheld_or_added_follows_what_was_passed_on() -> None:
    long = "word " * HOLD_CHARS
    out, _ = written(said(long), answered(f"{long}and more.", citations=()))
    assert out == f"{long}and more.\n"


def test_the_document_has_verdicts_and_the_command_and_lines_behind_each_number() -> None:
    renderer = JsonRenderer("q", io.StringIO())
    renderer(events.ToolFinished(key="1", evidence=evidence()))
    renderer(answered("It is fine [1].", **CARRIED))
    document = renderer.document()
    assert document["evidence"] == [
        {"number": 1, "command": "kubectl get pods", "lines": ["web-1 Running"]}
    ]
    assert document["statements"][0] == {
        "text": "web-1 lacks a variable",
        "verdict": "confirmed",
        "citations": [1],
        "quotes": [{"number": 1, "lines": ["web-1 Running"]}],
        "open": "",
    }
    assert document["gaps"] == list(CARRIED["gaps"])
