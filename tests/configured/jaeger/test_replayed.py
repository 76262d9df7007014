"""Jaeger as its documentation has it: replayed, never run against a real one."""

from pathlib import Path

import pytest

from configured.servers.replay import replaying
from holmes.core.messages import JsonValue
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.http import HttpServer
from holmes.toolsets.configured.jaeger.tools import Jaeger

pytestmark = pytest.mark.anyio

REPLIES = Path(__file__).with_name("replies.json")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def ask(tool: str, **arguments: JsonValue) -> ToolOutput:
    with replaying(REPLIES) as url:
        server = HttpServer(product="Jaeger", base=url)
        made = Jaeger(server=server, now=lambda: 1_764_411_000.0).tools()
        (found,) = [each for each in made if each.definition.name == f"jaeger_{tool}"]
        async with server.open():
            return await found.run(arguments)


async def test_replayed_services_and_operations() -> None:
    assert (await ask("services")).text.split() == ["SERVICE", "gateway", "payment"]
    assert (await ask("services", service="gateway")).text.splitlines()[1] == "POST /checkout"


async def test_replayed_search_says_what_failed_first() -> None:
    output = await ask(
        "search_traces", service="gateway", min_duration="1s", tags={"error": "true"}
    )
    assert isinstance(output.data, Table)
    (row,) = output.data.rows
    assert row[0] == TRACE
    assert row[2:] == ("3 s", "5", "gateway POST /checkout", "payment SELECT payments")
    nothing = await ask("search_traces", service="gateway", operation="nothing")
    assert nothing.status == "no_data"


async def test_replayed_trace_as_its_critical_path() -> None:
    output = await ask("trace", trace_id=TRACE)
    assert 'failed first: "SELECT payments" of payment (db.statement=SELECT' in output.text
    assert output.text.splitlines()[2].endswith(": lock timeout")
    assert output.note.endswith("spans whose parent is missing: 1.")
    missing = await ask("trace", trace_id="0" * 32)
    assert (missing.status, missing.note) == ("no_data", f'no trace "{"0" * 32}"')


async def test_replayed_health() -> None:
    with replaying(REPLIES) as url:
        server = HttpServer(product="Jaeger", base=url)
        async with server.open():
            assert await Jaeger(server=server).health() == f"Jaeger with 2 services at {url}"
