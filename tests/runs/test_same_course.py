"""Whatever a run depends on is in its record: cut at any line, it takes the same course again.

This is the test that fails where the investigation learns to depend on something new (a clock, a
count, the order in which calls end) that is not recorded.
"""

import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given, settings

from agent.tools import FunctionTool, lookup
from holmes.agent.conversation import MAX_OVERFLOWS
from holmes.core.errors import ContextOverflow
from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    ToolCall,
    Usage,
)
from holmes.core.tool_output import ToolOutput
from holmes.models.base import ModelReply, ModelRequest, ProgressSink
from holmes.runs import records
from holmes.runs.transcript import read
from runs.runs import Run, investigate, last

WORDS = ("web", "db", "cache")


class Played:
    """Plays replies by the number of the request; the last one for ever."""

    name = "played"
    address = "a script"

    def __init__(self, script: list[AssistantMessage | int], window: int, first: int = 0) -> None:
        self.requests: list[ModelRequest] = []
        self._script = script
        self._window = window
        self._first = first

    async def context_window(self) -> int | None:
        return self._window

    async def count_tokens(self, text: str) -> int | None:
        return len(text) // 4

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        del progress
        place = min(self._first + len(self.requests), len(self._script) - 1)
        self.requests.append(request)
        step = self._script[place]
        if isinstance(step, int):
            raise ContextOverflow("too long", window=step or None)
        size = sum(len(message.content) for message in request.messages)
        usage = Usage(prompt_tokens=size // 3, completion_tokens=10)
        stop = "tool_calls" if step.tool_calls else "stop"
        return ModelReply(message=step, stop_reason=stop, usage=usage, model="m")  # type: ignore[arg-type]

    async def aclose(self) -> None:
        pass


def one_tool(size: int) -> FunctionTool:
    """Its output tells how it was called, and is long."""
    tool = lookup()

    async def function(arguments: JsonObject) -> ToolOutput:
        text = "\n".join(f"{arguments['what']}-{n} is fine" for n in range(size))
        failed = arguments["what"] == "cache"
        return ToolOutput(status="failed" if failed else "ok", text=text, command="lookup")

    tool.function = function
    return tool


@st.composite
def replies(draw: st.DrawFn) -> AssistantMessage | int:
    """Good and wrong calls, several at once, an overflow, an empty reply, an answer."""
    kind = draw(st.sampled_from(["calls", "calls", "calls", "overflow", "empty", "answer"]))
    if kind == "overflow":
        return draw(st.sampled_from([0, 1500]))
    if kind == "empty":
        return AssistantMessage()
    if kind == "answer":
        return AssistantMessage(content="web-1 is fine [1], nothing-7d4b9c6f5d-x8k2p [9].")
    what = {"what": st.sampled_from(WORDS)}
    arguments: st.SearchStrategy[dict[str, str]] = st.one_of(
        st.fixed_dictionaries(what, optional={"limit": st.just("5")}),
        st.just({}),
        st.just({"what": "web", "level": "loud"}),
    )
    names = st.sampled_from(["lookup", "lookup", "lookup", "unknown"])
    made = draw(st.lists(st.tuples(names, arguments), min_size=1, max_size=3))
    calls = [ToolCall(id=f"c{n}", name=name, arguments=a) for n, (name, a) in enumerate(made)]
    return AssistantMessage(content="Looking.", tool_calls=tuple(calls))


def course(run: Run) -> object:
    """The answer and all evidence, but for the time that it took."""
    evidence = [
        (entry.number, entry.tool, dict(entry.arguments), entry.output, entry.excerpt)
        for entry in run.investigation.evidence
    ]
    return run.answer, evidence


@given(
    script=st.lists(replies(), min_size=1, max_size=6),
    window=st.sampled_from([2048, 6000, 32_768]),
    size=st.sampled_from([1, 400]),
    part=st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_a_run_takes_the_same_course_from_any_line_on(
    script: list[AssistantMessage | int], window: int, size: int, part: float
) -> None:
    assume(sum(isinstance(step, int) for step in script) <= MAX_OVERFLOWS)  # more end the run
    ending = AssistantMessage(content="web-1 is fine [1].")
    script = [*script, ending]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(Path(folder)))
        model = Played(script, window)
        whole = investigate(model=model, tools=[one_tool(size)])
        lines = last().path.read_bytes().splitlines(keepends=True)
        kept = 1 + int(part * (len(lines) - 1))
        last().path.write_bytes(b"".join(lines[:kept]))
        past = read(last().path)
        known = [o for o in past.lines if isinstance(o, records.Reply | records.Failure)]
        window_known = any(isinstance(line, records.Window) for line in past.lines)
        now = 99_999 if window_known else window
        again = Played(script, window=now, first=len(known))
        run = investigate(model=again, tools=[one_tool(size)], past=past)
    assert course(run) == course(whole)
    asked = [request.messages for request in again.requests]
    assert asked == [request.messages for request in model.requests[len(known) :]]
