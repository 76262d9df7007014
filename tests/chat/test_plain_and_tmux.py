"""The same without redrawing, in a pipe, and in a real terminal multiplexer."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.desk import Desk, said_to, says
from chat.screen import ChatScreen
from cli.holmes_process import HOLMES, environment, holmes
from cli.pseudo_terminal import OnTerminal
from servers.scripted_server import ScriptedServer, tool_calls

TMUX = shutil.which("tmux")
MONDAY = (tool_calls(("read_note", {"title": "monday"})), says("Exit code 137 [1]."))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.note("monday", "web-1 restarted 7 times, exit code 137")
    return made


def test_lines_from_a_pipe_are_questions_and_commands(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.home)
    with ScriptedServer([*MONDAY, says("As [1] says.")]) as server:
        flags = ("--model", "m", "--api-base", server.base_url, "-t", str(desk.home / "tools.yaml"))
        lines = "what happened on monday?\n/evidence 1\nwhich code?\n/exit\n"
        done = holmes("chat", *flags, home=desk.home, stdin=lines)
    assert done.code == 0, done.err
    assert "Exit code 137 [1]." in done.out
    assert "web-1 restarted 7 times" in done.out
    assert "As [1] says." in done.out
    assert "Go on with: holmes chat --resume" in done.err


def test_plain_prints_no_escape_sequence_and_ctrl_c_interrupts(desk: Desk) -> None:
    slow = tool_calls(("slow_note", {"seconds": "47.11"}))
    with ScriptedServer([slow, says("Well.")]) as server:
        flags = ("--model", "m", "--api-base", server.base_url, "-t", str(desk.home / "tools.yaml"))
        with OnTerminal(["chat", "--plain", *flags], home=desk.home) as terminal:
            terminal.until("holmes> ")
            terminal.type("what is slow?\n")
            terminal.until("→ sleep 47.11")
            terminal.type("\x03")
            terminal.until("Interrupted; what was found so far is kept.")
            terminal.until("holmes> ", times=2)
            terminal.type("and now?\n")
            terminal.until("Well.")
            terminal.until("holmes> ", times=3)
            terminal.type("\x04")
            assert terminal.end() == 0
        assert "\x1b" not in terminal.screen


def test_a_signal_ends_it_with_the_conversation_on_record(desk: Desk) -> None:
    with ScriptedServer(MONDAY) as server:
        flags = ("--model", "m", "--api-base", server.base_url, "-t", str(desk.home / "tools.yaml"))
        reading, writing = os.pipe()
        with subprocess.Popen(
            [str(HOLMES), "chat", *flags],
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(desk.home),
            cwd=desk.home,
        ) as process:
            os.write(writing, b"what happened on monday?\n")
            seen = b""
            while b"Evidence" not in seen and process.stdout:
                seen += os.read(process.stdout.fileno(), 4096)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=120) == 143
        os.close(reading)
        os.close(writing)
    assert desk.lines()[-1] == {"kind": "exit", "at": desk.lines()[-1]["at"], "code": 143}


def test_holmes_alone_offers_it_on_a_terminal(tmp_path: Path) -> None:
    with OnTerminal([], home=tmp_path) as terminal:
        terminal.until("Talk with it now (holmes chat)? [Y/n] ")
        terminal.type("n\n")
        assert terminal.end() == 0
    assert holmes(home=tmp_path).code == 2


def test_ask_goes_on_as_a_conversation(desk: Desk) -> None:
    with ScriptedServer([*MONDAY, says("Seven times [1].")]) as server:
        flags = ("--model", "m", "--api-base", server.base_url, "-t", "tools.yaml")
        with ChatScreen(["ask", "-i", "what happened on monday?", *flags], home=desk.home) as chat:
            chat.until(r"Exit code 137 \[1\]")
            chat.until_idle()
            assert "Seven times [1]." in chat.ask("how often?")


class Multiplexer:
    """A window of tmux with a server of its own."""

    def __init__(self, home: Path, program: str, columns: int) -> None:
        self._socket = str(home / "tmux")
        size = ("-x", str(columns), "-y", "40")
        self._tmux("new-session", "-d", *size, program, env=environment(home) | {"TERM": "xterm"})

    def _tmux(self, *words: str, env: dict[str, str] | None = None) -> str:
        assert TMUX
        argv = [TMUX, "-S", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout

    def until(self, text: str, *, seconds: float = 120) -> str:
        """Wait until the pane shows it."""
        deadline = time.monotonic() + seconds
        while text not in (shown := self._tmux("capture-pane", "-p")):
            assert time.monotonic() < deadline, shown
            time.sleep(0.1)
        return shown

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names."""
        self._tmux("send-keys", *names)

    def end(self) -> None:
        """End the window and its server."""
        subprocess.run([TMUX or "", "-S", self._socket, "kill-server"], check=False)


@pytest.fixture
def narrow(desk: Desk) -> Iterator[tuple[Multiplexer, ScriptedServer]]:
    slow = tool_calls(("slow_note", {"seconds": "47.11"}))
    with ScriptedServer([*MONDAY, slow, says("Interrupted was [2].")]) as server:
        program = f"cd {desk.home}; {HOLMES} chat --model m --api-base {server.base_url}"
        window = Multiplexer(desk.home, f"{program} -t tools.yaml; read line", columns=60)
        yield window, server
        window.end()


@pytest.mark.skipif(TMUX is None, reason="tmux is not installed (.ci/run installs it)")
def test_in_a_multiplexer_of_60_columns(narrow: tuple[Multiplexer, ScriptedServer]) -> None:
    window, server = narrow
    window.until("holmes>")
    window.keys("what happened on monday?", "Enter")
    window.until("Exit code 137 [1].")
    window.keys("/show 1", "Enter")
    window.until("q closes")
    window.keys("q")
    shown = window.until("Exit code 137 [1].")
    assert "q closes" not in shown, "the screen is as it was"
    window.keys("what is slow?", "Enter")
    window.until("sleep 47.11")
    window.keys("Escape")
    window.until("Interrupted; what was found so far is kept.")
    window.keys("and now?", "Enter")
    window.until("Interrupted was [2].")
    assert "It was interrupted." in said_to(server) or "exit code 137" in said_to(server)
    window.keys("C-d")
    window.until("Go on with: holmes chat --resume")
