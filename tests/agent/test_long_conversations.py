"""Conversations that outgrow the window, are interrupted, and go on elsewhere."""

from itertools import pairwise

import anyio
from scripted import ScriptedModel

from agent.running import NO, TROUBLE, YES, call, calls, says
from agent.test_conversation import DB, WEB, Talk
from agent.tools import PROBLEMS, FunctionTool, findings, lookup, toolset
from holmes.agent.conversation import Limits
from holmes.agent.earlier import folded, telling
from holmes.agent.loop import Investigation
from holmes.agent.state import Turn
from holmes.agent.strategies.guided import Guided
from holmes.agent.strategies.plain import Plain
from holmes.core import events
from holmes.core.messages import AssistantMessage, UserMessage
from holmes.core.tool_output import Findings, ToolOutput


def test_thirty_turns_in_a_window_of_4k_keep_numbers_names_and_citations() -> None:
    replies = []
    for n in range(1, 31):
        replies.append(calls(call("lookup", f"c{n}", what=f"web-{n}")))
        answer = f"Pod web-{n} restarted {100 + n} times [{n}]. Nobody knows what else there is."
        replies.append(says(answer + " It may be the weather, or the moon, or something else."))
    model = ScriptedModel(replies, context_window=4096)
    tool = lookup(prints="\n".join(f"pod web-{n} restarted {100 + n} times" for n in range(1, 31)))
    run = Investigation(
        model=model, toolsets=(toolset(tool),), strategy=Plain(), limits=Limits(), emit=_nowhere
    )

    async def talk() -> None:
        for n in range(1, 31):
            await run.run(f"how often did web-{n} restart, and is there anything else to know?")

    anyio.run(talk)
    sizes = [sum(len(m.content) for m in request.messages) for request in model.requests]
    assert max(sizes) < 3072 * 4, "each request fits beside a reply"
    said = "\n".join(message.content for message in model.requests[-1].messages)
    kept = [n for n in range(1, 31) if f"web-{n} restarted {100 + n} times [{n}]" in said]
    assert kept == list(range(1, 30)), "what was answered, with its citation, is still there"
    kinds = [type(message) for message in model.requests[-1].messages]
    assert all(not (a is UserMessage and b is UserMessage) for a, b in pairwise(kinds))


def _nowhere(event: events.Event) -> None:
    del event


def test_what_can_be_looked_up_is_kept_of_an_answer() -> None:
    text = (
        "Let me tell you what I think about this. Pod web-7d4b-x2 exited with code 137 [3]. "
        "That is a pity for everybody who is involved in it. The limit is 512Mi [4]."
    )
    assert telling(text, 70) == "Pod web-7d4b-x2 exited with code 137 [3]. The limit is 512Mi [4]."
    assert telling("word " * 100 + "[7]", 60).endswith("[7]")


def test_the_oldest_turns_go_where_not_even_a_line_each_fits() -> None:
    turns = [Turn(question=f"question {n}", answer=f"answer {n} [1]") for n in range(100)]
    [asked, answered] = folded(turns, 1000)
    assert isinstance(asked, UserMessage)
    assert isinstance(answered, AssistantMessage)
    assert "older questions are left out" in asked.content
    assert "answer 98 [1]" in asked.content
    assert asked.content.endswith("question 99")
    assert len(asked.content) < 1400


def test_an_interrupted_question_keeps_what_had_ended() -> None:
    slow = lookup("slow", seconds=30)
    both = calls(call("lookup", "a", what="web"), call("slow", "b", what="db"))
    talk = Talk(both, says("web-1 is fine [1]."), tools=(lookup(), slow))
    run = talk.investigation

    async def interrupted() -> None:
        with anyio.move_on_after(0.5):
            await run.run("is web fine?")
        talk.answers.append(run.give_up("Interrupted."))
        talk.answers.append(await run.run("and?"))

    anyio.run(interrupted)
    assert [a.reason for a in talk.answers] == ["Interrupted.", ""]
    assert talk.answers[1].text == "web-1 is fine [1]."
    assert [e.output.note for e in run.evidence] == ["", "It was interrupted."]
    sent = talk.model.requests[1].messages
    assert "web-1 is fine" in "\n".join(m.content for m in sent)
    assert not [m for m in sent if isinstance(m, AssistantMessage) and m.tool_calls]
    finished = [e.key for e in talk.seen if isinstance(e, events.ToolFinished)]
    assert finished == ["1", "2"]


def test_a_later_question_looks_again_and_is_told_whether_it_is_the_same() -> None:
    prints = iter(["web-1 crashes", "web-1 is fine", "web-1 is fine"])

    async def now(arguments: object) -> ToolOutput:
        del arguments
        return ToolOutput(status="ok", text=next(prints), command="lookup")

    tool = lookup()
    tool.function = now
    replies = [WEB, says("It crashes [1]."), WEB, says("Fixed [2]."), WEB, WEB, says("Yes [3].")]
    talk = Talk(*replies, tools=(tool,))
    talk.ask("is web fine?", "is it fixed now?", "still?")
    notes = [entry.output.note for entry in talk.investigation.evidence]
    assert notes == ["", "No longer as in [1].", "The same as [2]."]
    repeated = [e.number for e in talk.seen if isinstance(e, events.ToolRepeated)]
    assert repeated == [3], "within one question a call runs once"


def test_what_a_person_shares_is_evidence() -> None:
    talk = Talk(says("The disk is full [1]."))
    talk.investigation.share("command of the user", ToolOutput(status="ok", text="disk 100 %"))
    [answer] = talk.ask("what is it?")
    assert (answer.citations, answer.reason) == ((1,), "")
    assert "disk 100 %" in talk.model.requests[0].messages[1].content


def test_it_goes_on_in_another_investigation() -> None:
    first = Talk(WEB, says("web-1 is fine [1]."))
    first.ask("is web fine?")
    state = first.investigation.state
    second = Talk(DB, says("So is db [2], as [1] says."))
    second.investigation.go_on_from(state, first.investigation.evidence, step=2)
    [answer] = second.ask("and db?")
    assert answer.citations == (1, 2)
    sent = second.model.requests[0].messages
    answered = AssistantMessage(content="web-1 is fine [1].")
    assert sent[1:-1] == (*first.model.requests[1].messages[1:], answered)
    waiting = [e.step for e in second.seen if isinstance(e, events.ModelWaiting)]
    assert waiting == [3, 4]


def led(*replies: AssistantMessage, tools: tuple[FunctionTool, ...] = ()) -> Talk:
    """A conversation with a led model, which code looks for."""
    found = tools or (findings(), lookup())
    return Talk(*replies, tools=found, strategy=Guided(), opening="find")


def test_a_follow_up_that_names_nothing_is_about_what_was_answered_last() -> None:
    talk = led(TROUBLE, says("Nobody can pay."), YES, YES, says("The variable is missing."))
    first, second = talk.ask("why is checkout down?", "why?")
    assert first.text.startswith("**Deployment shop/checkout** (confirmed)\n- cause: DB_URL is not")
    assert second.text.startswith("**Deployment shop/checkout** (confirmed)")
    assert "ledger" not in second.text


def test_a_new_subject_is_no_follow_up() -> None:
    talk = led(TROUBLE, says("Nobody can pay."), NO, TROUBLE)
    [_, second] = talk.ask("why is checkout down?", "what is wrong in the whole place?")
    assert "Deployment shop/checkout" in second.text
    assert "Deployment pay/ledger" in second.text


def test_is_it_fixed_now_looks_again_and_says_what_changed() -> None:
    looks = iter([PROBLEMS, PROBLEMS[1:]])

    async def look(arguments: object) -> ToolOutput:
        del arguments
        found = next(looks)
        text = "\n".join(each.summary for each in found)
        data = Findings(findings=found, healthy=("shop/cart", "shop/checkout"))
        return ToolOutput(status="ok", text=text, command="find", data=data)

    tool = findings()
    tool.function = look
    talk = led(TROUBLE, says("Nobody can pay."), YES, YES, tools=(tool, lookup()))
    [_, second] = talk.ask("why is checkout down?", "is it fixed now?")
    assert second.text == (
        "Since [1], by [3]:\n"
        "- no longer found: Deployment shop/checkout: DB_URL is not set\n\n"
        "Nothing is wrong with **shop/checkout**: healthy, and no finding is about it [3]."
    )
    assert second.citations == (1, 3)
