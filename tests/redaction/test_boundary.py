"""Tools and models behind the boundary, in a real investigation."""

import json
from dataclasses import replace

import anyio
import pytest
from scripted import ScriptedModel

from agent.tools import FunctionTool, lookup, toolset
from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.choice import strategy_for
from holmes.core import events
from holmes.core.errors import ServerRefused
from holmes.core.messages import AssistantMessage, JsonObject, ToolCall
from holmes.core.tool_output import ToolOutput
from holmes.models.base import ModelReply, ModelRequest, Notice, ProgressSink
from holmes.redaction.redactor import Redactor
from holmes.redaction.unmask import revealing
from holmes.redaction.wrappers import Boundary

PASSWORD = "Winter" + "1234x!Tig"
POD = "web-5b57f48984-md48k"


def says(text: str) -> AssistantMessage:
    return AssistantMessage(content=text)


def called(**arguments: str) -> AssistantMessage:
    call = ToolCall(id="a", name="lookup", arguments=arguments, raw_arguments=json.dumps(arguments))
    return AssistantMessage(tool_calls=(call,))


class Run:
    """One investigation behind a boundary; `seen` are its events."""

    def __init__(self, tool: FunctionTool, *replies: AssistantMessage, names: bool = False) -> None:
        self.seen: list[events.Event] = []
        self.boundary = Boundary(Redactor(names=names))
        self.model = ScriptedModel(replies)
        self.tool = tool

    def ask(self, question: str) -> events.Answered:
        investigation = Investigation(
            model=self.boundary.model(self.model),
            toolsets=self.boundary.toolsets([toolset(self.tool)]),
            strategy=strategy_for("scripted"),
            limits=Limits(),
            emit=self.seen.append,
        )
        anyio.run(investigation.run, self.boundary.question(question))
        last = self.seen[-1]
        assert isinstance(last, events.Answered)
        return last

    def everything(self) -> str:
        return repr(self.seen) + repr(self.model.requests)


def test_nothing_behind_the_boundary_holds_a_secret() -> None:
    tool = lookup(prints=f"\x1b[36mDB_PASSWORD=\x1b[0m{PASSWORD}")
    run = Run(tool, called(what=f"--password={PASSWORD}"), says("It is set [1]."))
    run.ask(f"why does postgres://app:{PASSWORD}@db fail?")
    assert PASSWORD not in run.everything()
    assert "«password:1»" in run.everything()
    assert tool.calls == [{"what": "--password=«password:1»"}]


def test_a_failure_of_a_tool_holds_no_secret_either() -> None:
    async def fails(arguments: JsonObject) -> ToolOutput:
        del arguments
        return ToolOutput(
            status="failed", text="", command=f"x -u a --token {PASSWORD}", note=f"pwd={PASSWORD}"
        )

    run = Run(replace(lookup(), function=fails), called(what="x"), says("No."))
    run.ask("q")
    assert PASSWORD not in run.everything()


def test_a_model_names_a_pod_by_its_placeholder_and_the_tool_gets_the_name() -> None:
    tool = lookup(prints=f"Pod {POD} on 10.2.3.4 is failing; {POD} again")
    run = Run(
        tool,
        called(what="pods"),
        called(what="«pod:1»"),
        says("«pod:1» at «ip:1» is failing [1]."),
        names=True,
    )
    answer = run.ask("q").answer
    assert tool.calls == [{"what": "pods"}, {"what": POD}]
    assert POD not in run.everything()
    assert answer.text == "«pod:1» at «ip:1» is failing [1]."


def test_names_come_back_on_the_own_screen_alone() -> None:
    tool = lookup(prints=f"{POD} has password={PASSWORD}")
    run = Run(tool, called(what="pods"), says("«pod:1» has «password:1» [1]."), names=True)
    run.ask("q")
    screen: list[events.Event] = []
    sink = revealing(screen.append, run.boundary.redactor.placeholders, names=True, secrets=False)
    for event in run.seen:
        sink(event)
    assert POD in repr(screen)
    assert PASSWORD not in repr(screen)
    sink = revealing(screen.append, run.boundary.redactor.placeholders, names=False, secrets=True)
    sink(run.seen[-1])
    assert PASSWORD in repr(screen[-1])


def test_a_large_output_is_masked_as_well() -> None:
    tool = lookup(prints="quiet line\n" * 30_000 + f"password={PASSWORD}\n")
    run = Run(tool, called(what="x"), says("ok [1]"))
    run.ask("q")
    assert PASSWORD not in run.everything()


class Echoing(ScriptedModel):
    """A server that quotes what it was sent in its notices and its error."""

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        progress(Notice(text=f"retrying with token={PASSWORD}"))
        del request
        message = f"Refused: api_key={PASSWORD}"
        raise ServerRefused(message, hint=f"Is token={PASSWORD} right?", address="x")


def test_an_error_that_echoes_a_secret_is_masked() -> None:
    notices: list[object] = []
    model = Boundary(Redactor()).model(Echoing([]))
    with pytest.raises(ServerRefused) as caught:
        anyio.run(model.complete, ModelRequest(messages=()), notices.append)
    assert PASSWORD not in str(caught.value) + repr(caught.value) + repr(notices)


@pytest.mark.anyio
async def test_others_are_served_while_a_long_question_is_masked() -> None:
    """A server has one event loop; 2 MB took nine seconds of it."""
    boundary, turns = Boundary(Redactor()), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.sleep(0.001)

    async with anyio.create_task_group() as group:
        group.start_soon(others)
        masked = await boundary.question_aside(f"password={PASSWORD}\n" * 12_000)
        group.cancel_scope.cancel()
    assert PASSWORD not in masked
    assert turns > 1
