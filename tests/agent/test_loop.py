"""The loop against a model that plays a script and tools that really run."""

import time
from dataclasses import dataclass, field

import anyio
import pytest

from agent.tools import FunctionTool, lookup, overview, toolset
from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.base import Strategy
from holmes.agent.strategies.plain import Plain
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.errors import ContextOverflow, UnexpectedResponse
from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from holmes.core.tool_output import ToolOutput, ToolStatus
from holmes.models.base import ModelReply, ModelRequest, ProgressSink
from holmes.models.scripted import ScriptedModel
from holmes.tools.base import Toolset


def call(name: str, call_id: str = "c1", **arguments: object) -> ToolCall:
    return ToolCall(id=call_id, name=name, arguments=arguments)  # type: ignore[arg-type]


def calls(*made: ToolCall) -> AssistantMessage:
    return AssistantMessage(tool_calls=made)


def says(text: str) -> AssistantMessage:
    return AssistantMessage(content=text)


@dataclass
class Run:
    model: ScriptedModel
    answer: Answer
    investigation: Investigation
    seen: list[events.Event] = field(default_factory=list)

    def results(self, request: int = -1) -> list[str]:
        """The tool results that stand in that request, in order."""
        messages = self.model.requests[request].messages
        return [message.content for message in messages if isinstance(message, ToolMessage)]

    @property
    def shown(self) -> str:
        return "".join(e.text for e in self.seen if isinstance(e, events.ModelText))


def investigate(
    *replies: AssistantMessage,
    tools: tuple[FunctionTool, ...] = (),
    toolsets: tuple[Toolset, ...] = (),
    question: str = "is web fine?",
    limits: Limits | None = None,
    model: ScriptedModel | None = None,
    strategy: Strategy | None = None,
) -> Run:
    model = model or ScriptedModel(replies, context_window=8192)
    seen: list[events.Event] = []
    investigation = Investigation(
        model=model,
        toolsets=toolsets or (toolset(*(tools or (lookup(),))),),
        strategy=strategy or Plain(),
        limits=limits or Limits(),
        emit=seen.append,
    )
    answer = anyio.run(investigation.run, question)
    return Run(model=model, answer=answer, investigation=investigation, seen=seen)


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


def test_a_model_that_only_repeats_itself_is_asked_to_answer_without_tools() -> None:
    same = calls(call("lookup", what="web"))
    run = investigate(same, same, says("web-1 is fine [1]"))
    assert run.model.requests[-1].tools == ()
    assert (run.answer.text, run.answer.state, run.answer.citations) == (
        "web-1 is fine [1]",
        "answered",
        (1,),
    )


def test_a_model_that_makes_no_valid_call_is_asked_to_answer_without_tools() -> None:
    wrong = calls(call("lookup"))
    run = investigate(wrong, wrong, wrong, says("I could not look."))
    assert run.model.requests[-1].tools == ()
    assert (run.answer.state, run.answer.text) == ("none", "I could not look.")


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


def test_an_empty_reply_is_asked_for_again_once_and_never_printed() -> None:
    run = investigate(calls(call("lookup", what="web")), says("  "), says("web-1 is fine [1]"))
    assert run.answer.text == "web-1 is fine [1]"
    run = investigate(calls(call("lookup", what="web")), says(""), says(""))
    assert run.answer.state == "none"


def test_a_citation_of_nothing_is_left_out_of_what_is_shown_and_answered() -> None:
    both = calls(call("lookup", what="web"), call("lookup", "c2", what="db"))
    run = investigate(both, says("fine [1], so [7]"))
    assert (run.answer.text, run.answer.state, run.answer.citations) == (
        "fine [1], so",
        "answered",
        (1,),
    )
    assert run.shown == "fine [1], so"


def test_an_invented_pod_is_never_shown_and_is_replaced_when_the_model_insists() -> None:
    invented = "web-1 is fine [1].\nBut web-7d4b9c6f5d-x8k2p crashes.\nThe end."
    run = investigate(calls(call("lookup", what="web")), says(invented), says(invented))
    assert "web-7d4b9c6f5d-x8k2p" not in run.shown
    assert "web-7d4b9c6f5d-x8k2p" not in run.answer.text
    assert "But (no such name in the results) crashes." in run.answer.text
    assert "web-7d4b9c6f5d-x8k2p" in run.model.requests[-1].messages[-1].content


def test_a_value_that_no_tool_returned_is_marked_and_nothing_is_asked_again() -> None:
    shown = lookup(prints="web-1 is OOMKilled: memory limit 128Mi, exit code 137")
    said = "web-1 is OOMKilled with exit code 137 [1]. Its limit is 512Mi [1]."
    run = investigate(calls(call("lookup", what="web")), says(said), tools=(shown,))
    assert "Its limit is 512Mi (?) [1]." in run.answer.text
    assert run.answer.state == "answered"


def test_an_invented_line_of_a_log_is_sent_back_once_and_then_marked() -> None:
    invented = says("web-9 crashes: `panic: no disk is left for it` [1].")
    run = investigate(calls(call("lookup", what="web")), invented, invented)
    assert "panic: no disk is left for it" in run.model.requests[-1].messages[-1].content
    assert "`panic: no disk is left for it` (?)" in run.answer.text
    assert run.answer.state == "answered"


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


def test_an_answer_without_a_number_says_what_was_looked_at() -> None:
    run = investigate(calls(call("lookup", what="web")), says("Nothing is wrong."))
    assert run.answer.text == "Nothing is wrong.\n\nLooked at: `lookup web` [1]."
    assert run.answer.citations == (1,)


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


def test_advice_to_run_kubectl_is_not_an_answer() -> None:
    advice = "I can't access your cluster. Please run `kubectl get pods -A` and send the output."
    run = investigate(says(advice))
    assert run.answer.state == "none"
    assert "called no tool" in run.answer.reason


def test_words_that_rest_on_no_tool_say_so() -> None:
    run = investigate(says("A CrashLoopBackOff is a container that exits again and again."))
    assert run.answer.state == "answered"
    assert "No tool was called" in run.answer.reason


@pytest.mark.parametrize(("allowed", "asked"), [(4096, 1024), (65_536, 2048)])
def test_a_smaller_window_than_the_servers_can_be_asked_for(allowed: int, asked: int) -> None:
    run = investigate(says("It is fine."), limits=Limits(window=allowed))
    assert run.model.requests[0].max_tokens == asked
