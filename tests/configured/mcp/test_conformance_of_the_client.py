"""The client scenarios of the MCP conformance suite: a toolset of ours on each of its servers."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from configured.mcp.opening import call, names, opened
from configured.servers.node import packages
from holmes.tools.permissions import Answer

pytestmark = pytest.mark.anyio

RELAY = Path(__file__).with_name("relay.sh")

NOT_PASSED = {
    "elicitation-sep1034-client-defaults": "wants a client that accepts an elicitation: we refuse",
    "auth/2025-03-26-oauth-metadata-backcompat": "its login server names an issuer that is not its "
    "address, which the SDK refuses (RFC 8414, 3.3)",
    "auth/cross-app-access-complete-flow": "wants an exchange with a company's identity provider",
}
"""Scenarios that we do not pass, with the reason; docs/toolsets/mcp.md names them."""

_METADATA_URL = "https://conformance-test.local/client-metadata.json"  # what the suite expects
_ARGUMENTS: dict[str, dict[str, int]] = {"add_numbers": {"a": 2, "b": 3}}


async def yes(command: str) -> Answer:
    assert command.startswith("log in to the MCP server under-test in the browser: http")
    return "yes"


def section(url: str, scenario: str, given: Mapping[str, Any], folder: Path) -> dict[str, object]:
    config: dict[str, object] = {"url": url, "mode": "streamable-http", "approved_tools": ["*"]}
    if scenario.startswith("auth/"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            oauth: dict[str, object] = {"redirect_port": probe.getsockname()[1]}
        oauth |= {key: given[key] for key in ("client_id", "client_secret") if key in given}
        if "client-credentials" in scenario:
            oauth["grant"] = "client_credentials"
        if "cimd" in scenario:
            oauth["client_metadata_url"] = _METADATA_URL
        if "private_key_pem" in given:
            key = folder / "key.pem"
            key.write_text(given["private_key_pem"])
            oauth |= {"private_key": str(key), "signing_algorithm": given["signing_algorithm"]}
        config["oauth"] = oauth
    return {"config": config}


def wanted(request: Path, state: Path) -> tuple[str, dict[str, object]]:
    """The scenario that a relay waits for, and the section of its server."""
    url, scenario, context = request.read_text().split("\n", 2)
    state.mkdir()
    given = json.loads(context) if context.strip() else {}
    return scenario, section(url, scenario, given, state)


async def played(scenario: str, said: dict[str, object], state: Path) -> int:
    """Use the server of one scenario; 0 where all went well."""
    async with opened({"under-test": said}, state, ask=yes) as (item,):
        if item.status.state != "enabled":
            sys.stderr.write(f"{scenario}: {item.status.reason}\n")
            return 1
        outputs = [await call(item, name, **_ARGUMENTS.get(name, {})) for name in names(item)]
    wrong = [output.note for output in outputs if output.status != "ok"]
    sys.stderr.write("".join(f"{scenario}: {note}\n" for note in wrong))
    return 1 if wrong else 0


@contextmanager
def suite(folder: Path, printed: Path) -> Iterator["subprocess.Popen[str]"]:
    """All client scenarios at once, each with a relay for its client."""
    program = packages().program("@modelcontextprotocol/conformance", "dist/index.js")
    command = [*program, "client", "--suite", "all", "--timeout", "300000"]
    with printed.open("w") as out:
        process = subprocess.Popen(
            [*command, "--command", f"sh {RELAY} {folder}"],
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder.parent,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_all_scenarios_pass_but_those_that_are_listed(tmp_path: Path) -> None:
    os.environ["BROWSER"] = "curl -sL -o /dev/null %s"  # it follows the redirects of a login
    relays, printed = tmp_path / "relays", tmp_path / "printed"
    relays.mkdir()
    with suite(relays, printed) as process:
        await play_all(process, relays, tmp_path)
    pattern = re.compile(r"^[✓✗] (\S+): (\d+) passed, (\d+) failed", re.MULTILINE)
    found = pattern.findall(printed.read_text())
    assert len(found) >= 26
    failed = {name for name, passed, wrong in found if not int(passed) or int(wrong)}
    assert failed == set(NOT_PASSED), printed.read_text()[-3000:]


async def play_all(process: "subprocess.Popen[str]", relays: Path, folder: Path) -> None:
    number = 0
    while process.poll() is None:
        for request in sorted(relays.glob("*.wanted")):  # noqa: ASYNC240  (a small folder)
            # One after the other: how soon a client comes back is part of one scenario.
            number += 1
            state = folder / str(number)
            code = await played(*wanted(request, state), state)
            request.rename(request.with_suffix(".seen"))
            request.with_suffix(".done").write_text(str(code))
        await anyio.sleep(0.05)
