"""VictoriaLogs as a real one answered (1.112.0, built from Debian's source, 2026-11-30): replayed.

`python tests/configured/victorialogs/record.py URL` writes the replies anew, from a real server.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from configured.servers.replay import replaying
from configured.shared import shop
from holmes.core.messages import JsonValue
from holmes.core.tool_output import LogLines, Table, TimeSeries, ToolOutput
from holmes.tools.http import HttpServer
from holmes.toolsets.configured.victorialogs.tools import VictoriaLogs

pytestmark = pytest.mark.anyio

REPLIES = Path(__file__).with_name("replies.json")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with replaying(REPLIES) as found:
        yield found


async def ask(url: str, tool: str, **arguments: JsonValue) -> ToolOutput:
    server = HttpServer(product="VictoriaLogs", base=url)
    made = VictoriaLogs(server=server, now=lambda: shop.END).tools()
    (found,) = [each for each in made if each.definition.name == f"victorialogs_{tool}"]
    async with server.open():
        return await found.run(arguments)


async def test_replayed_version(url: str) -> None:
    server = HttpServer(product="VictoriaLogs", base=url)
    async with server.open():
        said = await VictoriaLogs(server=server, now=lambda: shop.END).health()
    # A build that is no release has no version.
    assert said == f"VictoriaLogs at {url}"


async def test_replayed_lines_by_kind_and_the_last_ones_whole(url: str) -> None:
    output = await ask(url, "query", query='{namespace="shop"}', start="-5400", limit=5)
    assert output.status == "ok"
    assert isinstance(output.data, LogLines)
    assert output.data.lines[-1].source.startswith("checkout-7d9c5b6f4-")
    assert "connection refused (redis-cart) [118 lines like this]" in output.text
    assert output.note == "All lines are of namespace=shop."
    assert output.command.startswith(f"GET {url}/select/logsql/query?query=")


async def test_replayed_what_is_new_since_the_incident(url: str) -> None:
    output = await ask(url, "query", query="*", new_since="2026-11-29T10:00:00Z")
    assert isinstance(output.data, Table)
    new, jumped = output.data.rows
    assert (new[0], new[1], new[2]) == ("new", "0", "120")
    assert new[3].startswith("2026-11-29T10:00:00.2")
    assert "redis-cart" in new[-1]
    assert jumped[0] == "16 times as often"
    assert "retrying request" in jumped[-1]


async def test_replayed_stats_are_a_table(url: str) -> None:
    output = await ask(url, "query", query="ERROR | stats by (pod) count() lines", start="-5400")
    assert isinstance(output.data, Table)
    assert output.data.columns == ("pod", "lines")
    assert len(output.data.rows) == 2


async def test_replayed_hits_over_time(url: str) -> None:
    output = await ask(url, "hits", query="refused", start="-5400", step="10m")
    assert isinstance(output.data, TimeSeries)
    assert "120 in all" in output.text
    by_pod = await ask(url, "hits", query="refused", start="-5400", step="10m", field="pod")
    assert by_pod.text.count("pod=checkout-") == 2


async def test_replayed_fields_and_their_values(url: str) -> None:
    names = await ask(url, "field_names")
    assert isinstance(names.data, Table)
    assert {"pod", "namespace", "_msg"} <= {row[0] for row in names.data.rows}
    values = await ask(url, "field_values", field="pod", query="refused")
    assert isinstance(values.data, Table)
    assert sorted(row[1] for row in values.data.rows) == ["60", "60"]


async def test_replayed_nothing_and_refusals(url: str) -> None:
    nothing = await ask(url, "query", query="nowheretobefound")
    assert (nothing.status, nothing.text) == ("no_data", "")
    wrong = await ask(url, "query", query="{broken")
    assert wrong.status == "failed"
    assert "answered 400: " in wrong.note
    assert len(wrong.note.splitlines()) == 1
    late = await ask(url, "query", query="*", start="yesterday")
    assert late.status == "invalid_arguments"
    assert late.command == ""
