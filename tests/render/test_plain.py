"""What a pipe receives: the answer alone."""

import io

from holmes import events
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
