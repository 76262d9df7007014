"""A scan or a recording that is ended takes its kubectls with it."""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cli.holmes_process import HOLMES, environment, start
from cli.pseudo_terminal import OnTerminal
from holmes.demo import CLUSTER
from servers.scripted_server import ScriptedServer, text, tool_calls

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


class Silent(BaseHTTPRequestHandler):
    """Says what it is, and then nothing for as long as the test runs."""

    silence: threading.Event

    def do_GET(self) -> None:
        if self.path != "/version":
            self.silence.wait()
        body = json.dumps({"major": "1", "minor": "36", "gitVersion": "v1.36.0"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's name)
        pass


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """A cluster that answers the first request and keeps every other kubectl waiting."""
    silence = threading.Event()
    handler = type("Handler", (Silent,), {"silence": silence})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    path = tmp_path / "kubeconfig"
    address = f"http://127.0.0.1:{server.server_port}"
    path.write_text(
        json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": address}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        })
    )  # fmt: skip
    yield path
    silence.set()
    server.shutdown()
    thread.join()
    server.server_close()


def commands(pid: int) -> dict[int, str]:
    """The living children of a process, with what each one runs."""
    found = {}
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listed.read_text(encoding="utf-8").split():
            found[int(child)] = command(int(child))
    return found


def command(pid: int) -> str:
    """What a process runs; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def within(seconds: float) -> Iterator[None]:
    """Again and again for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(0.05)


def kubectls(pid: int) -> dict[int, str]:
    """The kubectls that a command has waiting for its cluster, once there are any."""
    for _ in within(30):
        waiting = {
            child: said
            for child, said in commands(pid).items()
            if ("--raw" in said and "/version" not in said) or " proxy " in said
        }
        if waiting:
            return waiting
    pytest.fail("no kubectl ever waited for the cluster")


@pytest.mark.parametrize(("ending", "code"), [*CODES.items()])
@pytest.mark.parametrize(
    "arguments", [["scan"], ["scan", "--watch", "1"], ["snapshot", "save", "recorded"]]
)
def test_its_kubectls_end_with_it(
    kubeconfig: Path, tmp_path: Path, arguments: list[str], ending: signal.Signals, code: int
) -> None:
    folder = [str(tmp_path / word) if word == "recorded" else word for word in arguments]
    process = start([*folder, "--kubeconfig", str(kubeconfig)], home=tmp_path)
    waiting = kubectls(process.pid)

    process.send_signal(ending)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == code
    assert "Traceback" not in errors
    for _ in within(2):
        if not any(command(pid) for pid in waiting):
            break
    assert not [said for pid in waiting if (said := command(pid))]


def test_the_kubectl_that_a_scan_shares_ends_with_it_even_where_it_is_killed(
    kubeconfig: Path, tmp_path: Path
) -> None:
    process = start(["scan", "--kubeconfig", str(kubeconfig)], home=tmp_path)
    proxy = {pid: said for pid, said in kubectls(process.pid).items() if "--unix-socket" in said}
    assert proxy

    process.kill()
    process.communicate(timeout=20)

    for _ in within(5):
        if not any(command(pid) for pid in proxy):
            break
    assert not [said for pid in proxy if (said := command(pid))]


TOOLS = {
    "alone": "sleep 41.5",
    "child": "sh -c 'sleep 41.5; true'",
    "behind": "sleep 41.5 & wait",
    "deaf": "trap '' TERM HUP INT; sleep 41.5; true",
    "piped": "sleep 41.5 | cat",
}


def sleepers(home: Path) -> list[int]:
    """What the slow tools of this test run, children of children included."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            own = f"HOME={home}\0".encode() in (entry / "environ").read_bytes()
            if own and "41.5" in command(int(entry.name)):
                found.append(int(entry.name))
    return found


def asking(home: Path, server: ScriptedServer) -> list[str]:
    slow = [{"name": n, "description": n, "command": c} for n, c in TOOLS.items()]
    document = {"toolsets": {"slow": {"description": "Takes long", "tools": slow}}}
    (home / "slow.yaml").write_text(json.dumps(document), encoding="utf-8")
    tools = ["-t", str(home / "slow.yaml"), "--no-transcript"]
    return ["ask", "q", "--model", "m", "--api-base", server.base_url, *tools]


def until_it_sleeps(home: Path) -> None:
    for _ in within(30):
        if sleepers(home):
            return
    pytest.fail("the tool never ran")


@pytest.mark.parametrize(("ending", "code"), [*CODES.items()])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_ends_with_the_question(
    tmp_path: Path, tool: str, ending: signal.Signals, code: int
) -> None:
    with ScriptedServer([tool_calls((tool, {}))]) as server:
        process = start(asking(tmp_path, server), home=tmp_path)
        until_it_sleeps(tmp_path)
        process.send_signal(ending)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in errors
    assert not sleepers(tmp_path)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_ends_where_the_terminal_is_closed(tmp_path: Path, tool: str) -> None:
    with (
        ScriptedServer([tool_calls((tool, {}))]) as server,
        OnTerminal(asking(tmp_path, server), home=tmp_path) as terminal,
    ):
        until_it_sleeps(tmp_path)
        terminal.hang_up()
        for _ in within(5):
            if not sleepers(tmp_path):
                break
        assert not sleepers(tmp_path)


@pytest.mark.parametrize("arguments", [["ask"], ["scan"]])
def test_nohup_goes_on(kubeconfig: Path, tmp_path: Path, arguments: list[str]) -> None:
    """Whoever asks that a closed terminal ends nothing gets that."""
    with ScriptedServer([tool_calls(("alone", {})), text("done")]) as server:
        whole = asking(tmp_path, server) if arguments == ["ask"] else arguments
        process = subprocess.Popen(
            ["nohup", str(HOLMES), *whole, "--kubeconfig", str(kubeconfig)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(tmp_path),
        )
        if arguments == ["ask"]:
            until_it_sleeps(tmp_path)
        else:
            kubectls(process.pid)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert process.poll() is None
        process.terminate()
        assert process.wait(timeout=20) == 143
    assert not sleepers(tmp_path)


@pytest.mark.parametrize("ending", CODES)
def test_a_served_snapshot_leaves_no_kubeconfig(tmp_path: Path, ending: signal.Signals) -> None:
    process = start(["snapshot", "serve", str(CLUSTER)], home=tmp_path)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(5)]
    kubeconfig = Path(lines[2].partition("KUBECONFIG=")[2].strip())
    assert kubeconfig.is_file()
    process.send_signal(ending)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert not kubeconfig.exists()
