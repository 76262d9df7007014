"""What is sent to a model whose ability and window nobody states: the real command over HTTP."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from cli.holmes_process import Finished, holmes
from holmes.demo import CLUSTER
from holmes.models.modes.memory import Fingerprint, ModelMemory, Remembered
from holmes.models.modes.requests import CallFormat
from servers.scripted_server import Refusal, Reply, ScriptedServer, refusal, text, tool_calls
from support.recording import recording

QUESTION = "users get 502 from the edge gateway, why?"
BROKEN = "why does checkout crash?"


def ask(home: Path, server: ScriptedServer, *arguments: str, question: str = QUESTION) -> Finished:
    return holmes(
        *("ask", question, "--api-base", server.base_url, "--snapshot", str(CLUSTER)),
        *arguments,
        home=home,
    )


def aside(body: dict[str, Any]) -> bool:
    """Whether this is the request for a word on what the question is about."""
    return bool(body["messages"][0]["content"].startswith("What is the question about?"))


def looks(body: dict[str, Any]) -> Reply:
    """Calls one tool, then answers; somebody asks what is wrong."""
    if aside(body):
        return text("trouble")
    if any(message["role"] == "tool" for message in body["messages"]):
        return text("The pods of catalog are not ready [1].")
    return tool_calls(("kubectl_get", {"kind": "pods"}))


def tools(body: dict[str, Any]) -> set[str]:
    return {tool["function"]["name"] for tool in body.get("tools", ())}


@pytest.mark.parametrize("model", ["gpt-4.1", "openai/gpt-4.1", "nobody-knows-it", "llama-3.3-70b"])
def test_a_hosted_model_gets_every_tool_in_its_first_request_and_no_limit(
    tmp_path: Path, model: str
) -> None:
    with ScriptedServer([looks], repeat_last=True, model=model) as server:
        done = ask(tmp_path, server, "--model", model)
    assert done.code == 0, done.err
    first = server.requests[0]
    assert {"kubectl_get", "kubectl_logs", "kubectl_describe", "find_problems"} <= tools(first)
    assert "more_tools" not in tools(first), "nothing was left out"
    assert not {"max_tokens", "max_completion_tokens"} & first.keys()
    assert [message["role"] for message in first["messages"]] == ["system", "user"]
    assert "led step by step" not in done.err


def test_an_unknown_window_is_taught_by_the_first_overflow(tmp_path: Path) -> None:
    refused: list[int] = []

    def short(body: dict[str, Any]) -> Reply | Refusal:
        size = len(json.dumps(body)) // 4
        if size > 5000:
            refused.append(size)
            words = f"This model's maximum context length is 5000 tokens, but {size} were given."
            return refusal(400, words)
        results = [m for m in body["messages"] if m["role"] == "tool"]
        if len(results) < 4:
            kind = ["pods", "replicasets", "events", "services"][len(results)]
            return tool_calls(("kubectl_get", {"kind": kind}))
        return text("The pods of catalog are not ready [1].")

    with ScriptedServer([short], repeat_last=True, model="nobody-knows-it") as server:
        done = ask(tmp_path, server, "--model", "nobody-knows-it")
    assert done.code == 0, done.err
    assert 1 <= len(refused) <= 3, refused
    after = server.requests[-1]
    assert after.get("max_tokens", after.get("max_completion_tokens")) == 1250


def led(done: Finished, server: ScriptedServer) -> bool:
    """Whether code looked before the model was asked, and stated what it found."""
    stated = done.out.startswith("1  Deployment shop-checkout/checkout  ")
    assert stated == ("tools" not in server.requests[0])
    return stated


@pytest.mark.parametrize(
    ("model", "arguments", "guided"),
    [
        ("qwen2.5-coder-1.5b-instruct", (), True),
        ("nobody-knows-it", (), False),
        ("nobody-knows-it", ("--guidance", "on"), True),
        ("qwen2.5-coder-1.5b-instruct", ("--guidance", "off"), False),
    ],
    ids=["small by its name", "unknown", "on", "off"],
)
def test_who_is_led_from_the_start(
    tmp_path: Path,
    model: str,
    arguments: tuple[str, ...],
    guided: bool,  # noqa: FBT001  # a column of the table
) -> None:
    with ScriptedServer([looks], repeat_last=True, model=model) as server:
        done = ask(tmp_path, server, "--model", model, *arguments, question=BROKEN)
    assert done.code == 0, done.err
    assert led(done, server) is guided
    assert "led step by step" not in done.err, "it did not become so"


@pytest.mark.parametrize("holds_form", [True, False])
def test_a_symptom_without_a_name_is_what_the_model_chooses_by_numbers(
    tmp_path: Path, *, holds_form: bool
) -> None:
    """Over HTTP, by a server that holds a reply to a form, and by one that knows none."""

    def chooses(body: dict[str, Any]) -> Reply | Refusal:
        if not body["messages"][0]["content"].startswith("Each numbered line"):
            return text("trouble" if aside(body) else "Nobody sees tiles.")
        if "response_format" in body and not holds_form:
            return refusal(400, "response_format is not supported")
        [line] = [e for e in body["messages"][-1]["content"].splitlines() if "node-2" in e]
        return text(f'{{"numbers": [{line[0]}]}}' if holds_form else f"The number is {line[0]}.")

    with ScriptedServer([chooses], repeat_last=True, model="m") as server:
        done = holmes(
            *("ask", "visitors see nothing, what is wrong?", "--guidance", "on", "--model", "m"),
            *("--api-base", server.base_url, "--snapshot", str(recording())),
            home=tmp_path,
        )
    assert done.code == 0, done.err
    assert done.out.startswith("1  Node node-2  ")
    assert "\n2  " not in done.out
    assert done.out.count("In the model's words: Nobody sees tiles.") == 1
    forms = ["response_format" in each for each in server.requests]
    assert forms == [False, True, holds_form, *([] if holds_form else [False]), False]
    assert "Tool calls are" not in done.err, "the way of calling tools is left alone"


def test_who_a_check_remembers_as_weak_is_led(tmp_path: Path) -> None:
    with ScriptedServer([looks], repeat_last=True, model="nobody-knows-it") as server:
        remembered = Remembered(
            address=server.base_url,
            model="nobody-knows-it",
            call_format=CallFormat(),
            source="check",
            at=time.time(),
            fingerprint=Fingerprint(),
            weak=True,
        )
        folder = tmp_path / ".local/state/holmesgpt/models"
        ModelMemory(server.base_url, "nobody-knows-it", folder=folder).keep(remembered)
        weak = ask(tmp_path, server, "--model", "nobody-knows-it", question=BROKEN)
        assert led(weak, server)
        server.requests.clear()
        off = ("--model", "nobody-knows-it", "--guidance", "off")
        assert not led(ask(tmp_path, server, *off, question=BROKEN), server)


def test_who_makes_up_a_pod_is_led_with_one_notice(tmp_path: Path) -> None:
    def invents(body: dict[str, Any]) -> Reply:
        return text(
            "trouble" if aside(body) else "The pod ledger-7d4b9c6f5d-x8k2p has no memory left."
        )

    with ScriptedServer([invents], repeat_last=True, model="nobody-knows-it") as server:
        done = ask(tmp_path, server, "--model", "nobody-knows-it", question=BROKEN)
    assert done.code == 0, done.err
    assert done.err.count("led step by step") == 1
    assert done.out.startswith("1  Deployment shop-checkout/checkout  ")
    assert "x8k2p" not in done.out


@pytest.mark.parametrize("guidance", ["auto", "on"])
def test_a_server_that_fails_after_something_was_found_leaves_it_and_exit_3(
    tmp_path: Path, guidance: str
) -> None:
    broken = refusal(500, "out of memory on the device")

    def fails_later(body: dict[str, Any]) -> Reply | Refusal:
        return looks(body) if guidance == "auto" and len(server.requests) == 1 else broken

    with ScriptedServer([fails_later], repeat_last=True, model="gpt-4.1") as server:
        arguments = ("--model", "gpt-4.1", "--guidance", guidance)
        done = ask(tmp_path, server, *arguments, question=BROKEN)
    assert done.code == 3
    assert done.out.startswith("\nWhat was found so far:\n[1] ")
    assert "checkout" in done.out
    assert "out of memory on the device" in done.err


def test_the_model_is_told_the_time_and_of_a_recording_its_own(tmp_path: Path) -> None:
    with ScriptedServer([looks], repeat_last=True) as server:
        ask(tmp_path, server, "--model", "scripted", "-n", "catalog")
        holmes(
            *("ask", "hello", "--api-base", server.base_url, "--model", "scripted"),
            home=tmp_path,
        )
    recorded, live = (server.requests[place]["messages"][0]["content"] for place in (0, -1))
    at = json.loads((CLUSTER / "snapshot.json").read_text())["recorded_at"]
    assert f"it is {at[:10]} {at[11:16]} UTC, and ages count from then." in recorded
    assert "The Kubernetes cluster is a recording" in recorded
    assert "Namespace unless another is named: catalog." in recorded
    assert f"It is {time.strftime('%Y-%m-%d', time.gmtime())} " in live
    assert "recording" not in live
