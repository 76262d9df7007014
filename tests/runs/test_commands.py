"""`holmes session`, `holmes show`, and runs that can't be recorded: as people run them."""

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.holmes_process import Finished, environment, holmes, start
from runs.short_run import ANSWER, TOOLSET, Desk, desk, told
from servers.scripted_server import ScriptedServer, refusal, text, tool_calls

KEY = "sk-proj-0123456789abcdef"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Desk]:
    yield from desk(tmp_path)


def run(here: Desk, *arguments: str) -> Finished:
    done = holmes(*arguments, home=here.home)
    assert "Traceback" not in done.err
    return done


def test_the_list_shows_the_words_and_not_what_came_with_them(tmp_path: Path) -> None:
    with ScriptedServer([text("Seen.")]) as server:
        asked = ("ask", "what is this?", "--api-base", server.base_url, "--model", "m")
        assert holmes(*asked, home=tmp_path, stdin="ERROR db down").code == 0
    assert holmes("session", "list", home=tmp_path).out.endswith("m      what is this?\n")


def test_a_run_can_be_listed_shown_replayed_and_looked_up(here: Desk) -> None:
    asked = here.ask()
    [listed] = json.loads(run(here, "session", "list", "--json").out)
    assert (listed["state"], listed["exit_code"], listed["model"]) == ("answered", 0, "scripted")
    assert listed["question"] == "what is there?"
    table = run(here, "session", "list").out.splitlines()
    assert table[1].split()[0] == listed["id"]
    assert table[1].endswith("what is there?")

    shown = run(here, "session", "show", listed["id"][:13]).out
    for part in ("what is there?", "→ fail({})", "evidence [2]", "\n9000\n", "You are HolmesGPT"):
        assert part in shown
    kinds = [line["kind"] for line in json.loads(run(here, "session", "show", "--json").out)]
    assert kinds == [line["kind"] for line in here.lines()]

    replayed = run(here, "session", "replay", "--json")
    assert told(replayed) == told(asked)
    document = json.loads(replayed.out)
    assert document["requests"] == 3
    told_then = json.loads(asked.out)
    assert document["usage"] == told_then["usage"]
    assert document["usage"]["completion_tokens"] == 30
    seconds = told_then["seconds"]
    assert document["seconds"]["tools"] == pytest.approx(seconds["tools"], abs=0.01)
    assert document["seconds"]["total"] > seconds["tools"] / 3, "three calls run at once"
    plain = run(here, "session", "replay")
    assert plain.out.startswith(f"{ANSWER}\n")
    assert "✗ [4] " in plain.err

    whole = run(here, "show", "2")
    assert whole.out == "saw long\n" + "".join(f"{n}\n" for n in range(1, 9001))
    assert "[2] echo long" in whole.err
    document = json.loads(run(here, "show", "4", "--json", "--session", listed["id"]).out)
    assert (document["status"], document["exit_code"]) == ("failed", 3)
    assert len(here.server.requests) == 3, "looking back asks no model"

    missing = run(here, "show", "9")
    assert missing.code == 2
    assert missing.err.endswith("has no result 9. It has: 1, 2, 3, 4.\n")


def test_a_run_whose_server_failed_is_replayed_with_the_reason(tmp_path: Path) -> None:
    look = tool_calls(("look", {"what": "first", "lines": 1}))
    with ScriptedServer([look, refusal(400, "no more today")]) as server:
        here = Desk(home=tmp_path, server=server)
        asked = here.ask()
    assert asked.code == 3
    assert "Go on with: holmes ask --resume" in asked.err
    replayed = run(here, "session", "replay", "--json")
    for done in (asked, replayed):
        document = json.loads(done.out)
        assert document["state"] == "none"
        assert "no more today" in document["reason"]
        assert [call["output"] for call in document["tool_calls"]] == ["saw first\n1\n"]
    assert "no more today" in replayed.err
    [listed] = json.loads(run(here, "session", "list", "--json").out)
    assert (listed["state"], listed["exit_code"]) == ("failed", 3)


def test_resuming_a_finished_run_says_so_and_shows_the_answer(here: Desk) -> None:
    asked = here.ask()
    before = here.transcript.read_bytes()
    again = here.resume()
    assert again.code == 0
    assert "is finished" in again.err
    assert told(again) == told(asked)
    assert here.transcript.read_bytes() == before
    assert sum(here.ran.values()) == 4


def test_what_can_not_be_resumed_is_one_line(here: Desk) -> None:
    none = here.resume()
    assert (none.code, none.out) == (2, "")
    assert "There is no session in" in none.err
    here.ask()
    both = run(here, "ask", "--resume", "last", "and", "now?")
    assert both.code == 2
    assert "Leave QUESTION and -f out." in both.err


def test_a_key_is_never_on_record(tmp_path: Path) -> None:
    leaking = [tool_calls(("look", {"what": KEY, "lines": 1})), text(f"The key is {KEY} [1].")]
    with ScriptedServer(leaking) as server:
        done = Desk(home=tmp_path, server=server).ask("--api-key", KEY)
        path = Desk(home=tmp_path, server=server).transcript
    assert done.code == 0, done.err
    recorded = path.read_text(encoding="utf-8")
    assert KEY not in recorded
    assert "The key is «key:1» [1]." in recorded


def test_no_transcript_by_flag_and_by_file(here: Desk) -> None:
    assert here.ask("--no-transcript").code == 0
    (here.home / ".holmes").mkdir()
    config = here.home / ".holmes/config.yaml"
    config.write_text("transcripts: false\n", encoding="utf-8")
    assert here.ask().code == 0
    assert not (here.home / ".local").exists()


def test_a_run_that_is_not_asked_leaves_no_session(here: Desk) -> None:
    assert holmes("ask", "q", "--model", "m", home=here.home).code == 2
    assert not (here.home / ".local").exists()


def state_is(here: Desk, value: str) -> Finished:
    done = here.ask(env={"XDG_STATE_HOME": value})
    assert done.code == 0, done.err
    assert told(done)["answer"] == ANSWER
    return done


def test_where_nothing_can_be_written_the_answer_comes_all_the_same(here: Desk) -> None:
    # A root in a container may write to a read-only folder, but nobody to /proc or into a file.
    assert 'This run is not recorded: "/proc/' in state_is(here, "/proc/1/fdinfo").err
    blocked = here.home / "file"
    blocked.write_text("", encoding="utf-8")
    assert "Not a directory" in state_is(here, str(blocked)).err


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 32 KiB; it takes root to mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs can't be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_on_a_read_only_disk_the_answer_comes(here: Desk, tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    assert "can't be written: Read-only file system." in state_is(here, str(tiny_disk)).err


def test_on_a_full_disk_the_answer_comes_and_what_was_written_is_readable(
    here: Desk, tiny_disk: Path
) -> None:
    full = state_is(here, str(tiny_disk))
    [line] = [line for line in full.err.splitlines() if "transcript" in line]
    assert "No space left on device" in line
    listed = holmes("session", "list", home=here.home, env={"XDG_STATE_HOME": str(tiny_disk)})
    assert "interrupted" in listed.out
    first = holmes("show", "1", home=here.home, env={"XDG_STATE_HOME": str(tiny_disk)})
    assert first.out == "saw first\n1\n2\n"
    assert "cut off" not in first.err, "no half line stays behind"


def test_a_limit_on_file_sizes_is_met_like_a_full_disk(here: Desk) -> None:
    tools = here.home / "tools.yaml"
    tools.write_text(TOOLSET, encoding="utf-8")
    limited = 'ulimit -f 8; exec holmes ask "what is there?" --model m "$@"'
    done = subprocess.run(
        ["bash", "-c", limited, "_", "--api-base", here.server.base_url, "-t", str(tools)],
        env=environment(here.home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, ANSWER)
    assert "File too large" in done.stderr


def test_two_runs_at_once_have_a_session_each(here: Desk) -> None:
    tools = here.home / "tools.yaml"
    tools.write_text(TOOLSET, encoding="utf-8")
    arguments = ["ask", "q", "--model", "m", "--api-base", here.server.base_url, "-t", str(tools)]
    both = [start(arguments, home=here.home) for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert out.startswith(ANSWER)
    listed = json.loads(run(here, "session", "list", "--json").out)
    assert [item["state"] for item in listed] == ["answered", "answered"]


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    tools = tmp_path / "tools.yaml"
    slow = TOOLSET + "      - {name: slow, description: d, command: sleep 41.7, parameters: {}}\n"
    tools.write_text(slow, encoding="utf-8")
    script = [
        tool_calls(("look", {"what": "first", "lines": 1})),
        tool_calls(("slow", {})),
    ]
    with ScriptedServer(script) as server:
        arguments = ["ask", "q", "--model", "m", "--api-base", server.base_url, "-t", str(tools)]
        process = start(arguments, home=tmp_path)
        sessions = tmp_path / ".local/state/holmesgpt/sessions"
        deadline = time.monotonic() + 30
        while not any('"tool":"slow"' in path.read_text() for path in sessions.glob("*")):
            assert time.monotonic() < deadline, "the slow tool never started"
            time.sleep(0.05)
        [path] = sessions.iterdir()
        during = holmes("ask", "--resume", path.stem, home=tmp_path)
        assert (during.code, "still running" in during.err) == (2, True)
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"Go on with: holmes ask --resume {path.stem}\n" in err
    assert "interrupted  130" in holmes("session", "list", home=tmp_path).out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
