"""A model that is led: code looks first, states what it knows, and the model explains."""

import time

import anyio
import pytest
from scripted import ScriptedModel

from agent.led import CART_IS_WELL, EXPLAINED, LOOK, STATED, guided
from agent.running import FACTS, TROUBLE, Run, call, calls, investigate, says
from agent.tools import PROBLEMS, finding, findings, lookup, overview
from holmes.agent.conversation import Limits
from holmes.agent.strategies.guided import Guided
from holmes.core import events
from holmes.core.finding import Finding
from holmes.models.base import ModelReply, ModelRequest, ProgressSink


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
    run = guided(TROUBLE, EXPLAINED, question=question)
    assert tools_called(run) == ["find", "lookup"]
    assert run.answer.text == f"{STATED}\n\n*In the model's words:* {EXPLAINED.content}"
    assert run.answer.citations == (1, 2)
    [statement] = run.answer.statements
    assert (statement.verdict, statement.citations) == ("confirmed", (1, 2))
    assert "ledger" not in run.answer.text, "another problem is not what was asked"
    assert run.offered == [0, 0]
    assert run.shown.startswith(STATED)


def test_what_no_call_confirms_is_likely() -> None:
    slow = lookup(seconds=5)
    slow.timeout = 0.05
    run = guided(TROUBLE, EXPLAINED, question="why is checkout down?", tool=slow)
    [statement] = run.answer.statements
    assert (statement.verdict, statement.citations) == ("likely", (1,))
    assert run.answer.text.startswith(
        "**Deployment shop/checkout** (likely)\n- cause: DB_URL is not set [1]\n"
    )


def test_what_a_call_does_not_show_is_likely_and_the_command_is_next() -> None:
    other = lookup(prints="checkout is there")
    [statement] = guided(
        TROUBLE, EXPLAINED, question="why is checkout down?", tool=other
    ).answer.statements
    assert (statement.verdict, statement.citations) == ("likely", (1,))
    assert statement.next == "lookup checkout"


@pytest.mark.parametrize(
    "said",
    ["It has 47 restarts [1].", "The pod checkout-66f9c8b5d4-zzk2p fails.", "", "  "],
    ids=["a number", "an invented pod", "empty", "blank"],
)
def test_an_explanation_that_spoils_what_was_found_is_left_out(said: str) -> None:
    run = guided(TROUBLE, says(said), question="why is checkout down?")
    assert run.answer.text == STATED
    assert run.answer.state == "answered"
    assert len(run.model.requests) == 2


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
    assert time.monotonic() - began < 40
    assert (run.answer.text, run.answer.state) == (STATED, "answered")


def test_a_healthy_object_that_is_named_is_said_to_be_well() -> None:
    run = guided(TROUBLE, question="does cart crash?")
    assert run.answer.text == CART_IS_WELL == run.shown
    assert (run.answer.state, run.answer.reason, run.answer.citations) == ("answered", "", (1,))
    assert tools_called(run) == ["find"]
    assert len(run.model.requests) == 1, "the model is asked nothing more"


def test_the_model_tells_in_a_word_what_is_asked_and_the_conversation_knows_nothing_of_it() -> None:
    run = guided(FACTS, LOOK, says("web-1 is fine [2]."), question="which pods has web?")
    aside, *rest = run.model.requests
    assert aside.messages[-1].content == "which pods has web?"
    assert (aside.tools, aside.max_tokens) == ((), 4)
    assert all(message not in rest[-1].messages for message in aside.messages[:-1])
    assert [message.content for message in rest[0].messages][1:] == ["which pods has web?"]
    assert run.shown == "web-1 is fine [2]."


@pytest.mark.parametrize("said", ["Trouble.", "trouble", "TROUBLE, it asks why", " trouble\n"])
def test_the_word_may_be_written_in_any_way(said: str) -> None:
    assert guided(says(said), question="does cart crash?").answer.text == CART_IS_WELL


@pytest.mark.parametrize("said", ["Facts.", "<think>\nOkay,", "Please run `kubectl get pods -A`."])
def test_what_is_not_trouble_lets_the_model_go_on_with_tools(said: str) -> None:
    run = guided(says(said), LOOK, says("web-1 is fine [2]."), question="which pods has web?")
    assert run.offered == [0, 2, 0]
    assert run.answer.text == "web-1 is fine [2]."


def test_a_fact_of_a_broken_object_is_looked_up_and_the_finding_is_known() -> None:
    tool = lookup(prints="checkout runs shop/checkout:7.1")
    look = calls(call("lookup", what="checkout"))
    said = says("It runs shop/checkout:7.1 [2].")
    run = guided(FACTS, look, said, question="which image does checkout run?", tool=tool)
    asked = run.model.requests[1].messages[-1].content
    [checkout, ledger] = PROBLEMS
    assert f"Found by checks in code [1]: {checkout.summary}" in asked
    assert ledger.summary not in asked
    assert run.offered == [0, 2, 0]
    assert tools_called(run) == ["find", "lookup"]
    assert (run.answer.text, run.answer.reason) == (said.content, "")


def test_a_fact_of_a_healthy_object_is_looked_up_too() -> None:
    look = calls(call("lookup", what="cart"))
    said = says("web-1 belongs to cart [2].")
    run = guided(FACTS, look, said, question="which pods has cart?")
    asked = run.model.requests[1].messages[-1].content
    assert f"Found by checks in code [1]: {CART_IS_WELL}" in asked
    assert run.answer.text == said.content


def test_what_is_named_whole_is_shown_before_the_model_answers_a_fact_of_it() -> None:
    tool = lookup(prints="Name: cart\nImage: shop/cart:3.1\nReplicas: 2 desired")
    said = says("It runs shop/cart:3.1 [2].")
    question = "which image does cart in shop run?"
    run = guided(FACTS, said, question=question, look=findings(looks=("shop/cart",)), tool=tool)
    assert tool.calls == [{"what": "shop/cart"}]
    assert "shop/cart:3.1" in run.model.requests[1].messages[-2].content
    assert run.offered == [0, 0]
    assert (run.answer.text, run.answer.citations) == (said.content, (2,))


def test_a_fact_that_the_model_makes_up_gives_way_to_the_lines_that_were_shown() -> None:
    tool = lookup(prints="Name: cart\nImage: shop/cart:3.1\nMemory limit: 96Mi\nReplicas: 2")
    said = says("Its memory limit is 1024Mi [2].")
    question = "what memory limit does cart in shop have?"
    run = guided(
        FACTS, said, said, question=question, look=findings(looks=("shop/cart",)), tool=tool
    )
    assert run.offered == [0, 0, 2], "it may look for what was not shown"
    assert "Memory limit: 96Mi" in run.answer.text
    assert "1024" not in run.answer.text
    assert run.answer.citations == (2,)


def test_what_shares_a_word_with_the_namespace_is_not_shown() -> None:
    tool = lookup(prints="Image: shop/cart:3.1")
    names = ("shop/cart", "shop/shop-api")
    said = says("It runs shop/cart:3.1 [2].")
    question = "which image does deployment cart in namespace shop run?"
    guided(FACTS, said, question=question, look=findings(healthy=names, looks=names), tool=tool)
    assert tool.calls == [{"what": "shop/cart"}]


def test_what_is_named_by_a_part_only_is_not_shown_unasked() -> None:
    tool = lookup()
    look = findings(healthy=("shop/cart-api",), looks=("shop/cart-api",))
    guided(FACTS, says("A cart holds goods."), question="what is a cart?", look=look, tool=tool)
    assert tool.calls == []


def test_what_code_told_of_the_named_object_can_be_the_answer() -> None:
    said = says("DB_URL is not set there [1].")
    run = guided(FACTS, said, question="which settings has checkout?")
    assert (run.answer.text, run.answer.state, run.answer.reason) == (said.content, "answered", "")


def test_advice_does_not_rest_on_what_code_told() -> None:
    said = says("Run `kubectl get pods -n shop`.")
    run = guided(FACTS, said, said, question="which pods has checkout?")
    assert run.answer.text.startswith(said.content)
    assert run.answer.reason.startswith("No tool was called")


def test_who_only_advises_is_reminded_once_that_it_can_look() -> None:
    said = says("Run `kubectl get pods -n shop`.")
    run = guided(FACTS, said, LOOK, says("web-1 is fine [2]."), question="which pods has web?")
    assert "nothing was looked up yet" in run.model.requests[2].messages[-1].content
    assert run.answer.text == "web-1 is fine [2]."


@pytest.mark.parametrize(("name", "known"), [("checkout", STATED), ("cart", CART_IS_WELL)])
def test_what_is_made_up_about_a_named_object_gives_way_to_what_code_knows(
    name: str, known: str
) -> None:
    invented = says("The pod is checkout-66f9c8b5d4-zzk2p.")
    run = guided(FACTS, invented, says(""), question=f"which pods has {name}?")
    assert run.answer.text == known
    assert "it may be about something else" in run.answer.reason
    assert run.answer.state == "answered"
    voided = next(n for n, e in enumerate(run.seen) if isinstance(e, events.ModelTextVoid))
    stated = [e.text for e in run.seen[voided:] if isinstance(e, events.ModelText)]
    assert "".join(stated).strip() == known


@pytest.mark.parametrize(("name", "known"), [("checkout", STATED), ("cart", CART_IS_WELL)])
def test_calls_about_a_named_object_that_show_nothing_are_answered_from_what_code_knows_of_it(
    name: str, known: str
) -> None:
    wrong = calls(call("lookup"))
    run = guided(FACTS, wrong, wrong, says(""), question=f"which pods has {name}?")
    assert run.answer.text == known.replace("[1][2]", "[1][4]")
    assert "it may be about something else" in run.answer.reason


def test_a_fact_is_looked_up_by_one_call_and_told() -> None:
    tool = lookup(prints="web has 3 replicas")
    look = calls(call("lookup", what="replicas"))
    run = guided(
        FACTS, look, says("It has 3 replicas [2]."), question="how many replicas?", tool=tool
    )
    assert run.offered == [0, 2, 0], "a small model would look for ever"
    assert run.answer.text == "It has 3 replicas [2]."


@pytest.mark.parametrize("question", ["what is wrong, and why?", "was ist kaputt?"])
def test_asked_for_what_is_wrong_without_a_name_code_states_all(question: str) -> None:
    run = guided(TROUBLE, question=question)
    stated = [statement.text for statement in run.answer.statements]
    assert stated == [each.summary for each in PROBLEMS]
    assert run.offered == [0], "of several findings the model explains none"


def test_a_model_that_goes_on_and_chooses_the_look_itself_has_all_stated() -> None:
    run = guided(FACTS, calls(call("find")), EXPLAINED, question="list the problems")
    stated = [statement.text for statement in run.answer.statements]
    assert stated == [each.summary for each in PROBLEMS]


def test_nothing_found_is_told_in_the_words_of_the_look() -> None:
    run = guided(TROUBLE, question="is anything wrong?", look=findings(found=()))
    assert run.answer.text == "No problems were found in 9 pods. [1]"
    assert run.answer.citations == (1,)
    assert len(run.model.requests) == 1


def test_of_very_many_findings_the_worst_are_stated_and_the_rest_counted() -> None:
    many = tuple(finding(f"app{n}", f"error {n} happened") for n in range(40))
    shown = lookup(prints="error 0 happened, error 1 happened, error 2 happened")
    run = guided(TROUBLE, says("0"), question="what is wrong?", look=findings(many), tool=shown)
    assert [each.object for each in run.answer.stated] == [f"Deployment shop/app{n}" for n in "012"]
    assert run.answer.more == "37 more findings: `find` [1]."
    assert run.answer.text.endswith(run.answer.more)
    assert [each.verdict for each in run.answer.stated] == ["confirmed"] * 3
    assert len(run.model.requests) == 2, "of three the model explains none"


def test_calls_that_show_nothing_twice_are_not_answered_with_what_nobody_asked_for() -> None:
    wrong = calls(call("lookup"))
    said = says("Nothing that was looked at tells this.")
    run = guided(FACTS, wrong, wrong, said, said, question="why do users wait?")
    assert run.answer.statements == ()
    assert run.answer.state == "none"
    assert "checkout" not in run.answer.text


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
    run = guided(
        FACTS, says(said), question="what does a readiness probe do?", look=findings(found)
    )
    assert run.answer.text.startswith(said)
    assert run.answer.reason.startswith("No tool was called")


def test_every_look_of_code_is_shown_as_it_happens() -> None:
    run = guided(TROUBLE, EXPLAINED, question="why is checkout down?")
    looks = [type(e) for e in run.seen if isinstance(e, events.ToolStarted | events.ToolFinished)]
    assert looks == [events.ToolStarted, events.ToolFinished] * 2
