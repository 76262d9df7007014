"""The loop against a model that plays a script and tools that really run."""

import time

import anyio
import pytest
from scripted import ScriptedModel

from agent.running import call, calls, investigate, says
from agent.tools import lookup, overview
from holmes.agent.conversation import Limits
from holmes.core import events
from holmes.core.errors import ContextOverflow, UnexpectedResponse
from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from holmes.models.base import ModelReply, ModelRequest, ProgressSink


def test_a_result_reaches_the_model_with_its_number_and_the_answer_cites_it() -> None:
    run = investigate(calls(call("lookup", what="web")), says("web-1 is fine [1]."))
    assert run.results() == ["[1] lookup web\n--- output ---\nweb-1 is fine\n--- end of output ---"]
    assert (run.answer.text, run.answer.state, run.answer.citations) == (
        "web-1 is fine [1].",
        "answered",
        (1,),
    )
    assert isinstance(run.seen[-1], events.Answered)


def test_results_of_parallel_calls_go_back_in_call_order_under_their_own_ids() -> None:
    slow, fast = lookup("slow", prints="late", seconds=0.2), lookup("fast", prints="early")
    run = investigate(
        calls(call("slow", "a", what="x"), call("fast", "b", what="y")),
        says("done"),
        tools=(slow, fast),
    )
    messages = [m for m in run.model.requests[1].messages if isinstance(m, ToolMessage)]
    assert [(m.tool_call_id, m.content.splitlines()[2]) for m in messages] == [
        ("a", "late"),
        ("b", "early"),
    ]
    finished = [e.evidence.tool for e in run.seen if isinstance(e, events.ToolFinished)]
    assert finished == ["fast", "slow"], "they ran at the same time"


def test_two_calls_under_one_id_both_run() -> None:
    tool = lookup()
    investigate(
        calls(call("lookup", "", what="x"), call("lookup", "", what="y")), says("ok"), tools=(tool,)
    )
    assert tool.calls == [{"what": "x"}, {"what": "y"}]


@pytest.mark.parametrize(
    ("made", "says_what"),
    [
        (call("lookup"), "what"),
        (call("lookup", what="web", level="loud"), "level"),
        (call("lookup", what="web", limit="many"), "limit"),
        (call("look_up", what="web"), "lookup("),
        (
            ToolCall(id="c1", name="lookup", raw_arguments="{what", parse_error="Not JSON."),
            "Not JSON. Nothing ran. Call it as lookup(",
        ),
    ],
    ids=["missing", "enum", "type", "unknown tool", "broken JSON"],
)
def test_a_bad_call_runs_nothing_and_the_model_is_told_what_was_wrong(
    made: ToolCall, says_what: str
) -> None:
    tool = lookup()
    run = investigate(calls(made), says("I could not look."), tools=(tool,))
    assert tool.calls == []
    assert says_what in run.results()[0]
    assert run.answer.state == "none", "it saw nothing: there is nothing to answer from"
    assert "No tool call of the model could be run" in run.answer.reason


def test_safe_coercion_runs_and_is_noted() -> None:
    tool = lookup()
    run = investigate(calls(call("lookup", what="web", limit="5")), says("ok"), tools=(tool,))
    assert tool.calls == [{"what": "web", "limit": 5}]
    assert "limit" in run.results()[0].splitlines()[1]


def test_an_exact_repeat_is_answered_with_the_earlier_number_and_does_not_run() -> None:
    tool = lookup()
    again = call("lookup", "c2", what="web")
    run = investigate(
        calls(call("lookup", what="web")),
        calls(again, call("lookup", "c3", what="db")),
        says("fine [1]"),
        tools=(tool,),
    )
    assert tool.calls == [{"what": "web"}, {"what": "db"}]
    assert "its result is [1] above" in run.results()[1]
    assert run.results()[2].startswith("[2] ")
    assert len(run.investigation.evidence) == 2


def test_a_call_that_could_not_be_read_stands_for_no_later_one() -> None:
    tool = overview()
    broken = ToolCall(id="c1", name="overview", raw_arguments="{what", parse_error="Not JSON.")
    run = investigate(calls(broken), calls(call("overview", "c2")), says("fine [2]"), tools=(tool,))
    assert tool.calls == [{}]
    assert run.results()[1].startswith("[2] ")


def test_at_the_step_limit_the_model_answers_from_what_it_has() -> None:
    run = investigate(
        calls(call("lookup", what="a")),
        calls(call("lookup", what="b")),
        says("web-1 is fine [1]"),
        limits=Limits(max_steps=2),
    )
    assert [len(request.tools) for request in run.model.requests] == [2, 2, 0]
    assert "limit of 2 steps" in run.answer.reason


def test_a_tool_past_its_deadline_is_a_result_not_the_end() -> None:
    tool = lookup(seconds=30)
    tool.timeout = 0.1
    run = investigate(
        calls(call("lookup", what="web")), says("It took too long [1]."), tools=(tool,)
    )
    assert "timeout" in run.results()[0]
    assert run.answer.state == "answered"


def test_past_the_time_limit_the_model_answers_from_what_it_has() -> None:
    tool = lookup("again", seconds=0)

    async def never(arguments: JsonObject) -> object:
        await anyio.sleep(60)
        raise AssertionError(arguments)

    stuck = lookup("stuck")
    stuck.function = never  # type: ignore[assignment]
    stuck.timeout = 60
    run = investigate(
        calls(call("again", what="a")),
        calls(call("stuck", what="b")),
        says("Only this is known [1]."),
        tools=(tool, stuck),
        limits=Limits(seconds=1.5),
    )
    assert run.answer.state == "answered"
    assert "1:" not in run.answer.text


class GoesSilent(ScriptedModel):
    """Answers what its script holds, and then nothing any more."""

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        if len(self.requests) == 1:
            await anyio.sleep(60)
        return await super().complete(request, progress)


def test_a_server_that_goes_silent_is_not_waited_for_past_the_time_limit() -> None:
    model = GoesSilent([calls(call("lookup", what="web"))], context_window=8192)
    began = time.monotonic()
    run = investigate(model=model, limits=Limits(seconds=1.0, answer_seconds=1.0))
    assert time.monotonic() - began < 20
    assert run.answer.state == "none"
    assert "no answer within 1 s after the time limit of 1 s" in run.answer.reason
    assert len(run.investigation.evidence) == 1


class Overflowing(ScriptedModel):
    """Refuses requests of more than `limit` characters, as a server with a small window does."""

    limit = 4000

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        if sum(len(message.content) for message in request.messages) > self.limit:
            raise ContextOverflow("too long", window=1024)
        return await super().complete(request, progress)


def test_an_overflow_shrinks_the_results_and_goes_on() -> None:
    tool = lookup(prints="x" * 50 + "\n" + "row\n" * 4000)
    model = Overflowing([calls(call("lookup", what="a")), says("long [1]")], context_window=32768)
    run = investigate(tools=(tool,), model=model)
    assert run.answer.state == "answered"
    assert len(run.investigation.evidence.get(1).output.text) > 16000  # type: ignore[union-attr]


@pytest.mark.parametrize("replies", [(), (calls(call("lookup", what="web")),)])
def test_a_server_that_fails_is_the_callers_to_report(
    replies: tuple[AssistantMessage, ...],
) -> None:
    with pytest.raises(UnexpectedResponse):
        investigate(*replies)


def test_a_question_longer_than_the_window_is_cut_and_says_so() -> None:
    model = ScriptedModel([says("ok")], context_window=2048)
    run = investigate(question="why?\n" + "line\n" * 20000, model=model)
    sent = run.model.requests[0].messages[1]
    assert isinstance(sent, UserMessage)
    assert len(sent.content) < 6000
    assert "are left out; read_evidence(number=0)" in sent.content


@pytest.mark.parametrize(("allowed", "asked"), [(4096, 1024), (65_536, 2048)])
def test_a_smaller_window_than_the_servers_can_be_asked_for(allowed: int, asked: int) -> None:
    run = investigate(says("It is fine."), limits=Limits(window=allowed))
    assert run.model.requests[0].max_tokens == asked
