"""`--allow`: asked on a real terminal, with the real kubectl and a cluster that counts writes."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.holmes_process import holmes
from cli.pseudo_terminal import OnTerminal
from holmes.demo import CLUSTER
from holmes.snapshot.serve import SnapshotServer
from servers.scripted_server import ScriptedServer, text, tool_calls

COMMAND = "kubectl delete pod web-1 -n shop-checkout"
QUESTION = "Run it? [y/N] "
SCRIPT = [tool_calls(("run_command", {"command": COMMAND})), text("It was tried [1].")]


@pytest.fixture
def cluster() -> Iterator[SnapshotServer]:
    with SnapshotServer(CLUSTER) as server:
        yield server


def arguments(model: ScriptedServer, cluster: SnapshotServer, *more: str) -> list[str]:
    return [
        *("ask", "delete", "it", "--model", "m", "--api-base", model.base_url),
        *("--kubeconfig", str(cluster.kubeconfig), "--allow", "kubectl delete pod", *more),
    ]


def said_to_model(server: ScriptedServer, call: int = -1) -> str:
    return str(server.requests[-1]["messages"][call]["content"])


def test_a_yes_runs_exactly_what_was_shown(tmp_path: Path, cluster: SnapshotServer) -> None:
    with (
        ScriptedServer(SCRIPT) as server,
        OnTerminal(arguments(server, cluster), home=tmp_path) as terminal,
    ):
        shown = terminal.until(QUESTION)
        assert cluster.writes == 0
        asked = shown[shown.index("This needs your yes:") :].splitlines()[1].strip()
        assert asked == (
            f"kubectl delete pod web-1 --kubeconfig={cluster.kubeconfig} -n shop-checkout"
        )
        terminal.type("y\n")
        assert terminal.end() == 0
        assert cluster.writes == 1
        assert "it can't be changed" in said_to_model(server)


@pytest.mark.parametrize("answer", ["n\n", "\n", "yes please\n", "\x04"])
def test_anything_but_yes_runs_nothing(
    tmp_path: Path, cluster: SnapshotServer, answer: str
) -> None:
    with (
        ScriptedServer(SCRIPT) as server,
        OnTerminal(arguments(server, cluster), home=tmp_path) as terminal,
    ):
        terminal.until(QUESTION)
        terminal.type(answer)
        assert terminal.end() == 0
        assert (cluster.writes, cluster.requests) == (0, 0)
        assert "denied" in said_to_model(server)
        assert "the user said no" in said_to_model(server)


def test_what_was_typed_before_the_question_is_no_answer(
    tmp_path: Path, cluster: SnapshotServer
) -> None:
    def slowly(body: dict[str, object]) -> object:
        del body
        time.sleep(1)
        return SCRIPT[0]

    with (
        ScriptedServer([slowly, SCRIPT[1]]) as server,  # type: ignore[list-item]
        OnTerminal(arguments(server, cluster), home=tmp_path) as terminal,
    ):
        terminal.until("waiting for")
        terminal.type("y\ny\n")
        terminal.until(QUESTION)
        terminal.type("n\n")
        assert terminal.end() == 0
        assert cluster.writes == 0


def test_nothing_is_written_over_the_question(tmp_path: Path, cluster: SnapshotServer) -> None:
    calls = tool_calls(
        ("run_command", {"command": COMMAND}),
        ("run_command", {"command": "kubectl get nodes"}),
        ("run_command", {"command": COMMAND.replace("web-1", "web-2")}),
    )
    with (
        ScriptedServer([calls, SCRIPT[1]]) as server,
        OnTerminal(arguments(server, cluster), home=tmp_path) as terminal,
    ):
        shown = terminal.until(QUESTION)
        time.sleep(1)  # long enough for kubectl to end and for several refreshes of the screen
        with pytest.raises(AssertionError):
            terminal.until("no more than the question", seconds=0.2)
        assert terminal.screen == shown
        terminal.type("n\n")
        terminal.until(QUESTION, times=2)
        assert "pod web-2 --kubeconfig" in terminal.screen
        terminal.type("y\n")
        assert terminal.end() == 0
        assert cluster.writes == 1
        assert "[2] kubectl get nodes" in terminal.screen


def test_piped_text_answers_nothing(tmp_path: Path, cluster: SnapshotServer) -> None:
    with (
        ScriptedServer(SCRIPT) as server,
        OnTerminal(arguments(server, cluster), home=tmp_path, piped="y\ny\n") as terminal,
    ):
        terminal.until(QUESTION)
        terminal.type("n\n")
        assert terminal.end() == 0
        assert cluster.writes == 0
        assert "the user said no" in said_to_model(server)


def test_ctrl_c_at_the_question_runs_nothing(tmp_path: Path, cluster: SnapshotServer) -> None:
    with (
        ScriptedServer(SCRIPT) as server,
        OnTerminal(arguments(server, cluster), home=tmp_path) as terminal,
    ):
        terminal.until(QUESTION)
        terminal.type("\x03")
        assert terminal.end() == 130
        assert cluster.writes == 0


def test_without_a_terminal_it_is_denied(tmp_path: Path, cluster: SnapshotServer) -> None:
    with ScriptedServer(SCRIPT) as server:
        argv = ["setsid", "--wait"]
        done = holmes(*arguments(server, cluster), home=tmp_path, stdin="y\n", before=argv)
    assert done.code == 0, done.err
    assert cluster.writes == 0
    assert "there is no terminal to ask on" in said_to_model(server)


def test_what_is_not_exactly_allowed_is_never_asked(
    tmp_path: Path, cluster: SnapshotServer
) -> None:
    script = [tool_calls(("run_command", {"command": f"{COMMAND} --context=x"})), text("No [1].")]
    with (
        ScriptedServer(script) as server,
        OnTerminal(arguments(server, cluster), home=tmp_path) as terminal,
    ):
        assert terminal.end() == 0
        assert QUESTION not in terminal.screen
        assert (cluster.writes, cluster.requests) == (0, 0)
        assert "Nothing ran" in said_to_model(server)


def test_what_can_not_be_allowed_is_one_line(tmp_path: Path) -> None:
    done = holmes("ask", "q", "--model", "local", "--allow", "kubectl", home=tmp_path)
    assert done.code == 2
    (line,) = done.err.splitlines()
    assert line.startswith('holmes: --allow "kubectl": it is too wide')


def test_the_config_file_allows_too(tmp_path: Path) -> None:
    (tmp_path / ".holmes").mkdir()
    config = tmp_path / ".holmes/config.yaml"
    config.write_text("allow:\n- kubectl rollout undo\n", encoding="utf-8")
    done = holmes("toolset", "list", home=tmp_path)
    assert re.search(r"^command +enabled", done.out, re.MULTILINE), done.err
    config.write_text("allow: ['*']\n", encoding="utf-8")
    assert holmes("toolset", "list", home=tmp_path).code == 2
