"""From a model's last words to an answer: what is asked for again, marked, or said beside it."""

from dataclasses import replace
from typing import TypeAlias

import pytest
from scripted import ScriptedModel

from agent.running import call, calls, investigate, says
from agent.tools import lookup
from holmes.core.messages import AssistantMessage, JsonObject, StopReason
from holmes.core.tool_output import ToolOutput, ToolStatus
from holmes.models.base import ModelReply, ModelRequest, ProgressSink

LOOK = calls(call("lookup", what="web"))
Ended: TypeAlias = tuple[AssistantMessage, StopReason]
POD = "web-7d4b9c6f5d-x8k2p"


class Stopping(ScriptedModel):
    """Plays replies, each with the reason for which it ends."""

    def __init__(self, *replies: Ended) -> None:
        super().__init__([message for message, _ in replies], context_window=8192)
        self.reasons = [reason for _, reason in replies]

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        reply = await super().complete(request, progress)
        return replace(reply, stop_reason=self.reasons[len(self.requests) - 1])


@pytest.mark.parametrize("reasoning", ["I think about it, ", ""], ids=["shown", "hidden"])
def test_a_limit_that_was_spent_on_thinking_is_told_apart(reasoning: str) -> None:
    thought = AssistantMessage(reasoning=reasoning)
    spent: Ended = thought, "length"
    model = Stopping((LOOK, "tool_calls"), spent, (says("Fine [1]."), "stop"))
    run = investigate(model=model)
    assert "used up your whole reply by thinking" in model.requests[-1].messages[-1].content
    assert (run.answer.text, run.answer.state) == ("Fine [1].", "answered")
    run = investigate(model=Stopping((LOOK, "tool_calls"), spent, spent))
    assert run.answer.state == "none"
    assert "used up its output limit by thinking, twice" in run.answer.reason


def test_an_answer_that_is_cut_is_asked_for_again_once() -> None:
    cut: Ended = says("web-1 is f"), "length"
    model = Stopping((LOOK, "tool_calls"), cut, (says("web-1 is fine [1]."), "stop"))
    run = investigate(model=model)
    assert "was cut off because it was too long" in model.requests[-1].messages[-1].content
    assert model.requests[-1].messages[-2] == says("web-1 is f")
    assert (run.answer.text, run.answer.state) == ("web-1 is fine [1].", "answered")
    run = investigate(model=Stopping((LOOK, "tool_calls"), cut, cut))
    assert "cut off at the model's output limit, twice" in run.answer.reason
    assert run.answer.text.startswith("web-1 is f"), "what there is of it is kept"


def test_an_empty_reply_is_asked_for_again_once_and_never_printed() -> None:
    run = investigate(LOOK, says("  "), says("web-1 is fine [1]"))
    assert run.answer.text == "web-1 is fine [1]"
    run = investigate(LOOK, says(""), says(""))
    assert (run.answer.state, run.answer.reason) == (
        "none",
        "The model wrote no answer, asked twice.",
    )


def test_a_model_that_thinks_and_stops_without_a_word_has_not_used_up_its_limit() -> None:
    thought = AssistantMessage(reasoning="Hm.")
    run = investigate(LOOK, thought, thought)
    assert run.answer.reason == "The model wrote no answer, asked twice."


INVENTED = f"web-1 is fine [1].\nBut {POD} crashes.\nThe end."


def test_an_invented_pod_is_sent_back_once_and_never_shown() -> None:
    run = investigate(LOOK, says(INVENTED), says("web-1 is fine [1]."))
    told = run.model.requests[-1].messages[-1].content
    assert told.startswith(f"No result contains {POD}. Write your answer again")
    assert POD not in run.shown
    assert run.shown.startswith("web-1 is fine [1].\n"), "what came before it is shown"
    assert run.answer.text == "web-1 is fine [1]."


def test_an_invented_pod_that_the_model_insists_on_is_replaced() -> None:
    run = investigate(LOOK, says(INVENTED), says(INVENTED))
    assert len(run.model.requests) == 3
    assert POD not in run.shown
    assert POD not in run.answer.text
    assert run.answer.text.startswith("web-1 is fine [1].\nBut ")
    assert "The end." in run.answer.text


@pytest.mark.parametrize(
    "said",
    [
        "It is OOMKilled with exit code 137 [1]. Its limit is 512Mi [1].",
        "It has 47 restarts [1].",
        "It runs on node-77 [1].",
        "It is fine [7].",
    ],
    ids=["quantity", "number", "name", "citation"],
)
def test_other_values_are_never_sent_back(said: str) -> None:
    shown = lookup(prints="web-1 is OOMKilled: memory limit 128Mi, exit code 137, node-1")
    run = investigate(LOOK, says(said), tools=(shown,))
    assert len(run.model.requests) == 2
    assert run.answer.state == "answered"
    assert run.shown == said


def test_a_value_that_no_result_holds_is_marked_where_it_stands() -> None:
    shown = lookup(prints="web-1 is OOMKilled: memory limit 128Mi, exit code 137")
    said = "web-1 is OOMKilled with exit code 137 [1]. Its limit is 512Mi [1]."
    run = investigate(LOOK, says(said), tools=(shown,))
    first, _, listed = run.answer.text.partition("\n")
    assert first == said.replace("512Mi", "512Mi (?)")
    assert "512Mi" in listed


def test_general_knowledge_needs_no_call_and_is_marked() -> None:
    said = "A CrashLoopBackOff is a container that exits again and again; the wait doubles."
    run = investigate(says(said), question="what does CrashLoopBackOff mean?")
    assert len(run.model.requests) == 1
    assert (run.answer.text, run.answer.state) == (said, "answered")
    assert run.answer.reason.startswith("No tool was called")
    assert run.notices == []


def test_a_template_of_a_command_is_general_knowledge() -> None:
    said = "Look at the run before: `kubectl logs <pod> --previous`."
    run = investigate(says(said), question="how do I see why a container restarted?")
    assert len(run.model.requests) == 1
    assert run.answer.text == said


def test_a_failed_call_leaves_its_question_open_unless_another_answered_it() -> None:
    broken = lookup("broken")

    async def fail(arguments: JsonObject) -> ToolOutput:
        status: ToolStatus = "ok" if arguments.get("limit") else "failed"
        return ToolOutput(status=status, command=f"broken {arguments['what']}", note="no route.")

    broken.function = fail
    first = calls(call("broken", what="web"), call("lookup", "c2", what="web"))
    run = investigate(first, says("web-1 is fine [2]."), tools=(broken, lookup()))
    assert run.answer.gaps == ("Not seen: what `broken web` shows (it failed: no route).",)
    again = calls(call("broken", "c3", what="web", limit=5))
    run = investigate(first, again, says("web-1 is fine [2]."), tools=(broken, lookup()))
    assert run.answer.gaps == ()


@pytest.mark.parametrize("said", ["Nothing is wrong.", '{"healthy": true}'])
def test_an_answer_without_a_number_is_left_as_it_is(said: str) -> None:
    run = investigate(calls(call("lookup", what="web")), says(said))
    assert (run.answer.text, run.answer.citations) == (said, ())


@pytest.mark.parametrize(
    ("status", "says_so"), [("failed", True), ("denied", True), ("no_data", False)]
)
def test_that_all_is_well_is_not_said_by_calls_that_failed(
    status: ToolStatus,
    says_so: bool,  # noqa: FBT001  # a column of the table
) -> None:
    broken = lookup("broken")

    async def fail(_arguments: JsonObject) -> ToolOutput:
        return ToolOutput(status=status, command="broken web", note="no route.")

    broken.function = fail
    run = investigate(calls(call("broken", what="web")), says("Nothing is wrong."), tools=(broken,))
    assert ("not what the system shows" in run.answer.reason) is says_so


def test_a_pod_that_the_question_names_may_be_named() -> None:
    run = investigate(
        says("web-7d4b9c6f5d-x8k2p is unknown to me."), question="what of web-7d4b9c6f5d-x8k2p?"
    )
    assert len(run.model.requests) == 1
    assert "web-7d4b9c6f5d-x8k2p" in run.answer.text
