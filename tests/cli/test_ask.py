"""`holmes ask` as a person runs it: a real process, a real HTTP server, real tools."""

import gzip
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from cli.holmes_process import holmes, start
from servers.scripted_server import Refusal, ScriptedServer, ScriptStep, refusal, text, tool_calls

TOOLSET = """
toolsets:
  notes:
    description: "Notes of the team"
    tools:
      - name: read_note
        description: "Read a note"
        command: "printf 'note %s: all is well' {{ title }}"
      - name: slow_note
        description: "Takes its time"
        command: "sleep 47.11"
        parameters: {}
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    path = tmp_path / "tools.yaml"
    path.write_text(TOOLSET, encoding="utf-8")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_question_becomes_a_call_and_a_cited_answer(tmp_path: Path, tools: Path) -> None:
    script = [tool_calls(("read_note", {"title": "monday"})), text("All is well on monday [1].")]
    with ScriptedServer(script) as server:
        done = holmes(
            *("ask", "how", "was", "monday?", "--model", "openai/scripted"),
            *("--api-base", server.base_url, "-t", str(tools)),
            home=tmp_path,
        )
    assert done.code == 0, done.err
    assert done.out.startswith("All is well on monday [1].\n")
    assert "Evidence:\n[1] printf 'note %s: all is well' monday\n" in done.out
    assert "[1] printf 'note %s: all is well' monday" in done.err
    assert server.requests[0]["model"] == "scripted"
    assert server.requests[1]["messages"][-1]["role"] == "tool"
    assert "note monday: all is well" in server.requests[1]["messages"][-1]["content"]


def test_json_is_one_document_with_everything(tmp_path: Path, tools: Path) -> None:
    script = [tool_calls(("read_note", {"title": "a b"})), text("Well [1].")]
    with ScriptedServer(script) as server:
        done = holmes(
            *("ask", "q", "--json", "--api-base", server.base_url, "--custom-toolsets", str(tools)),
            home=tmp_path,
        )
    document = json.loads(done.out)
    assert document["answer"] == "Well [1]."
    assert document["citations"] == [1]
    [call] = document["tool_calls"]
    assert call["command"] == "printf 'note %s: all is well' 'a b'"
    assert call["output"] == "note a b: all is well"
    assert document["usage"]["prompt_tokens"] == 200
    assert 'using "scripted", the only one' in " ".join(document["notices"])


def test_files_and_piped_text_go_with_the_question(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("ERROR in the file", encoding="utf-8")
    with ScriptedServer([text("Seen.")]) as server:
        done = holmes(
            *("ask", "what is this?", "-f", str(log), "--api-base", server.base_url),
            *("--model", "m"),
            home=tmp_path,
            stdin="ERROR in the pipe",
        )
    assert done.code == 0, done.err
    question = server.requests[0]["messages"][1]["content"]
    assert question.index("what is this?") < question.index("ERROR in the file")
    assert "ERROR in the pipe" in question


def test_of_a_file_larger_than_the_window_and_than_what_is_kept_the_error_is_asked_about(
    tmp_path: Path,
) -> None:
    log = tmp_path / "app.log"
    with log.open("w", encoding="utf-8") as file:
        for n in range(400_000):
            file.write(f"step {n} done\n" if n != 250_000 else "FATAL shard seven is full\n")
    with ScriptedServer([text("Seen.")], context_window=4096) as server:
        done = holmes(
            *("ask", "what is this?", "-f", str(log), "--api-base", server.base_url),
            *("--model", "m"),
            home=tmp_path,
        )
    assert done.code == 0, done.err
    question = server.requests[0]["messages"][1]["content"]
    assert "FATAL shard seven is full" in question
    assert "[It was 6.7 MB: its beginning and end" in question
    assert len(question) < 6000


def test_what_is_not_text_is_not_sent(tmp_path: Path) -> None:
    packed = tmp_path / "app.log.gz"
    packed.write_bytes(gzip.compress(b"ERROR db down\n", mtime=0))
    with ScriptedServer([]) as server:
        asked = ("ask", "what is this?", "--api-base", server.base_url, "--model", "m")
        done = holmes(*asked, "-f", str(packed), home=tmp_path)
        piped = holmes(*asked, home=tmp_path, stdin="\x01\x00\x02")
    assert done.code == piped.code == 2
    told = "is not text: it holds zero bytes. Unpack it, or convert it to UTF-8, first.\n"
    assert done.err == f'holmes: File "{packed}" {told}'
    assert piped.err == f"holmes: Standard input {told}"
    assert not server.requests


def test_a_log_that_was_truncated_under_its_writer_is_text(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_bytes(b"\0" * 20_000 + b"ERROR db down\n")
    with ScriptedServer([text("Seen.")]) as server:
        asked = ("ask", "what is this?", "--api-base", server.base_url, "--model", "m")
        assert holmes(*asked, "-f", str(log), home=tmp_path).code == 0
    assert "ERROR db down" in server.requests[0]["messages"][1]["content"]


def test_an_idle_pipe_does_not_hang_it(tmp_path: Path) -> None:
    with ScriptedServer([text("Here.")]) as server:
        process = start(
            ["ask", "q", "--api-base", server.base_url, "--model", "m"],
            home=tmp_path,
            stdin=subprocess.PIPE,
        )
        out, err = process.stdout, process.stderr
        assert out is not None
        assert err is not None
        assert process.wait(timeout=30) == 0
        assert "Here." in out.read()
        assert "it is not read" in err.read()
        for stream in (process.stdin, out, err):
            if stream is not None:
                stream.close()


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_every_form_of_the_base_works(tmp_path: Path, suffix: str) -> None:
    with ScriptedServer([text("Here.")]) as server:
        base = server.base_url.removesuffix("/v1") + suffix
        done = holmes("ask", "q", "--api-base", base, "--model", "m", home=tmp_path)
    assert (done.code, done.out) == (0, "Here.\n")


def test_flags_beat_environment_beats_file(tmp_path: Path) -> None:
    with ScriptedServer([text("a"), text("b"), text("c")]) as server:
        folder = tmp_path / ".holmes"
        folder.mkdir()
        base = f"api_base: {server.base_url}\nmodel: from-file\n"
        (folder / "config.yaml").write_text(base, encoding="utf-8")
        holmes("ask", "q", home=tmp_path)
        holmes("ask", "q", home=tmp_path, env={"MODEL": "from-environment"})
        holmes("ask", "q", "--model", "flag", home=tmp_path, env={"MODEL": "from-environment"})
    assert [request["model"] for request in server.requests] == [
        "from-file",
        "from-environment",
        "flag",
    ]


def test_no_base_and_no_key_is_refused_in_one_line(tmp_path: Path) -> None:
    done = holmes("ask", "q", "--model", "m", home=tmp_path)
    assert done.code == 2
    assert done.out == ""
    [line] = done.err.splitlines()
    assert "--api-base" in line


def test_several_models_and_none_named_lists_them(tmp_path: Path) -> None:
    from servers.raw_server import RawServer, json_response  # noqa: PLC0415

    two = json_response({"object": "list", "data": [{"id": "big"}, {"id": "small"}]})
    with RawServer(respond=lambda _: [two]) as server:
        done = holmes("ask", "q", "--api-base", server.base_url, home=tmp_path)
    assert done.code == 2
    assert "big, small" in done.err


def test_a_refused_connection_is_one_line_and_exit_3(tmp_path: Path) -> None:
    base = f"http://127.0.0.1:{free_port()}/v1"
    done = holmes("ask", "q", "--api-base", base, "--model", "m", home=tmp_path)
    assert done.code == 3
    assert base in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def test_a_server_that_breaks_later_leaves_the_evidence_and_exit_3(
    tmp_path: Path, tools: Path
) -> None:
    script: list[ScriptStep] = [
        tool_calls(("read_note", {"title": "monday"})),
        refusal(400, "no more today"),
    ]
    with ScriptedServer(script) as server:
        done = holmes(
            *("ask", "q", "--api-base", server.base_url, "--model", "m", "-t", str(tools)),
            home=tmp_path,
        )
    assert done.code == 3
    assert "note monday: all is well" in done.out
    assert "no more today" in done.err


def test_an_empty_answer_is_exit_4(tmp_path: Path) -> None:
    with ScriptedServer([text("")], repeat_last=True) as server:
        done = holmes("ask", "q", "--api-base", server.base_url, "--model", "m", home=tmp_path)
    assert done.code in {3, 4}
    assert "Traceback" not in done.err
    assert done.err.strip()


def test_a_cut_off_answer_is_never_passed_off_as_whole(tmp_path: Path) -> None:
    from servers.scripted_server import Reply  # noqa: PLC0415

    cut = Reply(content="The pod is", finish_reason="length")
    with ScriptedServer([cut], repeat_last=True) as server:
        done = holmes("ask", "q", "--api-base", server.base_url, "--model", "m", home=tmp_path)
    assert done.code == 4
    assert "cut off" in done.err


def sleepers() -> list[int]:
    """Processes of this machine that run the slow tool."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"sleep\x0047.11" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it ended meanwhile
    return found


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_ends_everything_at_once(
    tmp_path: Path, tools: Path, sent: signal.Signals, code: int
) -> None:
    with ScriptedServer([tool_calls(("slow_note", {}))]) as server:
        process = start(
            ["ask", "q", "--api-base", server.base_url, "--model", "m", "-t", str(tools)],
            home=tmp_path,
        )
        deadline = time.monotonic() + 30
        while not sleepers() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert sleepers(), "the tool never started"
        os.kill(process.pid, sent)
        _, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in err
    assert not sleepers()


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = holmes("ask", "q", "-f", "/no/such/file", "--api-base", "http://x", home=tmp_path)
    assert done.code == 2
    told = "can't be read: No such file or directory. Check its path.\n"
    assert done.err == f'holmes: File "/no/such/file" {told}'


def test_a_key_is_never_printed(tmp_path: Path) -> None:
    with ScriptedServer([Refusal(status=401, body={"error": {"message": "Bad key"}})]) as server:
        done = holmes(
            *("ask", "q", "--model", "m", "--api-base", server.base_url, "--debug"),
            *("--api-key", "sk-very-secret-key"),
            home=tmp_path,
        )
    assert done.code != 0
    assert "sk-very-secret-key" not in done.out + done.err
