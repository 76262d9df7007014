"""What a person sees, drawn by the real rich on a console that keeps its text."""

import io
import time

import pytest
from rich.console import Console

from holmes.core import events
from holmes.core.answer import Answer, Quote, Statement
from holmes.core.evidence import Evidence
from holmes.core.messages import Usage
from holmes.core.tool_output import ToolOutput
from holmes.render.terminal import TerminalRenderer


def evidence(number: int = 1, **output: object) -> Evidence:
    given = {"status": "ok", "text": "web-1 Running", "command": "kubectl get pods"} | output
    return Evidence(
        number=number,
        tool="kubectl_get",
        arguments={"kind": "pods"},
        output=ToolOutput(**given),  # type: ignore[arg-type]
        excerpt=str(given["text"]),
        seconds=0.25,
    )


def drawn(*happened: events.Event, verbose: bool = False, width: int = 100) -> str:
    page = io.StringIO()
    console = Console(file=page, force_terminal=False, width=width, highlight=False)
    renderer = TerminalRenderer(console, verbose=verbose)
    for event in happened:
        renderer(event)
    renderer.close()
    return page.getvalue()


STARTED = events.ToolStarted(
    key="1", tool="kubectl_get", arguments={"kind": "pods"}, command="kubectl get pods"
)


def said(text: str) -> events.ModelText:
    return events.ModelText(text=text, reasoning=False)


def answered(text: str, **more: object) -> events.Answered:
    given = {"state": "answered", "citations": (1,)} | more
    return events.Answered(answer=Answer(text=text, **given))  # type: ignore[arg-type]


def test_a_call_is_one_line_with_command_state_and_time() -> None:
    page = drawn(STARTED, events.ToolFinished(key="1", evidence=evidence()))
    assert "✓ [1] kubectl get pods  0.25 s" in page


def test_calls_that_run_at_once_each_show_their_own_command() -> None:
    page = io.StringIO()
    renderer = TerminalRenderer(Console(file=page, force_terminal=True, width=100))
    for key, command in enumerate(("kubectl get pods", "kubectl get nodes")):
        renderer(
            events.ToolStarted(key=str(key), tool="kubectl_get", arguments={}, command=command)
        )
    deadline = time.monotonic() + 10
    while "kubectl get nodes" not in page.getvalue() and time.monotonic() < deadline:
        time.sleep(0.02)  # the live region is drawn by a thread of its own
    renderer.close()
    assert "kubectl get pods" in page.getvalue()


def test_a_failed_run_lists_what_was_found_under_one_heading() -> None:
    page = io.StringIO()
    renderer = TerminalRenderer(Console(file=page, width=100))
    for number in (1, 2):
        renderer(events.ToolFinished(key=str(number), evidence=evidence(number)))
    renderer.failed("the server is gone")
    renderer.close()
    assert page.getvalue().count("What was found so far") == 1
    assert page.getvalue().count("│ web-1 Running") == 2


def test_a_refused_call_says_why() -> None:
    refused = evidence(status="denied", command="", text="", note="delete is not a reading verb")
    page = drawn(events.ToolFinished(key="1", evidence=refused))
    assert "kubectl_get(kind='pods')" in page
    assert "denied" in page
    assert "delete is not a reading verb" in page


def test_a_streamed_answer_is_rendered_as_markdown_and_printed_once() -> None:
    page = drawn(
        events.ToolFinished(key="1", evidence=evidence()),
        said("# Findings\n"),
        said("\n"),
        said("The pod **web-1** is fine [1]."),
        answered("# Findings\n\nThe pod **web-1** is fine [1]."),
    )
    assert page.count("Findings") == 1
    assert "**" not in page
    assert "web-1 is fine [1]." in page
    assert "Evidence\n  [1] kubectl get pods" in page


def test_an_answer_that_was_not_streamed_is_printed() -> None:
    assert "Only at the end." in drawn(answered("Only at the end.", citations=()))


def live(*happened: events.Event) -> tuple[TerminalRenderer, io.StringIO]:
    """On a real terminal of 10 lines, as the bytes that it gets."""
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=60, height=10, highlight=False)
    renderer = TerminalRenderer(console)
    for event in happened:
        renderer(event)
    return renderer, page


def wait_for(page: io.StringIO, text: str) -> None:
    """The live region is drawn by a thread of its own."""
    deadline = time.monotonic() + 10
    while text not in page.getvalue():
        assert time.monotonic() < deadline, page.getvalue()
        time.sleep(0.02)


def test_a_retry_replaces_what_it_retracts() -> None:
    renderer, page = live(said("The pod is ghost.\n\nMore of it.\n\n"))
    wait_for(page, "More of it.")
    shown = len(page.getvalue())
    renderer(events.ModelTextVoid())
    assert "\x1b[2K" in page.getvalue()[shown:], "the lines of the draft are erased"
    shown = len(page.getvalue())
    renderer(events.ModelWaiting(step=2, model="m", address="a", tools_offered=0))
    renderer(answered("It is web-1.", citations=()))
    renderer.close()
    after = page.getvalue()[shown:]
    assert "It is web-1." in after
    assert "ghost" not in after
    assert "ghost" not in drawn(said("ghost"), events.ModelTextVoid(), answered("It is web-1."))


def test_of_a_long_draft_the_end_is_on_the_screen() -> None:
    renderer, page = live(said("".join(f"- line {n}\n" for n in range(100))))
    wait_for(page, "line 99")
    renderer.close()
    assert "line 50" not in page.getvalue()


def test_what_the_model_says_before_its_calls_is_kept() -> None:
    page = drawn(said("Let me look."), events.ModelTextVoid(), STARTED)
    assert "Let me look." in page


def test_no_answer_shows_what_was_found_and_why() -> None:
    page = drawn(
        events.ToolFinished(key="1", evidence=evidence()),
        answered("", state="none", citations=(), reason="The model wrote no answer."),
    )
    assert "The model wrote no answer." in page
    assert "web-1 Running" in page


def test_statements_with_verdicts_and_quotes_stand_under_the_answer() -> None:
    page = drawn(
        events.ToolFinished(key="1", evidence=evidence()),
        said("It is fine [1].\n\n"),
        answered(
            "It is fine [1].\n\nReally.",
            statements=(
                Statement(
                    text="web-1 is slow for want of memory [1].",
                    verdict="likely",
                    citations=(1,),
                    quotes=(Quote(evidence=1, lines=("web-1 Running",)),),
                ),
            ),
            gaps=("Not seen: what `x` shows.",),
        ),
    )
    assert page.count("It is fine [1].") == 1
    assert "was not the answer" not in page
    lines = [line.rstrip() for line in page.splitlines()]
    at = lines.index("Causes")
    assert lines[at : at + 5] == [
        "Causes",
        "  LIKELY       web-1 is slow for want of memory [1].",
        "Evidence",
        "  [1] kubectl get pods",
        "      │ web-1 Running",
    ]
    assert page.index("Really.") < page.index("Not seen")


def test_a_narrow_terminal_cuts_neither_names_nor_evidence() -> None:
    pod = "checkout-78bbb7575c-ctxps"
    page = drawn(
        events.ToolFinished(key="1", evidence=evidence()),
        answered(
            f"| pod | state |\n| --- | --- |\n| {pod} | it does not come up at all |",
            statements=(
                Statement(
                    text="x",
                    verdict="confirmed",
                    quotes=(Quote(evidence=1, lines=(f"{'word ' * 12}the cause",)),),
                ),
            ),
        ),
        width=40,
    )
    assert "…" not in page
    assert pod in "".join(line[:19].strip() for line in page.splitlines())
    quoted = page[page.index("│ word") :]
    assert "the cause" in " ".join(quoted.split())
    assert all(line.startswith(" " * 8) for line in quoted.splitlines()[1:3])


def test_the_summary_counts_tokens_of_all_requests() -> None:
    replied = events.ModelReplied(
        step=1, usage=Usage(prompt_tokens=1000, completion_tokens=50), seconds=1
    )
    assert "2 requests · 0 tool calls · 2,000+100 tokens" in drawn(replied, replied, answered("x"))
    called = events.ToolFinished(key="1", evidence=evidence())
    assert "\n1 request · 1 tool call · " in drawn(replied, called, answered("x"))


def test_escape_sequences_of_tools_and_models_do_not_reach_the_terminal() -> None:
    planted = evidence(text="\x1b[2Jgone\x1b]0;title\x07", note="\x1b[31mred")
    page = drawn(
        events.ToolFinished(key="1", evidence=planted),
        said("\x1b[1;1Hhello\n"),
        answered("\x1b[1;1Hhello"),
        verbose=True,
    )
    assert "\x1b" not in page
    assert "gone" in page
    assert "hello" in page


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("![chart](http://evil.example/?d=1)", "http://evil.example/?d=1"),
        ("[docs](http://evil.example/?d=2)", "http://evil.example/?d=2"),
        ("[x][1]\n\n[1]: http://evil.example/?d=3", "http://evil.example/?d=3"),
        ("the node is <none>", "<none>"),
        ('<img src="http://evil.example/?d=4">', "http://evil.example/?d=4"),
    ],
)
def test_nothing_hides_behind_markdown(written: str, shown: str) -> None:
    out = io.StringIO()
    renderer = TerminalRenderer(Console(file=out, force_terminal=True, width=100))
    renderer(events.Answered(answer=Answer(text=written, state="answered")))
    renderer.close()
    assert shown in out.getvalue()


ADDRESSES = (
    "[report](http://evil.example/x)",
    '[kubectl.io](http://evil.example/x "harmless")',
    "![report](http://evil.example/x)",
    "[1]: http://evil.example/x",
    "<http://evil.example/x>",
    '<img src="http://evil.example/x">',
    "| a |\n|---|\n| ![x](http://evil.example/x) |",
)


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_shown_whatever_form_it_comes_in(text: str) -> None:
    page = drawn(answered(text))
    assert "http://evil.example/x" in page
    assert "\x1b]" not in page


@pytest.mark.parametrize("evil", ["\x1b]8;;http://evil.example\x07", "\x9d8;;x\x9c", "\x1b[2J"])
def test_nothing_that_is_printed_is_obeyed(evil: str) -> None:
    """The answer, its reason, a notice, a result and the model's own name."""
    page = drawn(
        events.ModelWaiting(step=1, model=f"m{evil}", address="http://x", tools_offered=0),
        events.Noticed(text=f"careful{evil}"),
        events.ToolFinished(key="1", evidence=evidence(text=evil, note=evil)),
        answered(f"done{evil}", state="none", reason=f"because{evil}"),
        verbose=True,
    )
    assert "because" in page
    assert not {"\x1b", "\x9d", "\x9b", "\x07"} & set(page)


STATED = {
    "statements": (
        Statement(
            text="Deployment shop/checkout: it crash-loops: PAYMENT_API_KEY is not set (exit 1)",
            verdict="confirmed",
            citations=(1, 2),
            quotes=(Quote(evidence=1, lines=("PAYMENT_API_KEY is not set",)),),
            object="Deployment shop/checkout",
            problem="it crash-loops since 11:02",
            cause="PAYMENT_API_KEY is not set (exit 1)",
            impact="2 old pods still serve; no Service or caller is seen to fail",
            changed="revision 2: REQUIRED_ENV added, 11:01",
        ),
        Statement(
            text="Service shop/cart: its selector app=cart-api matches no pod",
            verdict="likely",
            citations=(1,),
            object="Service shop/cart",
            cause="its selector app=cart-api matches no pod",
            next="kubectl describe service cart -n shop",
        ),
    ),
    "citations": (1, 2),
    "more": "15 more findings: `holmes scan` [1].",
    "explanation": "Nobody can pay **today**.",
}
CALLS = (
    events.ToolFinished(key="1", evidence=evidence(command="holmes scan")),
    events.ToolFinished(key="2", evidence=evidence(2, command="kubectl logs checkout --previous")),
)


@pytest.mark.parametrize("width", [60, 99, 100, 140, 200])
def test_what_code_states_fits_every_width(width: int) -> None:
    page = drawn(*CALLS, answered("as markdown", **STATED), width=width)
    lines = [line.rstrip() for line in page.splitlines()]
    assert max(map(len, lines)) <= width
    words = " ".join(page.split())
    for told in ("it crash-loops", "PAYMENT_API_KEY is not set", "REQUIRED_ENV added", "likely"):
        assert words.count(told) == 1, told
    first = next(line for line in lines if line.startswith("1 "))
    assert first.endswith("confirmed")
    assert "**" not in page
    assert page.index("15 more findings") < page.index("In the model's words")
    [beside] = [line for line in lines if "[2] kubectl logs" in line and "✓" not in line]
    assert ("PAYMENT" in beside) is (width >= 100)
