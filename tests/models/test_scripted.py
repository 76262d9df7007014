"""The scripted model and the scripted server keep to their scripts."""

import anyio
import pytest
from scripted import ScriptedModel

from holmes.core.errors import UnexpectedResponse
from holmes.core.messages import AssistantMessage, ToolCall
from holmes.models.base import Model, ModelProgress, TextDelta
from models.exchange import ask, request
from servers.scripted_server import ScriptedServer, text


def test_replies_come_in_order_and_requests_are_kept() -> None:
    calling = AssistantMessage(tool_calls=(ToolCall(id="c", name="get"),))
    scripted = ScriptedModel([calling, AssistantMessage(content="Fine.")], context_window=4096)
    model: Model = scripted
    shown: list[ModelProgress] = []

    async def run() -> None:
        first = await model.complete(request(), shown.append)
        second = await model.complete(request(), shown.append)
        assert (first.message, first.stop_reason) == (calling, "tool_calls")
        assert (second.message.content, second.stop_reason) == ("Fine.", "stop")
        assert await model.context_window() == 4096
        with pytest.raises(UnexpectedResponse, match="holds 2 replies"):
            await model.complete(request(), shown.append)
        await model.aclose()

    anyio.run(run)
    assert shown == [TextDelta(text="Fine.")]
    assert scripted.requests == [request()] * 3


def test_a_server_without_more_replies_says_so() -> None:
    with ScriptedServer([text("one")]) as server:
        first, second = ask(server.base_url, times=2)
    assert first.reply is not None
    assert "the script holds 1 replies, no more" in str(second.error)


def test_a_reply_may_depend_on_the_question() -> None:
    with ScriptedServer([lambda body: text(body["messages"][-1]["content"])]) as server:
        (outcome,) = ask(server.base_url)
    assert outcome.shown() == "What is wrong?"


def test_the_last_reply_can_repeat() -> None:
    with ScriptedServer([text("again")], repeat_last=True) as server:
        outcomes = ask(server.base_url, times=3, stream=False)
    assert [outcome.shown() for outcome in outcomes] == ["again"] * 3
    assert "stream" not in server.requests[0]
