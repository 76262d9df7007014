"""A model that is led: code looks first, states what it knows, and the model explains."""

import time
from dataclasses import replace

import anyio
import pytest

from agent.running import Run, call, calls, investigate, says
from agent.tools import PROBLEMS, FunctionTool, finding, findings, lookup, overview, toolset
from holmes.agent.conversation import Limits
from holmes.agent.strategies.guided import Guided
from holmes.core import events
from holmes.core.finding import Finding
from holmes.core.messages import AssistantMessage
from holmes.models.base import ModelReply, ModelRequest, ProgressSink
from holmes.models.scripted import ScriptedModel

EXPLAINED = says("Nobody can pay until it is set.")
STATED = """\
**Deployment shop/checkout**: DB_URL is not set [1][2] (confirmed)
- pods: checkout-7d4b9c6f5d-x8k2p
- evidence: checkout: DB_URL is not set
- look: `lookup checkout`"""


def guided(
    *replies: AssistantMessage,
    question: str,
    look: FunctionTool | None = None,
    tool: FunctionTool | None = None,
    model: ScriptedModel | None = None,
    limits: Limits | None = None,
) -> Run:
    opening = replace(toolset(look or findings()), opening="find")
    return investigate(
        *replies,
        toolsets=(opening, toolset(tool or lookup())),
        question=question,
        strategy=Guided(),
        model=model,
        limits=limits,
    )


def tools_called(run: Run) -> list[str]:
    return [entry.tool for entry in run.investigation.evidence]


@pytest.mark.parametrize(
    "question",
    [
        "why is checkout down?",
        "warum startet checkout nicht?",
        "checkout 为什么起不来?",
        "what of checkout-7d4b9c6f5d-x8k2p?",
    ],
)
def test_a_named_finding_is_stated_in_codes_words_and_confirmed_by_a_call(question: str) -> None:
    run = guided(EXPLAINED, question=question)
    assert tools_called(run) == ["find", "lookup"]
    assert run.answer.text == f"{STATED}\n\nNobody can pay until it is set."
    assert run.answer.citations == (1, 2)
    [statement] = run.answer.statements
    assert (statement.verdict, statement.citations) == ("confirmed", (1, 2))
    assert "ledger" not in run.answer.text, "another problem is not what was asked"
    assert run.offered == [0]
    assert run.shown.startswith(STATED)


def test_what_no_call_confirms_is_likely() -> None:
    slow = lookup(seconds=5)
    slow.timeout = 0.05
    run = guided(EXPLAINED, question="why is checkout down?", tool=slow)
    [statement] = run.answer.statements
    assert (statement.verdict, statement.citations) == ("likely", (1,))
    assert run.answer.text.startswith(
        "**Deployment shop/checkout**: DB_URL is not set [1] (likely)\n"
    )


@pytest.mark.parametrize(
    "said",
    ["It has 47 restarts [1].", "The pod checkout-66f9c8b5d4-zzk2p fails.", "", "  "],
    ids=["a number", "an invented pod", "empty", "blank"],
)
def test_an_explanation_that_spoils_what_was_found_is_left_out(said: str) -> None:
    run = guided(says(said), question="why is checkout down?")
    assert run.answer.text == STATED
    assert run.answer.state == "answered"
    assert len(run.model.requests) == 1


class Silent(ScriptedModel):
    """Never answers."""

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        await anyio.sleep(60)
        return await super().complete(request, progress)


def test_what_code_found_does_not_wait_for_a_model_that_is_silent() -> None:
    began = time.monotonic()
    run = guided(
        question="why is checkout down?",
        model=Silent([], context_window=8192),
        limits=Limits(seconds=4, answer_seconds=1),
    )
    assert time.monotonic() - began < 10
    assert (run.answer.text, run.answer.state) == (STATED, "answered")


def test_a_healthy_object_that_is_named_is_said_to_be_well() -> None:
    look = calls(call("lookup", what="cart"))
    run = guided(look, says("cart is fine [2]."), question="does cart crash?")
    asked = run.model.requests[0].messages[-1].content
    assert "Found by checks in code: Nothing is wrong with **shop/cart** [1]." in asked
    assert run.offered[0] == 3, "it may look by itself"
    run = guided(says("Nothing is wrong with cart [1]."), question="does cart crash?")
    assert run.answer.text.startswith("Nothing is wrong with **shop/cart** [1].")
    assert run.answer.state == "answered"
    assert run.answer.reason == ""


def test_a_fact_is_looked_up_by_one_call_and_told() -> None:
    tool = lookup(prints="web has 3 replicas")
    look = calls(call("lookup", what="replicas"))
    run = guided(look, says("It has 3 replicas [2]."), question="how many replicas?", tool=tool)
    assert run.offered == [3, 0], "a small model would look for ever"
    assert run.answer.text == "It has 3 replicas [2]."


def test_asked_for_what_is_wrong_it_need_only_choose_the_look() -> None:
    run = guided(calls(call("find")), EXPLAINED, question="what is wrong, and why?")
    stated = [statement.text for statement in run.answer.statements]
    assert stated == [each.summary for each in PROBLEMS]


def test_nothing_found_is_told_in_the_words_of_the_look() -> None:
    run = guided(calls(call("find")), question="is anything wrong?", look=findings(found=()))
    assert run.answer.text == "No problems were found in 9 pods. [1]"
    assert run.answer.citations == (1,)
    assert len(run.model.requests) == 1


def test_of_very_many_findings_it_is_said_how_many_are_left_out() -> None:
    many = tuple(finding(f"app{n}", f"error {n} happened") for n in range(40))
    run = guided(calls(call("find")), question="what is wrong?", look=findings(many))
    assert run.answer.text.count("**Deployment") == 12
    assert "… and 28 more findings: `holmes scan` lists them all." in run.answer.text
    assert len(run.model.requests) == 1, "of so many the model would only make another list"


def test_calls_that_show_nothing_twice_are_answered_from_what_code_found() -> None:
    wrong = calls(call("lookup"))
    run = guided(wrong, wrong, EXPLAINED, question="why do users wait?")
    assert run.answer.text.startswith("**Deployment shop/checkout**")
    assert "it may be about something else" in run.answer.reason


def test_without_a_tool_that_looks_by_itself_the_model_looks() -> None:
    tool = overview()
    run = investigate(
        calls(call("overview")), says("web-1 is fine [1]."), tools=(tool,), strategy=Guided()
    )
    assert run.offered == [2, 0]
    assert run.answer.text == "web-1 is fine [1]."


@pytest.mark.parametrize("found", [PROBLEMS, ()], ids=["problems", "none"])
def test_general_knowledge_is_not_made_a_look_by_codes_own(found: tuple[Finding, ...]) -> None:
    said = "A readiness probe says when a container may get requests."
    run = guided(says(said), question="what does a readiness probe do?", look=findings(found))
    assert run.answer.text.startswith(said)
    assert run.answer.reason.startswith("No tool was called")


def test_every_look_of_code_is_shown_as_it_happens() -> None:
    run = guided(EXPLAINED, question="why is checkout down?")
    kinds = [type(e) for e in run.seen if not isinstance(e, events.ModelText)]
    assert kinds[:4] == [events.ToolStarted, events.ToolFinished] * 2
