"""What a pipe receives: the answer alone."""

import io

from holmes.core import events
from holmes.core.answer import Quote, Specific, Statement
from holmes.render.json_document import JsonRenderer
from holmes.render.plain import PlainRenderer
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


def test_nothing_is_written_before_the_answer_is_final() -> None:
    out = io.StringIO()
    renderer = PlainRenderer(out, io.StringIO())
    renderer(said("wrong " * 400))
    renderer(events.ModelTextVoid())
    renderer(said("right " * 400))
    assert out.getvalue() == ""
    renderer(answered("right", citations=()))
    assert out.getvalue() == "right\n"


def test_a_repeated_call_says_that_it_did_not_run() -> None:
    _, progress = written(
        events.ToolFinished(key="1", evidence=evidence()), events.ToolRepeated(number=1)
    )
    assert "not run again" in progress


CARRIED = {
    "specifics": (
        Specific(text="web-1", kind="pod", status="verified", evidence=(1,)),
        Specific(text="9", kind="number", status="contradicted", evidence=(1,), instead="7"),
        Specific(text="65 %", kind="number", status="computed", calculation="13 / 20 = 65 %"),
    ),
    "statements": (
        Statement(
            text="web-1 runs out of memory.",
            verdict="confirmed",
            citations=(1,),
            quotes=(Quote(evidence=1, lines=("web-1 OOMKilled",)),),
        ),
        Statement(
            text="db-0 waits for it [1].",
            verdict="inconclusive",
            citations=(1,),
            open="the log of db-0 would decide it",
        ),
    ),
    "gaps": ("Not seen: what `kubectl logs db-0` shows (it failed).",),
}


def test_under_an_answer_stand_statements_with_verdicts_and_the_lines_that_decide() -> None:
    out, _ = written(
        events.ToolFinished(key="1", evidence=evidence()), answered("It is fine [1].", **CARRIED)
    )
    assert out == (
        "It is fine [1].\n\nNot seen: what `kubectl logs db-0` shows (it failed).\n"
        "\nCauses:\nCONFIRMED    web-1 runs out of memory. [1]\n    | [1] web-1 OOMKilled\n"
        "INCONCLUSIVE db-0 waits for it [1]. Open: the log of db-0 would decide it\n"
        "\nEvidence:\n[1] kubectl get pods\n"
    )


def test_the_document_has_verdicts_and_the_command_and_lines_behind_each_number() -> None:
    renderer = JsonRenderer("q", io.StringIO())
    renderer(events.ToolFinished(key="1", evidence=evidence()))
    renderer(answered("It is fine [1].", **CARRIED))
    document = renderer.document()
    assert document["evidence"] == [
        {"number": 1, "command": "kubectl get pods", "lines": ["web-1 OOMKilled"]}
    ]
    assert document["statements"][0] == {
        "text": "web-1 runs out of memory.",
        "verdict": "confirmed",
        "citations": [1],
        "quotes": [{"evidence": 1, "lines": ["web-1 OOMKilled"]}],
    }
    assert document["statements"][1]["quotes"] == []
    assert document["specifics"] == [
        {"text": "web-1", "kind": "pod", "status": "verified", "evidence": [1]},
        {
            "text": "9",
            "kind": "number",
            "status": "contradicted",
            "evidence": [1],
            "instead": "7",
        },
        {
            "text": "65 %",
            "kind": "number",
            "status": "computed",
            "evidence": [],
            "calculation": "13 / 20 = 65 %",
        },
    ]
    assert document["gaps"] == list(CARRIED["gaps"])
