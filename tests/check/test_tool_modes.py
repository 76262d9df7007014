"""The tool call modes: what is sent in each, when one gives way to the next, what is remembered."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from check.kinds import (
    ADVICE,
    KindServer,
    fastchat,
    ignoring,
    llama_cpp_python_chatml,
    native,
    vllm_without_flags,
)
from holmes.config.choices import ToolMode
from holmes.core.errors import FeatureRefused
from holmes.core.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from holmes.models.base import ModelProgress, ModelReply, ModelRequest, Notice, Restarted, TextDelta
from holmes.models.check.tasks import TOOLS
from holmes.models.client.chat_completions import ChatCompletionsModel, ClientSettings
from holmes.models.modes.dropped import results_dropped
from holmes.models.modes.memory import ModelMemory
from holmes.models.modes.model import AnyToolModel
from holmes.models.modes.requests import CallFormat
from servers.scripted_server import Refusal, Reply, ScriptedServer, refusal, text, tool_calls

BEGINNING: tuple[Message, ...] = (
    SystemMessage(content="Be brief."),
    UserMessage(content="List the pods in namespace web."),
)


@dataclass
class Run:
    """One run: the replies to its requests, and what was told meanwhile."""

    replies: list[ModelReply] = field(default_factory=list)
    progress: list[ModelProgress] = field(default_factory=list)

    @property
    def notices(self) -> list[str]:
        return [step.text for step in self.progress if isinstance(step, Notice)]

    @property
    def shown(self) -> str:
        return "".join(step.text for step in self.progress if isinstance(step, TextDelta))


def converse(
    base_url: str,
    requests: Sequence[ModelRequest],
    *,
    mode: ToolMode = "auto",
    folder: Path | None = None,
) -> Run:
    async def run() -> Run:
        settings = ClientSettings(base_url=base_url, model="m", first_wait=0.01)
        client = ChatCompletionsModel(settings)
        memory = None
        if folder is not None:
            memory = ModelMemory(
                client.address, client.name, listing=client.listing_fingerprint, folder=folder
            )
        model = AnyToolModel(client, mode, memory=memory)
        session = Run()
        try:
            await model.context_window()
            for request in requests:
                session.replies.append(await model.complete(request, session.progress.append))
        finally:
            await model.aclose()
        return session

    return anyio.run(run)


def first() -> ModelRequest:
    return ModelRequest(messages=BEGINNING, tools=TOOLS, max_tokens=500)


def afterwards(reply: ModelReply, *, offered: bool = True) -> ModelRequest:
    call = reply.message.tool_calls[0]
    result = ToolMessage(
        tool_call_id=call.id, name=call.name, content="front-2 0/1 CrashLoopBackOff"
    )
    messages = (*BEGINNING, AssistantMessage(tool_calls=reply.message.tool_calls), result)
    return ModelRequest(messages=messages, tools=TOOLS if offered else (), max_tokens=500)


def called(session: Run) -> list[str]:
    return [call.name for reply in session.replies for call in reply.message.tool_calls]


def test_the_constrained_mode_leaves_a_reply_free_that_holds_a_good_call() -> None:
    with vllm_without_flags() as server:
        begun = converse(server.base_url, [first()], mode="constrained")
        answered = converse(server.base_url, [afterwards(begun.replies[0])], mode="constrained")
    asked, followed = server.asked
    assert called(begun) == ["list_pods"]
    assert begun.shown == ""
    assert not {"tools", "response_format"} & (asked.keys() | followed.keys())
    assert "list_pods(namespace)" in asked["messages"][0]["content"]
    assert [m["role"] for m in followed["messages"]] == ["system", "user", "assistant", "user"]
    message = answered.replies[0].message
    assert (message.content, message.tool_calls) == ("The unhealthy one is front-2.", ())
    assert answered.shown == message.content


UNRUNNABLE = {
    "broken off": 'I list them.\n```json\n{"tool": "list_pods", "arguments": {"namesp',
    "of no tool": 'I list them.\n```json\n{"tool": "list_pod", "arguments": {}}\n```',
}


@pytest.mark.parametrize("written", UNRUNNABLE.values(), ids=UNRUNNABLE)
def test_a_call_that_can_not_be_run_is_held_to_the_form(written: str) -> None:
    with ScriptedServer([text(written), good()]) as server:
        session = converse(server.base_url, [first()], mode="constrained")
    free, held = server.requests
    assert called(session) == ["list_pods"]
    [reply] = session.replies
    assert reply.message.tool_calls[0].arguments == {"namespace": "web"}
    assert reply.message.content == "I list them.", "what it thought stays in the conversation"
    assert "response_format" not in free
    branches = held["response_format"]["json_schema"]["schema"]["anyOf"]
    offered = [branch["properties"]["tool"]["const"] for branch in branches]
    assert offered == [tool.name for tool in TOOLS]
    assert held["messages"][: len(free["messages"])] == free["messages"], "prefix caches hit"
    said, told = held["messages"][len(free["messages"]) :]
    assert "list_pod" in said["content"]
    assert told["content"].startswith("That call can't be run")


@pytest.mark.parametrize("said", [ADVICE, "All is well.", "Ein Pod ist die kleinste Einheit."])
def test_words_in_place_of_a_call_are_left_to_the_loop_to_judge(said: str) -> None:
    with ScriptedServer([text(said)]) as server:
        session = converse(server.base_url, [first()], mode="constrained")
    assert session.replies[0].message.content == said
    assert not any(isinstance(step, Restarted) for step in session.progress)


def test_an_answer_in_the_form_is_an_answer() -> None:
    answer = text('{"answer": "All is well."}')
    with ScriptedServer([text(UNRUNNABLE["broken off"]), answer]) as server:
        session = converse(server.base_url, [first()], mode="constrained")
    assert session.replies[0].message.content == "All is well."
    assert session.shown.endswith("All is well.")


def test_an_answer_that_is_asked_for_without_tools_is_not_forced_into_json() -> None:
    with vllm_without_flags() as server:
        begun = converse(server.base_url, [first()], mode="constrained")
        without = afterwards(begun.replies[0], offered=False)
        converse(server.base_url, [without], mode="constrained")
    assert "response_format" not in server.asked[-1]


def test_the_other_form_is_tried_where_one_is_refused() -> None:
    with llama_cpp_python_chatml() as server:
        server.prompted, server.instead = False, UNRUNNABLE["broken off"]
        session = converse(server.base_url, [first(), first()], mode="constrained")
    forms = [body["response_format"]["type"] for body in server.asked if "response_format" in body]
    assert forms == ["json_schema", "json_object", "json_object"]
    assert called(session) == ["list_pods", "list_pods"]
    assert len(session.notices) == 1


def test_a_refused_system_role_costs_no_mode() -> None:
    def strict(body: dict[str, Any]) -> Reply | Refusal:
        if body["messages"][0]["role"] == "system":
            return refusal(400, "System role not supported")
        return native(body)

    with KindServer(everything=strict) as server:
        session = converse(server.base_url, [first(), first()])
    assert called(session) == ["list_pods", "list_pods"]
    assert [m["role"] for m in server.asked[-1]["messages"]] == ["user"]
    assert "tools" in server.asked[-1]
    assert (len(server.asked), len(session.notices)) == (3, 1)


def test_a_refused_tool_role_puts_the_history_into_plain_text() -> None:
    def strict(body: dict[str, Any]) -> Reply | Refusal:
        if any(message["role"] == "tool" for message in body["messages"]):
            return refusal(400, "Input should be 'system', 'user' or 'assistant'")
        return native(body)

    with KindServer(everything=strict) as server:
        begun = converse(server.base_url, [first()])
        session = converse(server.base_url, [afterwards(begun.replies[0])])
    assert session.replies[0].message.content == "The unhealthy one is front-2."
    roles = [message["role"] for message in server.asked[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_a_mode_that_was_asked_for_is_never_left() -> None:
    broken = KindServer(forms={}, prompted=False, instead=UNRUNNABLE["broken off"])
    with broken as server, pytest.raises(FeatureRefused) as raised:
        converse(server.base_url, [first()], mode="constrained")
    assert raised.value.feature == "response_format"
    with vllm_without_flags() as server, pytest.raises(FeatureRefused):
        converse(server.base_url, [first()], mode="native")


def broken(body: dict[str, Any]) -> Reply:
    """Arguments that no repair can read, unless the reply is held to a form."""
    if body.get("tools"):
        return tool_calls(("list_pods", "namespace web please"))
    return good() if "response_format" in body else text(UNRUNNABLE["broken off"])


def good() -> Reply:
    return text('{"tool": "list_pods", "arguments": {"namespace": "web"}}')


def test_calls_that_can_not_be_read_twice_step_down_for_the_rest() -> None:
    with ScriptedServer([broken], repeat_last=True) as server:
        session = converse(server.base_url, [first()] * 4)
    assert ["tools" in body for body in server.requests] == [True, True, *[False] * 4]
    assert ["response_format" in body for body in server.requests[2:]] == [False, True] * 2
    assert session.replies[1].message.tool_calls[0].parse_error
    assert not session.replies[3].message.tool_calls[0].parse_error
    (notice,) = session.notices
    assert notice.startswith("The model's tool calls could not be run twice in a row")


def test_invented_names_count_and_a_good_call_between_starts_anew() -> None:
    bad, fine = tool_calls(("describe_pod", {})), tool_calls(("list_pods", {"namespace": "web"}))
    with ScriptedServer([bad, fine, bad, fine]) as server:
        assert not converse(server.base_url, [first()] * 4).notices
    with ScriptedServer([bad, bad, good()]) as server:
        assert len(converse(server.base_url, [first()] * 3).notices) == 1


def test_it_goes_down_to_free_text_where_no_form_is_taken() -> None:
    def reply(body: dict[str, Any]) -> Reply | Refusal:
        if "response_format" in body:
            return refusal(400, "response_format is not supported")
        return broken(body)

    with ScriptedServer([reply], repeat_last=True) as server:
        session = converse(server.base_url, [first()] * 4)
    assert called(session) == ["list_pods"] * 4
    assert "response_format" not in server.requests[-1]


def test_dropped_tools_go_into_the_prompt_and_the_next_run_begins_there(tmp_path: Path) -> None:
    with fastchat() as server:
        learning = converse(server.base_url, [first()], folder=tmp_path)
        asked = len(server.asked)
        knowing = converse(server.base_url, [first()], folder=tmp_path)
    assert called(learning) == called(knowing) == ["list_pods"]
    assert (asked, len(server.asked)) == (2, 3)
    assert "tools" not in server.asked[-1]
    assert knowing.notices == ["Tool calls are prompted, as an earlier run found to work."]


def test_refused_tools_are_remembered_too(tmp_path: Path) -> None:
    with vllm_without_flags() as server:
        converse(server.base_url, [first()], folder=tmp_path)
        converse(server.base_url, [first()], folder=tmp_path)
    assert ["tools" in body for body in server.asked] == [True, False, False]


def test_a_step_that_did_not_help_is_not_remembered(tmp_path: Path) -> None:
    with ScriptedServer([text(ADVICE)], repeat_last=True) as server:
        converse(server.base_url, [first()], folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("said", [ADVICE, "Je ne peux pas accéder à votre cluster.", "Ein Pod."])
def test_dropped_tools_are_told_by_the_count_and_not_by_the_words(said: str) -> None:
    def few(_: dict[str, Any]) -> Reply:
        return replace(text(said), prompt_tokens=26)

    with KindServer(calls=few) as server:
        dropped = converse(server.base_url, [first()])
    with KindServer(calls=lambda _: replace(text(said), prompt_tokens=310)) as server:
        seen = converse(server.base_url, [first()])
    assert called(dropped) == ["list_pods"]
    assert dropped.notices == ["The server drops the tools; they go into the prompt."]
    assert seen.replies[0].message.content == said
    assert not seen.notices


def test_a_server_that_counts_no_tokens_in_a_stream_is_asked_once_for_them() -> None:
    with KindServer(calls=ignoring, counting=False) as server:
        dropped = converse(server.base_url, [first()])
    assert called(dropped) == ["list_pods"]
    streamed, counted, prompted = server.asked
    assert (counted["max_tokens"], counted.get("stream")) == (1, None)
    assert counted["messages"] == streamed["messages"]
    assert "tools" not in prompted
    free = KindServer(calls=lambda _: replace(text("A pod is a unit."), prompt_tokens=300))
    free.counting = False
    with free as server:
        answered = converse(server.base_url, [first(), first()])
    assert len(server.asked) == 3
    assert answered.shown == "A pod is a unit." * 2
    assert not answered.notices


def test_a_restarted_server_with_another_window_is_asked_from_the_top(tmp_path: Path) -> None:
    with fastchat() as server:
        converse(server.base_url, [first()], folder=tmp_path)
        server.entry = {"owned_by": "vllm", "max_model_len": 32768}
        converse(server.base_url, [first()], folder=tmp_path)
    assert "tools" in server.asked[2]


def test_an_unknown_pair_costs_no_request_and_a_good_one_leaves_no_trace(tmp_path: Path) -> None:
    with KindServer(entry={"max_model_len": 16384}) as server:
        converse(server.base_url, [first()], folder=tmp_path / "state")
    assert server.gets == ["/v1/models"]
    assert len(server.asked) == 1
    assert not (tmp_path / "state").exists()


def test_a_home_that_can_not_be_written_is_one_notice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with fastchat() as server:
        session = converse(server.base_url, [first()] * 3, folder=tmp_path / "file" / "state")
    assert called(session) == ["list_pods"] * 3
    assert len([n for n in session.notices if "can't be kept" in n]) == 1


def test_a_mode_that_was_asked_for_is_not_remembered(tmp_path: Path) -> None:
    with fastchat() as server:
        converse(server.base_url, [first()], mode="prompted", folder=tmp_path)
    assert not list(tmp_path.iterdir())
    assert CallFormat().mode == "native"


def counting(body: dict[str, Any]) -> Reply:
    """As llama-cpp-python's chatml-function-calling: no result of a tool reaches the model."""
    sent = [m for m in body["messages"] if m["role"] != "tool"]
    known = "CrashLoopBackOff" in str(sent)
    reply = text("front-2 crash-loops [1]." if known else "All is well.")
    tokens = len("".join(str(m.get("content")) for m in sent)) // 4
    return replace(reply, prompt_tokens=tokens)


@pytest.mark.parametrize("offered", [True, False])
def test_results_that_a_server_drops_go_into_the_prompt(tmp_path: Path, *, offered: bool) -> None:
    call = ToolCall(id="c1", name=TOOLS[0].name, arguments={})
    table = "\n".join(f"front-{n} 0/1 CrashLoopBackOff" for n in range(60))
    result = ToolMessage(tool_call_id="c1", name=call.name, content=table)
    messages = (*BEGINNING, AssistantMessage(tool_calls=(call,)), result)
    request = ModelRequest(messages=messages, tools=TOOLS if offered else (), max_tokens=500)
    with ScriptedServer([counting], repeat_last=True) as server:
        session = converse(server.base_url, [request, request], folder=tmp_path)
        later = converse(server.base_url, [request], folder=tmp_path)
    assert [reply.message.content for reply in session.replies] == ["front-2 crash-loops [1]."] * 2
    assert session.notices[0] == "The server drops the results of tools; they go into the prompt."
    assert len(server.requests) == 4, "asked twice once, and never again"
    assert [reply.message.content for reply in later.replies] == ["front-2 crash-loops [1]."]


@pytest.mark.parametrize(
    ("tokens", "characters", "dropped"),
    [(290, 2500, True), (800, 2500, False), (290, 900, False), (None, 2500, False)],
    ids=["dropped", "there", "little", "not counted"],
)
def test_what_a_server_counts_tells_whether_results_reached_the_model(
    tokens: int | None, characters: int, *, dropped: bool
) -> None:
    result = ToolMessage(tool_call_id="c1", name="look", content="x" * characters)
    request = ModelRequest(messages=(SystemMessage(content="y" * 1000), result), max_tokens=9)
    assert results_dropped(request, tokens) is dropped


def without_results(body: dict[str, Any]) -> Reply:
    """llama-cpp-python's own chat formats: nothing of the role `tool` reaches the model."""
    known = any("CrashLoopBackOff" in str(m) for m in body["messages"] if m["role"] != "tool")
    return text("front-2 crash-loops [1]." if known else "All is well.")


def test_a_server_that_is_known_to_lose_results_gets_them_as_text() -> None:
    # It never streams a count of tokens, so that the loss could not be told.
    server = KindServer(entry={"owned_by": "me", "permissions": []}, calls=without_results)
    call = ToolCall(id="c1", name=TOOLS[0].name, arguments={})
    result = ToolMessage(tool_call_id="c1", name=call.name, content="front-2 0/1 CrashLoopBackOff")
    messages = (*BEGINNING, AssistantMessage(tool_calls=(call,)), result)
    request = ModelRequest(messages=messages, tools=TOOLS, max_tokens=500)
    with server as running:
        session = converse(running.base_url, [request])
    assert session.replies[0].message.content == "front-2 crash-loops [1]."
    assert session.notices == []
