"""Several questions to one investigation, and what a model is told first."""

from dataclasses import replace

import anyio
import pytest
from scripted import ScriptedModel

from agent.running import FACTS, NO, TROUBLE, YES, call, calls, says
from agent.tools import FunctionTool, findings, lookup, toolset
from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.base import Strategy
from holmes.agent.strategies.guided import Guided
from holmes.agent.strategies.plain import Plain
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.errors import ContextOverflow
from holmes.core.messages import AssistantMessage, ToolMessage, UserMessage
from holmes.models.base import ModelReply, ModelRequest, ProgressSink


class Talk:
    """Questions asked one after the other, with the answers and the events."""

    def __init__(
        self,
        *replies: AssistantMessage,
        tools: tuple[FunctionTool, ...] = (),
        strategy: Strategy | None = None,
        opening: str = "",
        limits: Limits | None = None,
    ) -> None:
        self.model = ScriptedModel(replies, context_window=32_768)
        self.seen: list[events.Event] = []
        self.answers: list[Answer] = []
        self.investigation = Investigation(
            model=self.model,
            toolsets=(replace(toolset(*(tools or (lookup(),))), opening=opening),),
            strategy=strategy or Plain(),
            limits=limits or Limits(),
            emit=self.seen.append,
            situation="It is 2026-11-30 13:00 UTC.",
        )

    def ask(self, *questions: str) -> list[Answer]:
        async def run() -> None:
            for question in questions:
                self.answers.append(await self.investigation.run(question))

        anyio.run(run)
        return self.answers


WEB = calls(call("lookup", "a", what="web"))
DB = calls(call("lookup", "b", what="db"))


def test_the_next_question_sees_what_the_last_one_found_and_numbers_go_on() -> None:
    talk = Talk(WEB, says("web-1 is fine [1]."), DB, says("So is db [2], as [1] says."))
    talk.ask("is web fine?", "and db?")
    assert [answer.citations for answer in talk.answers] == [(1,), (1, 2)]
    messages = talk.model.requests[2].messages
    assert [type(m).__name__ for m in messages] == [
        *("SystemMessage", "UserMessage", "AssistantMessage", "ToolMessage", "AssistantMessage"),
        "UserMessage",
    ]
    assert messages[-1] == UserMessage(content="and db?")
    assert talk.model.requests[2].messages[:4] == talk.model.requests[1].messages
    [first, second] = [m for m in talk.model.requests[3].messages if isinstance(m, ToolMessage)]
    assert (first.content[:3], second.content[:3]) == ("[1]", "[2]")


def test_what_was_found_before_can_be_told_without_another_call() -> None:
    talk = Talk(WEB, says("web-1 is fine [1]."), says("It was web-1 [1]."))
    answer = talk.ask("is web fine?", "which one was it?")[-1]
    assert (answer.text, answer.state, answer.reason) == ("It was web-1 [1].", "answered", "")


def test_each_question_has_its_own_steps_and_its_own_patience() -> None:
    wrong = [calls(call("lookup", f"w{n}")) for n in range(4)]
    talk = Talk(
        *(wrong[0], WEB, says("Fine [2].")),
        *(wrong[1], wrong[2], DB, says("Fine [5].")),
        limits=Limits(max_steps=4),
    )
    answers = talk.ask("is web fine?", "and db?")
    assert [answer.reason for answer in answers] == ["", ""]
    assert not [event for event in talk.seen if isinstance(event, events.Noticed)]


def test_a_model_that_is_led_gets_its_tools_for_each_question() -> None:
    talk = Talk(WEB, says("Fine [1]."), DB, says("Fine [2]."), strategy=Guided())
    talk.ask("is web fine?", "and db?")
    assert [len(request.tools) for request in talk.model.requests] == [2, 0, 2, 0]


def test_a_led_conversation_goes_on_after_a_finding() -> None:
    talk = Talk(
        *(TROUBLE, says("Nobody can pay."), YES, NO, WEB, says("web-1 is fine [4].")),
        tools=(findings(), lookup()),
        strategy=Guided(),
        opening="find",
    )
    first, second = talk.ask("why is checkout down?", "how many replicas has it?")
    assert first.text.startswith(
        "**Deployment shop/checkout** (confirmed)\n- cause: DB_URL is not set [1][2]"
    )
    assert second.text == "web-1 is fine [4]."
    sent = "\n".join(message.content for message in talk.model.requests[4].messages)
    assert "DB_URL is not set" in sent, "it sees what was answered before"


def test_what_is_well_is_said_of_the_question_that_asked_for_it_alone() -> None:
    talk = Talk(
        *(TROUBLE, NO, FACTS, WEB, says("web-1 is fine [3].")),
        tools=(findings(), lookup()),
        strategy=Guided(),
        opening="find",
    )
    first, second = talk.ask("does cart crash?", "which pods has web?")
    assert first.text.startswith("Nothing is wrong with **shop/cart**: healthy")
    assert second.text == "web-1 is fine [3]."
    sent = talk.model.requests[-1].messages
    assert not [m for m in sent if m.content.startswith("Found by checks")]


class Refusing(ScriptedModel):
    """Refuses what is longer than its window, and states none."""

    limit = 30_000

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        if sum(len(message.content) for message in request.messages) > self.limit:
            raise ContextOverflow("too long", window=6000)
        return await super().complete(request, progress)


@pytest.mark.parametrize(
    ("name", "wanted", "stated", "window"),
    [
        ("gpt-4.1", None, None, 1_047_576),
        ("nobody-knows-it", None, None, 32_768),
        ("nobody-knows-it", 128_000, None, 128_000),
        ("gpt-4.1", 64_000, None, 64_000),
        ("gpt-4.1", None, 100_000, 100_000),
        ("nobody-knows-it", 128_000, 100_000, 100_000),
        ("nobody-knows-it", 4096, 100_000, 4096),
    ],
)
def test_the_window_is_the_flags_the_servers_the_familys_or_32k(
    name: str, wanted: int | None, stated: int | None, window: int
) -> None:
    model = ScriptedModel([says("Hello.")], context_window=stated, name=name)
    investigation = Investigation(
        model=model,
        toolsets=(toolset(lookup()),),
        strategy=Plain(),
        limits=Limits(window=wanted),
        emit=lambda _: None,
    )
    anyio.run(investigation.run, "hello")
    assert investigation.talk.budget.window == window
    large = window > 16_384
    assert model.requests[0].max_tokens == (None if large else window // 4)


def test_the_first_overflow_teaches_the_window_for_good() -> None:
    tool = lookup(prints="row of a long table\n" * 3000)
    model = Refusing([WEB, says("Long [1]."), DB, says("Long [2].")], name="nobody-knows-it")
    investigation = Investigation(
        model=model,
        toolsets=(toolset(tool),),
        strategy=Plain(),
        limits=Limits(),
        emit=lambda _: None,
    )
    model.limit = 20_000
    answer = anyio.run(investigation.run, "is web fine?")
    assert answer.state == "answered"
    assert investigation.talk.budget.window == 6000
    assert model.requests[-1].max_tokens == 1500, "a window that is short now has a limit"


def test_after_an_overflow_tools_are_chosen_anew_for_the_window_that_there_is() -> None:
    tools = [lookup(f"look_{n}") for n in range(60)]
    model = Refusing([says("Hello.")], name="nobody-knows-it")
    investigation = Investigation(
        model=model,
        toolsets=(toolset(*tools),),
        strategy=Plain(),
        limits=Limits(),
        emit=lambda _: None,
    )
    model.limit = 0
    offered: list[int] = []
    complete = model.complete

    async def counted(request: ModelRequest, progress: ProgressSink) -> ModelReply:
        offered.append(len(request.tools))
        model.limit = 30_000 if len(offered) > 1 else 0
        return await complete(request, progress)

    model.complete = counted  # type: ignore[method-assign]
    anyio.run(investigation.run, "hello")
    assert offered[0] > 60
    assert offered[1] < offered[0]


def test_the_instructions_tell_the_time_last_so_that_caches_hit() -> None:
    talk = Talk(says("Hello."))
    talk.ask("hello")
    system = talk.model.requests[0].messages[0].content
    assert system.endswith("\n\nIt is 2026-11-30 13:00 UTC.")
    assert "Cite the result behind each statement of fact" in system
