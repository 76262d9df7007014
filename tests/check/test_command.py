"""`holmes model check` as people run it, and what `holmes ask` makes of its result."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from check.kinds import KindServer, advice_only, llama_cpp, vllm_without_flags
from cli.holmes_process import HOLMES, Finished, environment, holmes
from holmes.core.messages import UserMessage
from holmes.models.base import ModelRequest
from holmes.models.client.dialect import Dialect
from holmes.models.client.error_reply import read_error
from holmes.models.client.refusals import topic
from holmes.models.client.wire import request_body


def check(server: KindServer, home: Path, *more: str) -> Finished:
    base = ("--api-base", server.base_url)
    return holmes("model", "check", *base, *more, home=home, timeout=120)


def test_plain_text_in_a_pipe(tmp_path: Path) -> None:
    with vllm_without_flags() as server:
        done = check(server, tmp_path, "--model", "m")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == f"m at {server.base_url} (vLLM 0.32.0)"
    assert any(line.startswith("tool calls held to a form  yes") for line in lines)
    assert "--enable-auto-tool-choice --tool-call-parser hermes" in done.out
    assert lines[-1].startswith("Usable: ")
    assert "holmes: checking: plain chat, system role\n" in done.err
    assert "\x1b" not in done.out


def test_one_json_document(tmp_path: Path) -> None:
    with llama_cpp() as server:
        done = check(server, tmp_path, "--json")
    document = json.loads(done.out)
    assert document["usable"] is True
    assert document["model"] == "m"  # the only one that the server lists
    assert document["server"]["kind"] == "llama.cpp server"
    assert document["tool_calls"]["mode"] == "native"
    assert document["checks"]["window"] == {
        "state": "yes",
        "how": "16384 tokens",
        "title": "context window",
    }
    assert 'No --model given: using "m"' in done.err


def test_exit_codes_tell_a_server_that_is_away_from_a_model_that_can_not(tmp_path: Path) -> None:
    with advice_only() as server:
        assert check(server, tmp_path, "--model", "m").code == 4
    away = holmes(
        *("model", "check", "--api-base", "http://127.0.0.1:9/v1", "--model", "m"), home=tmp_path
    )
    assert away.code == 3
    assert "Not usable: The model server at http://127.0.0.1:9/v1 refuses" in away.out
    assert "Traceback" not in away.err


def test_the_result_is_remembered_and_ask_begins_there(tmp_path: Path) -> None:
    with vllm_without_flags() as server:
        check(server, tmp_path, "--model", "m")
        (kept,) = (tmp_path / ".local/state/holmesgpt/models").iterdir()
        asked = len(server.asked)
        ask = holmes(
            *("ask", "which pods are unhealthy?", "--model", "m", "--api-base", server.base_url),
            home=tmp_path,
        )
    record = json.loads(kept.read_text())
    assert record["call_format"]["mode"] == "constrained"
    assert record["fingerprint"]["kind"] == "vLLM"
    assert record["fingerprint"]["version"] == "0.32.0"
    first = server.asked[asked]
    assert "tools" not in first
    assert "as `holmes model check` found to work" in ask.err + ask.out


def test_a_check_that_fails_forgets_what_was_remembered(tmp_path: Path) -> None:
    with vllm_without_flags() as server:
        check(server, tmp_path, "--model", "m")
        server.forms, server.prompted = {"json_schema": False}, False
        assert check(server, tmp_path, "--model", "m").code == 4
    assert not list((tmp_path / ".local/state/holmesgpt/models").iterdir())


def test_a_home_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("in the way")
    with llama_cpp() as server:
        done = check(server, tmp_path, "--model", "m")
    assert done.code == 0
    assert done.err.count("can't be kept") == 1


def test_a_faulty_profile_of_the_user_is_named(tmp_path: Path) -> None:
    folder = tmp_path / ".holmes" / "profiles"
    folder.mkdir(parents=True)
    (folder / "ours.yaml").write_text("name: x\n")
    with llama_cpp() as server:
        done = check(server, tmp_path, "--model", "m")
    assert done.code == 2
    assert "ours.yaml" in done.err


def test_a_table_on_a_terminal(tmp_path: Path) -> None:
    with vllm_without_flags() as server:
        arguments = ["model", "check", "--api-base", server.base_url, "--model", "m"]
        leader, follower = pty.openpty()
        env = environment(tmp_path) | {"TERM": "xterm", "COLUMNS": "100"}
        done = subprocess.run(
            [str(HOLMES), *arguments], stdout=follower, stderr=subprocess.PIPE, env=env, check=False
        )
        os.close(follower)
    shown = b""
    while piece := _read(leader):
        shown += piece
    os.close(leader)
    assert done.returncode == 0
    assert "│" in shown.decode()
    assert "Usable: " in shown.decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # Linux: the other end is closed and all has been read
        return b""


def test_control_characters_of_a_server_never_reach_the_terminal(tmp_path: Path) -> None:
    with KindServer(model="m\x1b]0;owned\x07") as server:
        done = check(server, tmp_path)
    assert "\x1b" not in done.out + done.err


def test_a_form_and_a_choice_are_sent_as_the_protocol_writes_them() -> None:
    request = ModelRequest(
        messages=(UserMessage(content="x"),),
        tool_choice="required",
        response_format={"type": "json_object"},
    )
    sent = request_body(request, model="m", dialect=Dialect(), temperature=None, stream=False)
    document = json.loads(sent)
    assert document["response_format"] == {"type": "json_object"}
    assert "tool_choice" not in document  # there are no tools to choose from


REFUSED_FORMS = (
    (500, "Input should be 'text' or 'json_object' (response_format.type)"),
    (400, "Failed to initialize samplers: failed to parse grammar"),
    (400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported"),
)


@pytest.mark.parametrize(("status", "words"), REFUSED_FORMS)
def test_a_refused_form_is_recognised_where_one_was_sent(status: int, words: str) -> None:
    reply = read_error(status, json.dumps({"error": {"message": words}}))
    assert topic(reply, with_tools=False, constrained=True) == "response_format"
    assert topic(reply, with_tools=False) != "response_format"


def test_an_overflow_is_no_refused_form() -> None:
    words = "maximum context length is 4096 tokens; the json_schema counts too"
    reply = read_error(400, json.dumps({"error": {"message": words}}))
    assert topic(reply, with_tools=False, constrained=True) == "overflow"
