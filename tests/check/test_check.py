"""`Check` against servers that behave as each kind was captured."""

from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from check.kinds import (
    LLAMA_CPP_PYTHON_ENTRY,
    KindServer,
    advice_only,
    fastchat,
    fence,
    llama_cpp,
    llama_cpp_python_chatml,
    native,
    vllm_without_flags,
)
from holmes.models.check import Check, CheckResult
from holmes.models.client.server import ClientSettings
from holmes.models.modes.requests import CallFormat
from holmes.models.profiles import built_in
from servers.scripted_server import Refusal, Reply, text, tool_calls

WEB = {"namespace": "web"}


def check(
    base_url: str, *, find_window: bool = False, steps: list[str] | None = None
) -> CheckResult:
    settings = ClientSettings(base_url=base_url, model="m", first_wait=0.01, connect_timeout=2)
    tell = (steps if steps is not None else []).append
    examined = Check(settings=settings, profiles=built_in(), tell=tell, find_window=find_window)
    return anyio.run(examined.run)


def states(report: CheckResult) -> dict[str, str]:
    return {line.key: line.state for line in report.lines}


def how(report: CheckResult, key: str) -> str:
    return next(line.how for line in report.lines if line.key == key)


@dataclass(frozen=True, kw_only=True)
class Kind:
    name: str
    server: KindServer
    kind: str
    call_format: CallFormat
    change: str
    requests: int
    version: str = ""


KINDS = (
    Kind(
        name="native",
        server=llama_cpp(),
        kind="llama.cpp server",
        call_format=CallFormat(mode="native"),
        change="",
        requests=10,
    ),
    Kind(
        name="left in the text",
        server=llama_cpp(fence),
        kind="llama.cpp server",
        call_format=CallFormat(mode="native"),
        change="--chat-template-file",
        requests=10,
    ),
    Kind(
        name="vLLM without its flags",
        server=vllm_without_flags(),
        kind="vLLM",
        version="0.32.0",
        call_format=CallFormat(mode="constrained"),
        change="--enable-auto-tool-choice --tool-call-parser hermes",
        requests=9,
    ),
    Kind(
        name="llama-cpp-python, chatml",
        server=llama_cpp_python_chatml(),
        kind="llama-cpp-python",
        call_format=CallFormat(mode="constrained", schema_format="json_object"),
        change="leave --chat_format out",
        requests=10,
    ),
    Kind(
        name="FastChat",
        server=fastchat(),
        kind="FastChat",
        call_format=CallFormat(mode="prompted"),
        change="it has no tool calling",
        requests=11,
    ),
)


@pytest.mark.parametrize("case", KINDS, ids=lambda case: case.name)
def test_the_mode_that_works_best_is_chosen_and_the_cure_named(case: Kind) -> None:
    with case.server as server:
        report = check(server.base_url)
    assert (report.kind, report.version) == (case.kind, case.version)
    assert report.call_format == case.call_format
    assert report.exit_code == 0
    assert report.summary.startswith("Usable: ")
    assert report.summary.endswith("3 of 3 calls right.")
    assert any(case.change in change for change in report.changes) or not case.change
    assert len(server.asked) == case.requests
    assert max(body["max_tokens"] for body in server.asked) <= 256
    assert states(report)[case.call_format.mode] == "yes"
    assert states(report)["round_trip"] == "yes"


def test_a_call_in_the_text_is_told_from_one_in_its_place() -> None:
    with llama_cpp() as server:
        assert how(check(server.base_url), "native") == "3 of 3 right"
    with llama_cpp(fence) as server:
        report = check(server.base_url)
    assert how(report, "native") == "left in the text (fenced) and read from there; 3 of 3 right"
    assert "read from the model's text" in report.summary
    assert states(report)["tool_choice"] == "yes"


def test_where_no_mode_works_the_summary_and_exit_code_say_so() -> None:
    with advice_only() as server:
        report = check(server.base_url)
    assert report.exit_code == 4
    assert report.call_format is None
    assert report.summary.startswith("Not usable: ")
    assert states(report)["native"] == states(report)["prompted"] == "no"
    assert "round_trip" not in states(report)
    assert report.kind == "unknown kind"
    assert any("turn on tool calling" in change for change in report.changes)


def test_an_earlier_mode_with_mistakes_gives_way_to_a_better_one() -> None:
    def flat(body: dict[str, object]) -> Reply:
        """The nested argument without its object, as small models write it."""
        if "events of type" in str(body["messages"]):
            return tool_calls(("search_events", {"namespace": "web", "type": "Warning"}))
        found = fence(body)
        return found if "log" in str(body["messages"]) else tool_calls(("list_pods", WEB))

    with llama_cpp(flat) as server:
        report = check(server.base_url)
    assert how(report, "native").endswith('2 of 3 right: "filter" is not an object')
    assert report.call_format == CallFormat(mode="constrained")


def test_a_model_that_is_right_only_sometimes_is_usable_with_mistakes() -> None:
    def one_tool(_: dict[str, object]) -> Reply:
        return tool_calls(("list_pods", WEB))

    server = KindServer(calls=one_tool, prompted=False)
    with server:
        report = check(server.base_url)
    assert report.exit_code == 0
    assert report.summary == (
        "Usable, with mistakes: the server's own tool calls, 1 of 3 calls right."
    )
    assert states(report)["native"] == "partly"
    assert states(report)["enum"] == "no"
    assert how(report, "enum") == '"list_pods" instead of "get_logs"'
    assert how(report, "parallel") == "1 call in one reply"


def test_a_server_that_is_not_there_ends_the_check() -> None:
    report = check("http://127.0.0.1:9/v1")
    assert report.exit_code == 3
    assert states(report) == {"reachable": "no"}
    assert "refuses the connection" in report.summary


def test_a_refused_key_is_named() -> None:
    def refuse(_: dict[str, object]) -> Refusal:
        return Refusal(status=401, body={"error": {"message": "Invalid API Key", "code": 401}})

    with KindServer(everything=refuse) as server:
        report = check(server.base_url)
    assert report.exit_code == 3
    assert "asks for an API key" in report.summary


def test_a_500_for_one_kind_of_request_is_an_answer_not_the_end() -> None:
    def choosy(body: dict[str, object]) -> Reply | Refusal:
        """llama-cpp-python's chatml-function-calling: required is a 500 without words."""
        if body.get("tool_choice"):
            return Refusal(status=500, body={"error": {"message": "", "type": "internal"}})
        return tool_calls(("list_pods", WEB))

    with KindServer(calls=choosy, prompted=False) as server:
        report = check(server.base_url)
    assert states(report)["tool_choice"] == "no"
    assert states(report)["unknown_tool"] == "yes"


def test_a_model_that_thinks_gets_room_for_it() -> None:
    def thinking(body: dict[str, object]) -> Reply:
        if body["max_tokens"] == 256:
            return Reply(reasoning="Well, let me see", finish_reason="length")
        return text("pelican")

    with KindServer(everything=thinking) as server:
        report = check(server.base_url)
    assert states(report)["thinking"] == "yes"
    assert [body["max_tokens"] for body in server.asked][:3] == [256, 4096, 4096]


def test_a_server_without_a_system_role_is_asked_without_one() -> None:
    def strict(body: dict[str, Any]) -> Reply | Refusal:
        """As templates of the Gemma family are: llama-cpp-python and vLLM pass their refusal on."""
        if body["messages"][0]["role"] == "system":
            return Refusal(status=400, body={"error": {"message": "System role not supported"}})
        return native(body) if body.get("tools") else text("pelican")

    with KindServer(everything=strict) as server:
        report = check(server.base_url)
    assert states(report)["system_role"] == "no"
    assert report.call_format == CallFormat(mode="native", system_role=False)
    assert how(report, "native") == "3 of 3 right"


def test_the_window_is_never_guessed() -> None:
    with fastchat() as server:
        report = check(server.base_url)
    assert states(report)["window"] == "unknown"
    assert "--find-window" in how(report, "window")


def test_the_window_is_found_by_an_overflow_where_that_is_asked_for() -> None:
    words = "This model's maximum context length is 4096 tokens. However, you requested 40174."
    overflow = Refusal(status=400, body={"error": {"message": words}})

    def small(body: dict[str, object]) -> Reply | Refusal:
        return overflow if "word word" in str(body["messages"]) else text("pelican")

    with KindServer(entry=LLAMA_CPP_PYTHON_ENTRY, everything=small) as server:
        report = check(server.base_url, find_window=True)
    assert how(report, "window") == "4096 tokens"
    assert states(report)["window"] == "partly"
    assert "start it with --n_ctx 16384" in report.changes


def test_an_invented_tool_is_noticed() -> None:
    def tempted(body: dict[str, object]) -> Reply:
        if "restart_deployment" in str(body["messages"]):
            return tool_calls(("restart_deployment", WEB))
        return tool_calls(("list_pods", WEB))

    with KindServer(calls=tempted, prompted=False) as server:
        report = check(server.base_url)
    assert states(report)["unknown_tool"] == "no"
    assert '"restart_deployment"' in how(report, "unknown_tool")


def test_each_step_is_told_as_it_begins() -> None:
    steps: list[str] = []
    with llama_cpp() as server:
        check(server.base_url, steps=steps)
    assert steps[0] == "reachable, its models, the key"
    assert len(steps) == len(set(steps)) == 10
