"""The same tools on a real VictoriaMetrics."""

from collections.abc import Iterator

import pytest

from configured.prometheus.asking import asking, context
from configured.prometheus.conftest import NOW, small_history
from configured.servers.victoria_metrics import victoria_metrics
from holmes.tools.section import Section
from holmes.toolsets.configured.prometheus import from_section

pytestmark = [pytest.mark.anyio, pytest.mark.lab]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    lines = [line for line in small_history().splitlines() if not line.startswith("#")]
    # VictoriaMetrics reads milliseconds there.
    text = "\n".join(f"{line}000" for line in lines)
    with victoria_metrics(tmp_path_factory.mktemp("vm"), text) as address:
        yield address


async def test_it_says_what_it_is(url: str) -> None:
    config = {"prometheus_url": url}
    section = Section(name="prometheus/metrics", subtype="victoriametrics", config=config)
    toolset = from_section(section, context())
    assert toolset.health is not None
    assert toolset.lifespan is not None
    async with toolset.lifespan():
        assert (await toolset.health()).startswith("VictoriaMetrics ")


async def test_queries_search_and_values_work_there(url: str) -> None:
    async with asking(url, NOW) as ask:
        over = await ask("execute_prometheus_range_query", query="container_cpu_load", step="60")
        now = await ask(
            "execute_prometheus_instant_query", query="sum(container_cpu_load)", time=f"{NOW - 60}"
        )
        found = await ask("find_metrics", about="pgbouncer connections")
        values = await ask("get_label_values", label="pod", match="container_cpu_load")
    assert "changed: 07:30 from about 0.21 to 0.71" in over.text
    assert now.text == "{} 1.04"
    assert "pgbouncer_connections_active" in found.text
    assert values.text == "cart-a\ncart-b"


async def test_nothing_and_errors_are_explained_there(url: str) -> None:
    async with asking(url, NOW) as ask:
        nothing = await ask("execute_prometheus_range_query", query="http_request_total")
        label = await ask("execute_prometheus_range_query", query='http_requests_total{kod="5"}')
        error = await ask("execute_prometheus_instant_query", query="raet(up[5m])")
    assert nothing.note.startswith('no metric "http_request_total"; nearest: http_requests_total')
    assert label.note.startswith('no series of "http_requests_total" has the label "kod"')
    assert error.note.endswith("nearest: rate, irate")


async def test_changes_are_ranked_there(url: str) -> None:
    async with asking(url, NOW) as ask:
        output = await ask("metric_changes", namespace="shop", start=f"{NOW - 1600}")
    assert output.status in {"ok", "no_data"}
    assert output.text.startswith("metrics of namespace shop")
