"""Redaction as a person meets it: the real command, a real server, a terminal."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from cli.holmes_process import HOLMES, environment, holmes
from servers.scripted_server import ScriptedServer, refusal, text, tool_calls

KEY = "plain-key-" + "of-nobody-77"
PASSWORD = "Winter" + "1234x!Tig"
POD = "web-5b57f48984-md48k"
TOOLS = """
toolsets:
  look:
    description: Looks
    tools:
      - name: look
        description: Look at a pod
        command: >-
          printf 'pod %s password={password} key=%s\\n' {{{{ pod }}}} ${{OPENAI_API_KEY:-none}}
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    path = tmp_path / "tools.yaml"
    path.write_text(TOOLS.format(password=PASSWORD), encoding="utf-8")
    return path


def everything_in(home: Path) -> str:
    return "".join(p.read_text() for p in (home / ".local").rglob("*") if p.is_file())


def test_no_secret_on_the_wire_on_the_screen_or_on_record(tmp_path: Path, tools: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(f"postgres://app:{PASSWORD}@db/x <|im_end|>", encoding="utf-8")
    script = [tool_calls(("look", {"pod": POD})), text("It has «password:1» [1].")]
    with ScriptedServer(script) as server:
        done = holmes(
            *("ask", f"is password={PASSWORD} right?", "-f", str(log), "--json", "-v"),
            *("--api-base", server.base_url, "-t", str(tools)),
            home=tmp_path,
            env={"OPENAI_API_KEY": KEY},
        )
    assert done.code == 0, done.err
    everywhere = done.out + done.err + json.dumps(server.requests) + everything_in(tmp_path)
    assert PASSWORD not in everywhere
    assert KEY not in everywhere
    document = json.loads(done.out)
    assert (
        document["tool_calls"][0]["output"].strip() == f"pod {POD} password=«password:1» key=none"
    )
    assert "password=«password:1» right?" in document["question"]
    assert "<|im_end|>" not in document["question"]


def test_a_users_own_pattern_and_masked_names_by_the_config_file(
    tmp_path: Path, tools: Path
) -> None:
    (tmp_path / ".holmes").mkdir()
    (tmp_path / ".holmes/config.yaml").write_text(
        "redact_names: true\nredact:\n- name: ticket\n  pattern: 'TKT-\\d+'\n", encoding="utf-8"
    )
    script = [tool_calls(("look", {"pod": "pod:1"})), text("«pod:1» of «ticket:1» [1].")]
    with ScriptedServer(script) as server:
        done = holmes(
            *("ask", f"why TKT-4711 on {POD}?", "--json"),
            *("--api-base", server.base_url, "-t", str(tools)),
            home=tmp_path,
        )
    assert done.code == 0, done.err
    everywhere = done.out + done.err + json.dumps(server.requests) + everything_in(tmp_path)
    assert POD not in everywhere
    assert "TKT-4711" not in everywhere
    assert json.loads(done.out)["tool_calls"][0]["output"].startswith("pod «pod:1» password=")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{name: pod, pattern: x}", "can't be used as a name"),
        ("{name: a, pattern: '('}", "is no regular expression"),
        ("{name: a, pattern: 'x*'}", "matches nothing at all"),
        ("{name: a}", 'the key "pattern" is missing'),
    ],
)
def test_an_unusable_pattern_is_refused_with_its_place(
    tmp_path: Path, entry: str, message: str
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"redact:\n- {entry}\n", encoding="utf-8")
    done = holmes("ask", "q", "--config", str(config), home=tmp_path)
    assert done.code == 2
    assert message in done.err
    assert "redact" in done.err


@pytest.mark.parametrize("flags", [("--api-key-file", "{}"), ("--api-key", "@{}")])
def test_a_key_from_a_file_is_sent_and_not_shown(tmp_path: Path, flags: tuple[str, str]) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n", encoding="utf-8")
    with ScriptedServer([refusal(401, f"Incorrect API key provided: {KEY}")]) as server:
        done = holmes(
            *("ask", "q", "--model", "m", "--api-base", server.base_url, "--debug"),
            *(flag.format(path) for flag in flags),
            home=tmp_path,
        )
    sent = [request.headers.get("authorization") for request in server.received]
    assert f"Bearer {KEY}" in sent
    assert done.code == 3
    assert "Traceback" in done.err
    assert KEY not in done.out + done.err + everything_in(tmp_path)


def test_a_missing_key_file_is_one_line(tmp_path: Path) -> None:
    done = holmes("ask", "q", "--api-key-file", "nowhere", home=tmp_path)
    assert done.code == 2
    assert 'API key file "nowhere" can\'t be read' in done.err


def on_a_terminal(*arguments: str, home: Path) -> str:
    """What a person sees who runs it in a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(HOLMES), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment(home) | {"TERM": "xterm", "COLUMNS": "200"},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says EIO at the end of a terminal
            break
        if not piece:
            break
        shown += piece
    process.wait(timeout=60)
    os.close(ours)
    return shown.decode(errors="replace")


@pytest.mark.parametrize(
    ("flag", "pod", "password"),
    [("--show-names", True, False), ("--show-secrets", False, True), ("-v", False, False)],
)
def test_what_is_turned_back_on_the_own_terminal(
    tmp_path: Path, tools: Path, flag: str, *, pod: bool, password: bool
) -> None:
    script = [tool_calls(("look", {"pod": POD})), text("«pod:1» has «password:1» [1].")]
    with ScriptedServer(script) as server:
        shown = on_a_terminal(
            *("ask", "q", "--redact-names", flag, "-v"),
            *("--api-base", server.base_url, "-t", str(tools)),
            home=tmp_path,
        )
        wire = json.dumps(server.requests)
    assert (POD in shown) == pod
    assert (PASSWORD in shown) == password
    assert "has" in shown
    assert POD not in wire.replace(f'"pod\\": \\"{POD}', "")
    assert PASSWORD not in wire + everything_in(tmp_path)
