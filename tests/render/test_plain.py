"""What a pipe receives: the answer alone."""

import io

from holmes.core import events
from holmes.core.answer import Quote, Specific, Statement
from holmes.render.json_document import JsonRenderer
from holmes.render.plain import PlainRenderer
from render.test_terminal import CALLS, STARTED, STATED, answered, evidence, said


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
        "\nCauses:\nCONFIRMED    web-1 runs out of memory. [1]\n"
        "INCONCLUSIVE db-0 waits for it [1]. Open: the log of db-0 would decide it\n"
        "\nEvidence:\n[1] kubectl get pods\n    | web-1 OOMKilled\n"
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


def test_what_code_states_is_taken_in_at_a_glance_and_each_fact_stands_once() -> None:
    out, _ = written(*CALLS, answered("as markdown", **STATED))
    assert (
        out
        == """\
1  Deployment shop/checkout  it crash-loops since 11:02  confirmed
   cause    PAYMENT_API_KEY is not set (exit 1)  [2] kubectl logs checkout --previous
   impact   2 old pods still serve; no Service or caller is seen to fail
   changed  revision 2: REQUIRED_ENV added, 11:01
2  Service shop/cart  likely
   cause    its selector app=cart-api matches no pod  [1] holmes scan
   next     kubectl describe service cart -n shop

15 more findings: `holmes scan` [1].

In the model's words: Nobody can pay **today**.
"""
    )


def test_the_document_has_the_parts_of_each_statement() -> None:
    renderer = JsonRenderer("q", io.StringIO())
    renderer(answered("as markdown", **STATED))
    document = renderer.document()
    first = document["statements"][0]
    assert {name: first[name] for name in ("object", "cause", "verdict", "citations")} == {
        "object": "Deployment shop/checkout",
        "cause": "PAYMENT_API_KEY is not set (exit 1)",
        "verdict": "confirmed",
        "citations": [1, 2],
    }
    assert document["statements"][1]["next"] == "kubectl describe service cart -n shop"
    assert (document["answer"], document["explanation"]) == (
        "as markdown",
        "Nobody can pay **today**.",
    )


def test_an_answer_for_a_program_is_all_that_a_pipe_gets() -> None:
    out, progress = written(*CALLS, answered('{"ok": true}', citations=()))
    assert out == '{"ok": true}\n'
    assert "[1] holmes scan" in progress


def test_markdown_of_an_answer_does_not_stand_under_it() -> None:
    long = Statement(text=f"**web** waits `{'x ' * 80}`.", verdict="likely", citations=(1,))
    out, _ = written(*CALLS, answered("It waits [1].", statements=(long,)))
    [line] = [each for each in out.splitlines() if each.startswith("LIKELY")]
    assert line.startswith("LIKELY       web waits x x")
    assert line.endswith("x … [1]")
