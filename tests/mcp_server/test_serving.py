"""`holmes mcp serve` as a real process, with clients of others: the SDK's, the inspector's, the
conformance suite's."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from mcp import Client, StdioServerParameters
from mcp_types import ResourceLink, TextContent

from cli.holmes_process import HOLMES, environment, holmes
from configured.servers.node import packages
from holmes.core.messages import JsonObject
from servers.scripted_server import Reply, ScriptedServer, text, tool_calls

pytestmark = pytest.mark.anyio

CLUSTER = Path(__file__).parents[2] / "evals" / "clusters" / "acme"

# Of the suite's 32; the others want tools, prompts and resources of given names, or what is not
# offered: completion, logging, subscriptions, sampling, elicitation (docs/mcp-server.md).
APPLY = frozenset({
    "server-initialize", "ping", "tools-list", "resources-list", "server-sse-multiple-streams",
    "dns-rebinding-protection",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Served:
    url: str
    model: ScriptedServer
    log: Path


@contextmanager
def serving(home: Path, *arguments: str, **variables: str) -> Iterator[str]:
    """The URL of a server of ours on a free port."""
    command = [str(HOLMES), "mcp", "serve", "--http", "127.0.0.1:0", *arguments]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=environment(home, variables),
        )
    try:
        until = time.monotonic() + 120
        while not (found := re.search(r"Listening on (\S+)", (home / "log").read_text())):
            assert time.monotonic() < until
            assert process.poll() is None, (home / "log").read_text()
            time.sleep(0.05)
        yield found[1]
    finally:
        process.terminate()
        assert process.wait(60) == 143, (home / "log").read_text()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    look = tool_calls(("kubectl_get", {"kind": "pods", "namespace": "geo"}))
    answer = text("tile-server-b956c4778-s5p6q in geo says Running [1].")
    with ScriptedServer([look, answer, look, answer]) as model:
        said = ("--model", "m-70b", "--api-base", model.base_url, "--snapshot", str(CLUSTER))
        with serving(home, *said) as url:
            yield Served(url=url, model=model, log=home / "log")


async def test_a_question_is_answered_with_progress_and_its_evidence(served: Served) -> None:
    steps: list[str] = []

    async def said_so(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        steps.append(message or "")

    async with Client(served.url) as client:
        given = {"question": "what is wrong in namespace geo?"}
        result = await client.call_tool("ask", given, progress_callback=said_so)
        assert not result.is_error
        said = result.content[0]
        assert isinstance(said, TextContent)
        assert said.text == "tile-server-b956c4778-s5p6q in geo says Running [1]."
        assert steps[0] == "asks m-70b"
        assert any(step.startswith("kubectl get pods") for step in steps)
        link = result.content[1]
        assert isinstance(link, ResourceLink)
        listed = await client.list_resources(cache_mode="bypass")
        assert link.uri in [each.uri for each in listed.resources]
        whole = await client.read_resource(link.uri)
        assert "tile-server" in getattr(whole.contents[0], "text", "")
        data = result.structured_content
        assert isinstance(data, dict)
        assert data["state"] == "answered"
        assert data["evidence"][0]["uri"] == link.uri


async def test_an_alert_becomes_a_question(served: Served) -> None:
    async with Client(served.url) as client:
        given = {"alert": "KubePodNotReady tile-server", "namespace": "geo"}
        result = await client.call_tool("investigate", given)
    assert not result.is_error
    asked = json.dumps(served.model.requests[-2]["messages"])
    assert "Find the cause of this" in asked
    assert "KubePodNotReady tile-server" in asked
    assert "It is in the namespace geo." in asked


async def test_the_tools_of_the_toolsets_can_be_called(served: Served) -> None:
    async with Client(served.url) as client:
        tools = {each.name: each for each in (await client.list_tools()).tools}
        assert {"ask", "investigate", "scan", "kubectl_get", "kubectl_logs"} <= tools.keys()
        assert all(each.annotations and each.annotations.read_only_hint for each in tools.values())
        scan = await client.call_tool("scan", {"namespace": "geo"})
        said = scan.content[0]
        assert isinstance(said, TextContent)
        assert "tile-server" in said.text
        wrong = await client.call_tool("kubectl_get", {"name": "x"})
        assert wrong.is_error


async def test_the_conformance_scenarios_that_apply_pass(served: Served, tmp_path: Path) -> None:
    suite = packages().program("@modelcontextprotocol/conformance", "dist/index.js")
    done = subprocess.run(  # noqa: ASYNC221  (nothing else goes on here)
        [*suite, "server", "--url", served.url, "--suite", "all"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    found = re.findall(r"^[✓✗] (\S+): (\d+) passed, 0 failed", done.stdout, re.MULTILINE)
    assert {name for name, passed in found if int(passed)} == APPLY


async def test_the_inspector_lists_and_calls(served: Served) -> None:
    inspector = packages().program("@modelcontextprotocol/inspector", "cli/build/cli.js")
    asked = ["--method", "tools/call", "--tool-name", "kubectl_count", "--tool-arg", "kind=pods"]
    done = subprocess.run(  # noqa: ASYNC221  (nothing else goes on here)
        [*inspector, "--cli", served.url, "--transport", "http", *asked],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["content"][0]["text"].strip()


async def test_on_standard_input_without_any_model(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("mcp_server:\n  only: [scan, kubernetes/logs]\n")
    command = ["mcp", "serve", "--snapshot", str(CLUSTER), "--config", str(config)]
    program = StdioServerParameters(command=str(HOLMES), args=command, env=environment(tmp_path))
    async with Client(program) as client:
        assert client.server_info is not None
        assert client.server_info.name == "holmesgpt"
        names = [each.name for each in (await client.list_tools()).tools]
        assert names == ["kubectl_logs", "scan"]
        assert client.server_capabilities.resources is None


async def test_a_question_that_is_cancelled_is_on_record_as_interrupted(tmp_path: Path) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def held(_: object) -> Reply:
        asked.set()
        go_on.wait(60)
        return text("Too late.")

    def ended() -> JsonObject:
        """The last line of the record, once it says how the run ended."""
        for _ in range(1200):
            for record in (tmp_path / ".local/state/holmesgpt/sessions").glob("*.jsonl"):
                last: JsonObject = json.loads(record.read_text().splitlines()[-1])
                if last["kind"] == "exit":
                    return last
            time.sleep(0.05)
        raise AssertionError(tmp_path)

    with ScriptedServer([held]) as model:
        command = ["mcp", "serve", "--model", "m-70b", "--api-base", model.base_url]
        variables = environment(tmp_path)
        program = StdioServerParameters(command=str(HOLMES), args=command, env=variables)
        async with Client(program) as client:
            async with anyio.create_task_group() as group:
                group.start_soon(client.call_tool, "ask", {"question": "what is slow?"})
                assert await anyio.to_thread.run_sync(asked.wait, 60)
                group.cancel_scope.cancel()
            assert (await anyio.to_thread.run_sync(ended))["code"] == 130
        go_on.set()


def test_a_port_that_is_taken_and_a_name_of_nothing_are_one_line_each(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = ("--without", "scna", "--only", "kubernetes/*", "--snapshot", str(CLUSTER))
        done = holmes("mcp", "serve", "--http", address, *said, home=tmp_path)
    assert done.code == 2
    slip, refused = done.err.splitlines()
    assert slip == 'No tool or toolset here is called "scna" (--only, --without).'
    assert refused.startswith(f"holmes: {address} can't be listened on: Address already in use")


def test_a_key_that_is_set_is_wanted(tmp_path: Path) -> None:
    key = "k" * 20
    said = ("--only", "scan", "--snapshot", str(CLUSTER))
    with serving(tmp_path, *said, HOLMES_SERVER_KEY=key) as url:
        for headers, status in (({}, 401), ({"Authorization": f"Bearer {key}"}, 400)):
            request = urllib.request.Request(url, data=b"{}", headers=headers)  # noqa: S310
            with pytest.raises(urllib.error.HTTPError) as error:
                urllib.request.urlopen(request, timeout=60)  # noqa: S310
            assert error.value.code == status
            error.value.close()


def test_nobody_else_may_come_without_a_key(tmp_path: Path) -> None:
    done = holmes("mcp", "serve", "--http", "0.0.0.0:0", "--only", "scan", home=tmp_path)
    assert done.code == 2
    assert "Anybody who reaches 0.0.0.0 could use it." in done.err
    done = holmes("mcp", "login", "nowhere", home=tmp_path)
    assert done.code == 2
    assert 'No section of mcp_servers is named "nowhere".' in done.err


def test_a_client_that_goes_ends_it(tmp_path: Path) -> None:
    done = holmes("mcp", "serve", "--only", "scan", home=tmp_path, stdin="", timeout=120)
    assert done.code == 0, done.err
    assert done.out == ""


def test_start_up_pays_nothing_for_it() -> None:
    program = "import sys, holmes.cli.main; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
