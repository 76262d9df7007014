"""A model that is left alone, and what shows that it has to be led."""

from dataclasses import replace

import pytest

from agent.running import FACTS, TROUBLE, Run, call, calls, investigate, says
from agent.tools import findings, lookup, toolset
from holmes.core.messages import AssistantMessage, ToolCall
from holmes.tools.base import Toolset

LED = "The model is led step by step from here"
LOOK = calls(call("lookup", what="web"))


def looking() -> tuple[Toolset, ...]:
    """A tool that finds problems by itself, and one that is to be called."""
    return (replace(toolset(findings()), opening="find"), toolset(lookup()))


def led(run: Run) -> list[str]:
    return [text for text in run.notices if text.startswith(LED)]


def test_all_tools_from_the_first_request_and_nothing_before_it() -> None:
    run = investigate(LOOK, says("web-1 is fine [1]."), toolsets=looking())
    assert run.offered == [3, 3]
    assert [entry.tool for entry in run.investigation.evidence] == ["lookup"]
    assert run.notices == []


INVENTED = says("The pod ledger-7d4b9c6f5d-x8k2p has no memory left.")


def test_who_makes_up_a_system_without_a_look_is_led_and_looks() -> None:
    run = investigate(INVENTED, FACTS, LOOK, says("web-1 is fine [2]."), toolsets=looking())
    assert len(led(run)) == 1
    assert "without looking" in led(run)[0]
    told = run.model.requests[2].messages
    assert told[-2] == INVENTED
    assert "nothing was looked up" in told[-1].content
    assert [entry.tool for entry in run.investigation.evidence] == ["find", "lookup"]
    assert run.answer.text == "web-1 is fine [2]."


@pytest.mark.parametrize(
    "said",
    [
        "I have no access to your cluster. Please run `kubectl get pods -A` and send the output.",
        "Look yourself:\n```sh\nkubectl get pods -A\n```",
    ],
    ids=["a command", "a block"],
)
def test_who_tells_how_to_look_is_reminded_that_it_can_and_not_led(said: str) -> None:
    run = investigate(says(said), LOOK, says("web-1 is fine [1]."), toolsets=looking())
    assert run.notices == []
    assert run.model.requests[1].messages[-2] == says(said)
    assert "call the tool that shows it" in run.model.requests[1].messages[-1].content
    assert run.answer.text == "web-1 is fine [1]."


def test_advice_that_is_given_again_is_an_answer_that_says_that_nothing_was_seen() -> None:
    said = says("Please run `kubectl get pods -A`.")
    run = investigate(said, said, toolsets=looking(), question="how do I list pods?")
    assert (run.answer.text, run.answer.state) == (said.content, "answered")
    assert run.answer.reason.startswith("No tool was called")


def test_what_is_made_up_twice_is_no_answer_whatever_code_has_looked_at() -> None:
    for toolsets, asked in (((toolset(lookup()),), ()), (looking(), (FACTS,))):
        replies = (INVENTED, *asked, INVENTED, INVENTED)
        run = investigate(*replies, toolsets=toolsets, question="are all well?")
        assert run.answer.state == "none"
        assert "The model called no tool" in run.answer.reason


def wrong(number: int) -> AssistantMessage:
    return calls(ToolCall(id=f"w{number}", name="lookup", arguments={"limit": number}))


def test_three_replies_whose_calls_can_not_be_run_are_two_too_many() -> None:
    run = investigate(wrong(1), wrong(2), wrong(3), says("Nothing."), toolsets=(toolset(lookup()),))
    assert led(run) == [f"{LED}: its calls can't be run."]
    assert run.offered[-1] == 0
    assert run.answer.state == "none"
    assert "No tool call of the model could be run" in run.answer.reason


def test_what_code_finds_is_stated_where_the_calls_can_not_be_run() -> None:
    run = investigate(
        *(wrong(1), wrong(2), wrong(3), TROUBLE, says("Users can't check out.")),
        toolsets=looking(),
        question="why is checkout down?",
    )
    assert len(led(run)) == 1
    assert run.answer.text.startswith(
        "**Deployment shop/checkout** (confirmed)\n- cause: DB_URL is not set [4][5]"
    )


def test_the_same_calls_again_three_times() -> None:
    run = investigate(LOOK, LOOK, LOOK, LOOK, says("web-1 is fine [1]."))
    assert led(run) == [f"{LED}: it makes the same calls again."]
    assert run.offered == [2, 2, 2, 2, 0]
    assert (run.answer.text, run.answer.state) == ("web-1 is fine [1].", "answered")


def test_a_mistake_that_is_mended_leads_to_nothing() -> None:
    db = calls(call("lookup", what="db"))
    run = investigate(
        *(wrong(1), wrong(2), LOOK, LOOK, wrong(3), db),
        says("Both are fine [3]."),
    )
    assert run.notices == []
    assert run.answer.state == "answered"


def test_each_run_is_led_once_at_most() -> None:
    run = investigate(INVENTED, FACTS, wrong(1), wrong(2), says("No."), toolsets=looking())
    assert len(led(run)) == 1


def test_of_many_calls_at_once_the_model_is_told_which_were_not_run() -> None:
    tool = lookup()
    many = [call("lookup", f"c{n}", what=f"web-{n}") for n in range(30)]
    run = investigate(calls(*many), says("web-1 is fine [1]."), tools=(tool,))
    assert len(tool.calls) == 24
    assert [text.startswith("Not run: too many calls") for text in run.results()] == [
        *[False] * 24,
        *[True] * 6,
    ]
    assert run.notices == ["The model made 30 calls at once: the first 24 were run."]
