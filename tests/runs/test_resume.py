"""Going on from a record: whatever the course of a run depends on comes back from it."""

from dataclasses import replace

import anyio
import pytest
from scripted import ScriptedModel

from agent.running import FACTS, TROUBLE
from agent.tools import findings, lookup, overview, toolset
from holmes.agent.conversation import Limits
from holmes.config.settings import Config
from holmes.core import events
from holmes.core.errors import ContextOverflow, ServerOverloaded
from holmes.core.messages import ToolCall, ToolDefinition
from holmes.models.base import ModelReply, ModelRequest, ProgressSink
from holmes.models.modes.model import AnyToolModel
from holmes.runs.replay import Replay
from holmes.tools.base import Toolset
from runs.runs import call, calls, cut, investigate, last, never, says

pytestmark = pytest.mark.usefixtures("state")

LOOK = calls(call("lookup", what="web"))
FINE = says("web-1 is fine [1].")


def test_what_is_on_record_reaches_the_renderer_marked_and_without_streaming() -> None:
    investigate(LOOK, FINE)
    run = investigate(FINE, past=cut(last(), "tool_finished"), tools=[never()])
    assert run.answer.text == "web-1 is fine [1]."
    [finished] = [e for e in run.seen if isinstance(e, events.ToolFinished)]
    assert finished.recorded
    assert not [e for e in run.seen if isinstance(e, events.ToolStarted)]
    waiting = [e.recorded for e in run.seen if isinstance(e, events.ModelWaiting)]
    assert waiting == [True, False]
    assert "1 of the model's replies, 1 tool results" in run.notices
    assert "Changed since then" not in run.notices


def test_a_resumed_run_asks_exactly_what_the_first_one_asked() -> None:
    first = investigate(LOOK, calls(call("lookup", "c2", what="db", limit="5")), FINE)
    assert isinstance(first.model, ScriptedModel)
    model = ScriptedModel([FINE], context_window=8192)
    run = investigate(past=cut(last(), "tool_finished", 2), tools=[never()], model=model)
    assert model.requests == [first.model.requests[2]], "window, excerpts, notes: all as before"
    assert run.notes == first.notes
    assert "limit" in run.notes[1]


def test_a_tool_that_ran_out_of_time_is_not_tried_again() -> None:
    slow = lookup(seconds=30)
    slow.timeout = 0.05
    first = investigate(LOOK, says("It took too long [1]."), tools=[slow])
    run = investigate(
        says("It took too long [1]."), past=cut(last(), "tool_finished"), tools=[never()]
    )
    assert [e.output.status for e in run.investigation.evidence] == ["timeout"]
    assert run.notes == first.notes


class Overflowing(ScriptedModel):
    """Refuses the second request for its length, and every request that comes after a resume."""

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        if len(self.requests) == 1:
            self.requests.append(request)
            self._replies.insert(1, says("never given"))
            raise ContextOverflow("too long", window=2048)
        return await super().complete(request, progress)


def test_a_refusal_for_length_is_remembered_with_the_window_that_it_taught() -> None:
    tool = lookup(prints="web-1 is fine\n" * 1500)
    more = calls(call("lookup", "c2", what="db"))
    model = Overflowing([LOOK, more, FINE], context_window=16_384)
    first = investigate(tools=[tool], model=model)
    again = ScriptedModel([FINE], context_window=16_384)
    run = investigate(past=cut(last(), "tool_finished", 2), tools=[never()], model=again)
    assert run.answer == first.answer
    assert again.requests == model.requests[-1:]


def test_only_the_calls_of_a_batch_that_had_not_finished_run() -> None:
    batch = calls(*(call("lookup", f"c{n}", what=what) for n, what in enumerate("abc")))
    first = investigate(batch, FINE)
    past = cut(last(), "tool_finished", 2)
    tool = lookup()
    run = investigate(FINE, past=past, tools=[tool])
    assert len(tool.calls) == 1
    assert run.outputs == first.outputs
    assert [e.number for e in run.investigation.evidence] == [1, 2, 3]


def test_refused_and_repeated_calls_come_back_as_they_were() -> None:
    wrong = calls(call("lookup"), call("nothing", "c2"), call("lookup", "c3", what="web"))
    repeated = calls(call("lookup", what="web"), call("lookup", "c2", what="db"))
    first = investigate(wrong, repeated, FINE)
    run = investigate(FINE, past=cut(last(), "tool_finished", 4), tools=[never()])
    assert [e.output.status for e in run.investigation.evidence] == [
        e.output.status for e in first.investigation.evidence
    ]
    assert last().answer
    kinds = [type(line).__name__ for line in last().lines]
    assert kinds.count("ToolRepeated") == 1
    assert kinds.count("ToolFinished") == 4, "nothing is written twice"


class Failing(ScriptedModel):
    """Fails for good once the script is played."""

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        if len(self.requests) >= len(self._replies):
            raise ServerOverloaded("Busy.")
        return await super().complete(request, progress)


def test_a_run_whose_server_failed_can_go_on() -> None:
    with pytest.raises(ServerOverloaded):
        investigate(model=Failing([LOOK]))
    assert last().answer is None
    run = investigate(FINE, past=last(), tools=[never()])
    assert run.answer.text == "web-1 is fine [1]."
    assert last().answer == run.answer


def test_a_request_that_the_time_limit_cut_off_is_asked_again() -> None:
    class Silent(ScriptedModel):
        async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
            if len(self.requests) == 1 and request.tools:
                await anyio.sleep(60)
            return await super().complete(request, progress)

    late = says("Only this is known [1].")
    investigate(model=Silent([LOOK, late]), limits=Limits(seconds=0.3))
    more = calls(call("lookup", "c2", what="db"))
    again = ScriptedModel([more, FINE], context_window=8192)
    run = investigate(past=cut(last(), "reply", 2), model=again)
    assert run.answer.text == "web-1 is fine [1].", "the late answer was to another request"
    assert [bool(request.tools) for request in again.requests] == [True, True]
    third = ScriptedModel([FINE], context_window=8192)
    investigate(past=cut(last(), "reply", 3), model=third)
    assert len(third.requests) == 1, "and it is passed over for good"


def test_a_call_that_could_not_be_read_does_not_stand_for_one_that_can() -> None:
    broken = ToolCall(id="c1", name="overview", raw_arguments="{namesp", parse_error="Not JSON.")
    investigate(calls(broken), calls(call("lookup", "c2", what="web")), FINE)
    replay = Replay(last().lines)
    assert not replay.result("overview", {})
    assert replay.result("lookup", {"what": "web"})


def test_changes_since_then_are_told_in_one_line() -> None:
    investigate(LOOK, FINE, tools=[lookup(), lookup("gone")])
    changed = lookup()
    changed.definition = replace(changed.definition, description="Otherwise")
    model = ScriptedModel([FINE])
    model.name = "other"
    run = investigate(
        past=cut(last(), "tool_finished"), tools=[changed, lookup("new")], model=model
    )
    [line] = [line for line in run.notices.splitlines() if line.startswith("Changed since then")]
    for part in (
        '"scripted", and is "other"',
        "now: gone",
        "new tools: new",
        "differently: lookup",
    ):
        assert part in line


def test_another_server_is_told_unless_it_is_the_embedded_model() -> None:
    for name, told in (("scripted", True), ("local", False)):
        config = Config(model=name)
        investigate(LOOK, FINE, config=config)
        model = ScriptedModel([FINE])
        model.address = "http://elsewhere/v1"
        past = cut(last(), "tool_finished")
        run = investigate(past=past, tools=[never()], model=model, config=config)
        assert ("http://elsewhere/v1" in run.notices) == told


def test_the_first_look_keeps_its_place_where_its_tool_is_gone() -> None:
    opened = replace(toolset(overview()), opening="overview")
    asked = "what is wrong, and why?"
    model = ScriptedModel([FACTS, LOOK, FINE], context_window=16_384)
    led = Config(guidance="on")
    first = investigate(
        toolsets=[opened, toolset(lookup())], model=model, question=asked, config=led
    )
    assert [e.tool for e in first.investigation.evidence] == ["overview", "lookup"]
    model = ScriptedModel([FINE])
    past = cut(last(), "tool_finished", 2)
    run = investigate(
        toolsets=[toolset(never("other"))], past=past, model=model, question=asked, config=led
    )
    assert run.outputs == first.outputs
    assert run.answer == first.answer


LED = Config(guidance="on")


def unlooked() -> Toolset:
    """The tool that finds problems by itself; it must not run."""
    tool = findings()
    tool.function = never().function
    return replace(toolset(tool), opening="find")


@pytest.mark.parametrize(("kind", "asked"), [("reply", 1), ("tool_finished", 1)])
def test_a_led_run_that_is_resumed_asks_what_is_asked_as_before(kind: str, asked: int) -> None:
    """The word is taken from the record, and the first look too where it had ended."""
    opened = replace(toolset(findings()), opening="find")
    model = ScriptedModel([TROUBLE, says("Nobody can pay.")], context_window=8192)
    question = "why is checkout down?"
    first = investigate(
        toolsets=[opened, toolset(lookup())], model=model, question=question, config=LED
    )
    past = cut(last(), kind)
    again = ScriptedModel([TROUBLE, says("Nobody can pay.")][2 - asked :], context_window=8192)
    looked = unlooked() if kind == "tool_finished" else opened
    gone_on = [looked, toolset(lookup())]
    run = investigate(toolsets=gone_on, past=past, model=again, question=question, config=LED)
    assert again.requests == model.requests[2 - asked :]
    assert run.answer == first.answer
    assert run.answer.text.startswith(
        "**Deployment shop/checkout** (confirmed)\n- cause: DB_URL is not set [1][2]"
    )


def test_a_led_run_that_is_resumed_goes_on_with_tools_after_a_no() -> None:
    opened = replace(toolset(findings()), opening="find")
    model = ScriptedModel([FACTS, LOOK, says("web-1 is fine [2].")], context_window=8192)
    question = "which pods has checkout?"
    around = [opened, toolset(lookup())]
    first = investigate(toolsets=around, model=model, question=question, config=LED)
    again = ScriptedModel([says("web-1 is fine [2].")], context_window=8192)
    past = cut(last(), "tool_finished", 2)
    gone_on = [unlooked(), toolset(never())]
    run = investigate(toolsets=gone_on, past=past, model=again, question=question, config=LED)
    [last_asked] = again.requests
    assert last_asked.messages == model.requests[2].messages
    assert "DB_URL is not set" in last_asked.messages[1].content, "what it was told is told again"
    assert run.answer == first.answer


def test_definitions_of_gone_tools_are_offered_still() -> None:
    investigate(LOOK, FINE)
    model = ScriptedModel([calls(call("lookup", what="db")), FINE], context_window=8192)
    run = investigate(past=cut(last(), "tool_finished"), tools=[lookup("other")], model=model)
    assert "can't be used now" in run.notes[1]
    offered: list[ToolDefinition] = list(model.requests[0].tools)
    assert [tool.name for tool in offered] == ["other", "lookup", "read_evidence"]
    assert offered[1] == lookup().definition


def test_without_a_transcript_a_session_goes_on_unrecorded() -> None:
    investigate(LOOK, FINE)
    past = cut(last(), "tool_finished")
    before = past.path.read_bytes()
    run = investigate(FINE, past=past, tools=[never()], config=Config(transcripts=False))
    assert run.answer.state == "answered"
    assert past.path.read_bytes() == before


def test_a_model_that_is_prompted_is_read_by_the_tools_of_the_recorded_requests() -> None:
    """Its calls are text: without the tools' names a call in a reply would be an answer."""
    asked = calls(call("lookup", what="web"))
    investigate(asked, asked, FINE)
    past = cut(last(), "reply", 2)
    text = '```json\n{"tool": "lookup", "arguments": {"what": "web"}}\n```'
    inner = ScriptedModel([says(text), FINE], context_window=32_768)
    run = investigate(past=past, tools=[never()], model=AnyToolModel(inner, "prompted"))
    assert "lookup" not in run.answer.text
    assert all("lookup(" in request.messages[0].content for request in inner.requests)
