"""Loki, Tempo and Grafana as their documentation has it: replayed, never run against real ones."""

from pathlib import Path

import pytest

from configured.servers.replay import replaying
from configured.shared import shop
from holmes.core.errors import ToolsetFileError
from holmes.core.messages import JsonValue
from holmes.core.tool_output import LogLines, Table, TimeSeries, ToolOutput
from holmes.tools.base import ToolContext
from holmes.tools.http import HttpServer
from holmes.tools.section import Section
from holmes.toolsets.configured import grafana
from holmes.toolsets.configured.grafana.dashboards import Dashboards
from holmes.toolsets.configured.grafana.loki import Loki
from holmes.toolsets.configured.grafana.tempo import LABELS, Tempo

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
LOGS_END = shop.INCIDENT + 600
TRACES_END = 1_764_411_000.0
SLOW = "4bf92f3577b34da6a3ce929d0e0e4736"


def _made(name: str, url: str) -> Loki | Tempo | Dashboards:
    server = HttpServer(product=name, base=url)
    if name == "loki":
        return Loki(server=server, now=lambda: LOGS_END)
    if name == "tempo":
        return Tempo(server=server, labels=LABELS, now=lambda: TRACES_END)
    return Dashboards(server=server)


async def ask(name: str, tool: str, **arguments: JsonValue) -> ToolOutput:
    with replaying(HERE / f"{name}.json") as url:
        made = _made(name, url)
        (found,) = [each for each in made.tools() if each.definition.name == tool]
        async with made.server.open():
            return await found.run(arguments)


async def health(name: str) -> str:
    with replaying(HERE / f"{name}.json") as url:
        made = _made(name, url)
        async with made.server.open():
            return (await made.health()).replace(url, "URL")


async def test_replayed_versions() -> None:
    assert await health("loki") == "Loki 3.5.1 at URL"
    assert await health("tempo") == "Tempo 2.7.1 at URL"
    assert await health("dashboards") == "Grafana 11.6.0 at URL"


async def test_replayed_loki_lines_and_who_wrote_them() -> None:
    output = await ask(
        "loki",
        "grafana_loki_query",
        query='{namespace="shop"} |= "refused"',
        start="-1800",
        limit=4,
    )
    assert output.status == "ok"
    assert output.note == "All lines are of namespace=shop."
    assert isinstance(output.data, LogLines)
    assert [line.time for line in output.data.lines[-2:]] == [
        "2026-11-29T10:09:30.200Z", "2026-11-29T10:09:45.200Z",
    ]  # fmt: skip
    assert "[36 lines like this]" in output.text


async def test_replayed_loki_what_is_new() -> None:
    output = await ask(
        "loki", "grafana_loki_query",
        query='{namespace="shop"}', start="-1800", new_since="2026-11-29T10:00:00Z",
    )  # fmt: skip
    assert isinstance(output.data, Table)
    assert [row[0] for row in output.data.rows] == ["new", "16 times as often"]
    assert output.note.startswith("Compared: 132 lines of 10 min since 2026-11-29T10:00:00Z with ")


async def test_replayed_loki_counts_over_time() -> None:
    query = 'sum by (pod) (count_over_time({namespace="shop"} |= "refused" [5m]))'
    output = await ask("loki", "grafana_loki_query", query=query, start="-1800")
    assert isinstance(output.data, TimeSeries)
    first, second = output.text.splitlines()
    assert first.startswith("pod=checkout-7d9c5b6f4-x2k8p: 22 in all, 0 at first, at most 12 at ")
    assert second.startswith("pod=checkout-7d9c5b6f4-q5m7z: 20 in all")


async def test_replayed_loki_nothing_errors_and_labels() -> None:
    nothing = await ask("loki", "grafana_loki_query", query='{app="none"}', start="-1800")
    assert (nothing.status, nothing.note) == ("no_data", "no line matches")
    wrong = await ask("loki", "grafana_loki_query", query="{broken", start="-1800")
    assert wrong.status == "failed"
    assert "answered 400: parse error at line 1, col 8" in wrong.note
    labels = await ask("loki", "grafana_loki_labels")
    assert labels.text.split() == ["LABEL", "namespace", "pod"]
    values = await ask("loki", "grafana_loki_labels", label="pod")
    assert values.text.split()[0] == "VALUE"


async def test_replayed_loki_behind_grafana() -> None:
    with replaying(HERE / "loki_by_grafana.json") as url:
        config = {
            "api_url": f"{url}/",
            "api_key": "glsa_key",
            "grafana_datasource_uid": "P8E80F9AEF21F6940",
            "external_url": "https://grafana.example.com",
            "max_retries": 3,
        }
        section = Section(name="grafana/loki", config=config, source="peer.yaml")
        made = grafana.from_section(section, ToolContext(environment={}))
        tool = made.tools[0]
        assert made.lifespan is not None
        async with made.lifespan():
            end = f"{LOGS_END:.0f}"
            output = await tool.run({"query": '{app="none"}', "start": "-1800", "end": end})
    assert output.status == "no_data"
    assert output.command.startswith(f"GET {url}/api/datasources/proxy/uid/P8E80F9AEF21F6940/loki/")
    assert "glsa_key" not in output.command


async def test_replayed_tempo_trace_as_its_critical_path() -> None:
    output = await ask("tempo", "tempo_query_trace_by_id", trace_id=SLOW)
    assert output.status == "ok"
    head, slowest, failed, *_ = output.text.splitlines()
    assert head.startswith(f"trace {SLOW} at ")
    assert head.endswith("2.41 s, 8 spans of checkout, gateway, inventory, payment; 5 failed")
    assert slowest.startswith('slowest: "SELECT payments" of payment (db.system.name=postgresql, ')
    assert slowest.endswith(": 2 s of its own, 83 % of the trace")
    assert failed.endswith("QueryCanceled: canceling statement due to lock timeout")
    assert isinstance(output.data, Table)
    marks = {row[4]: row[5] for row in output.data.rows}
    assert marks["SELECT payments"] == "slowest, failed first"
    assert marks["POST /checkout"] == "failed"
    assert "audit.log" not in marks


async def test_replayed_tempo_slow_traces_beside_usual_ones() -> None:
    output = await ask("tempo", "tempo_fetch_traces_comparative_sample", service_name="checkout")
    assert isinstance(output.data, Table)
    assert output.data.columns == ("SERVICE", "SPAN", "SLOWEST", "MEDIAN", "FASTEST")
    assert output.data.rows[0] == ("payment", "SELECT payments", "2 s", "20 ms", "20 ms")
    assert output.text.startswith("3 traces: fastest 210 ms, median 230 ms, ")
    none = await ask(
        "tempo", "tempo_fetch_traces_comparative_sample",
        service_name="checkout", namespace_name="shop", base_query="{ duration>1s }",
    )  # fmt: skip
    assert none.status == "no_data"


async def test_replayed_tempo_search_tags_and_metrics() -> None:
    found = await ask("tempo", "tempo_search_traces_by_query", q="{status=error}")
    assert found.text.splitlines()[1].split()[:1] == [SLOW]
    wrong = await ask("tempo", "tempo_search_traces_by_query", q="{oops")
    assert "answered 400: invalid TraceQL query" in wrong.note
    missing = await ask("tempo", "tempo_query_trace_by_id", trace_id="0" * 32)
    assert missing.status == "no_data"
    tags = await ask("tempo", "tempo_search_tag_values")
    assert "resource  service.name" in tags.text
    values = await ask("tempo", "tempo_search_tag_values", tag="resource.service.name")
    assert values.text.split()[-1] == "checkout"
    rates = await ask(
        "tempo", "tempo_query_metrics_range",
        q="{status=error} | rate() by (resource.service.name)",
    )  # fmt: skip
    assert "resource.service.name=payment: 2.5 in all, 0 at first, at most 2 at " in rates.text


async def test_replayed_dashboards_and_their_queries() -> None:
    found = await ask("dashboards", "grafana_search_dashboards", query="check")
    assert isinstance(found.data, Table)
    assert found.data.rows == (("cIBgcSjkk", "Checkout", "Shop", "shop, slo"),)
    board = await ask("dashboards", "grafana_get_dashboard_by_uid", uid="cIBgcSjkk")
    assert isinstance(board.data, Table)
    assert [row[0] for row in board.data.rows] == ["Errors", "Slow statements", "Logs"]
    assert board.data.rows[0][3].startswith('sum(rate(http_requests_total{namespace="$namespace", ')
    assert board.text.splitlines()[0] == (
        'dashboard "Checkout", variables $namespace=shop, $pod=$__all'
    )
    none = await ask("dashboards", "grafana_search_dashboards", query="none")
    assert none.status == "no_data"
    missing = await ask("dashboards", "grafana_get_dashboard_by_uid", uid="missing")
    assert "answered 404: " in missing.note


def test_an_unknown_name_of_the_family_is_refused() -> None:
    with pytest.raises(ToolsetFileError, match="There are: grafana/loki, "):
        grafana.from_section(Section(name="grafana/oncall", source="x"), ToolContext())
