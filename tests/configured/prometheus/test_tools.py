"""Search, queries, rules and targets on a real Prometheus with 5,003 metrics."""

import json

import pytest

from configured.prometheus.asking import asking
from configured.prometheus.conftest import NOW
from holmes.core.tool_output import Table, TimeSeries

pytestmark = [pytest.mark.anyio, pytest.mark.lab]


@pytest.mark.parametrize(
    ("about", "right"),
    [
        ("kafka replication lag", "kafka_replication_lag_current"),
        ("how many connections does pgbouncer have", "pgbouncer_connections_active"),
        ("redis errors", "redis_errors_total"),
        ("locks in postgres", "postgres_locks_active"),
        ("http requests", "http_requests_total"),
        ("container cpu", "container_cpu_load"),
        ("nginx bytes sent", "nginx_bytes_sent_total"),
        ("etcd elections failed", "etcd_elections_failed_total"),
        ("duration of backups of minio", "minio_backups_duration_seconds_sum"),
        ("zookeeper watches", "zookeeper_watches_current"),
    ],
)
async def test_the_right_metric_is_found_among_thousands(
    small: str, about: str, right: str
) -> None:
    async with asking(small, NOW) as ask:
        output = await ask("find_metrics", about=about)
    assert isinstance(output.data, Table)
    assert right in [row[0] for row in output.data.rows]
    assert output.note == "the best of 5,002 metrics"
    assert "labels: " in output.text


async def test_a_range_is_told_as_what_happened(small: str) -> None:
    async with asking(small, NOW) as ask:
        output = await ask("execute_prometheus_range_query", query="container_cpu_load", step="60")
    assert output.text.splitlines() == [
        "2 series, 2025-11-20 07:00 to 08:00 UTC, a point each 60 s",
        'all: container_cpu_load{namespace="shop"}',
        (
            '{pod="cart-a"}: first 0.2, last 0.72, min 0.2 at 07:00, max 0.72 at 07:32  '
            "▁▁▁▁▁▁▁▁▁▁██████████"
        ),
        "  changed: 07:30 from about 0.21 to 0.71",
        "  no data: 07:44 to 07:46",
        (
            '{pod="cart-b"}: first 0.3, last 0.32, min 0.3 at 07:00, max 0.32 at 07:02  '
            "▃▃▃▃▃▃▃▃▃▃▃▃▃▁▁▃▃▃▃▅"
        ),
        "  no data: 07:44 to 07:46",
    ]
    assert isinstance(output.data, TimeSeries)
    assert len(output.data.series[0].points) > 50
    assert "query=container_cpu_load&start=1763622000&end=1763625600&step=60" in output.command


async def test_a_gap_is_named(small: str) -> None:
    async with asking(small, NOW) as ask:
        query = "min_over_time(container_cpu_load[60s])"
        output = await ask("execute_prometheus_range_query", query=query, step="60")
    assert "  no data: 07:40 to 07:46" in output.text


async def test_an_instant_query_is_a_table_largest_first(small: str) -> None:
    async with asking(small, NOW) as ask:
        query = "container_cpu_load"
        output = await ask("execute_prometheus_instant_query", query=query, time=f"{NOW - 60}")
        scalar = await ask("execute_prometheus_instant_query", query="1 + 1")
    assert output.text.splitlines()[1:] == ['{pod="cart-a"} 0.72', '{pod="cart-b"} 0.32']
    assert isinstance(output.data, Table)
    assert output.data.rows == (("cart-a", "0.72"), ("cart-b", "0.32"))
    assert scalar.text == "{} 2"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "sum(rate(http_request_total[5m]))",
            'no metric "http_request_total"; nearest: http_requests_total',
        ),
        (
            'rate(http_requests_total{kod="500"}[5m])',
            'no series of "http_requests_total" has the label "kod"; labels: code, job, namespace',
        ),
        (
            'http_requests_total{job="card",code="500"}',
            'no series of "http_requests_total" has job="card"; nearest: cart',
        ),
        (
            'container_cpu_load{pod=~"cart-.*"} > 99',
            "each selector matches, and nothing is left after the operations on them",
        ),
        (
            'sum by (pod) (container_cpu_load{pod="cart-a",namespace!="shop"})',
            'each part of container_cpu_load{pod="cart-a",namespace!="shop"} is there, but',
        ),
    ],
)
async def test_nothing_is_told_with_the_part_that_is_not_there(
    small: str, query: str, said: str
) -> None:
    async with asking(small, NOW) as ask:
        over = await ask("execute_prometheus_range_query", query=query)
        now = await ask("execute_prometheus_instant_query", query=query)
    for output in (over, now):
        assert output.status == "no_data"
        assert output.note.startswith(said)


async def test_an_error_names_the_nearest(small: str) -> None:
    async with asking(small, NOW) as ask:
        function = await ask("execute_prometheus_instant_query", query="raet(up[5m])")
        kind = await ask("execute_prometheus_instant_query", query="rate(http_request_total)")
        when = await ask("execute_prometheus_range_query", query="up", start="yesterday")
    assert function.note.endswith('unknown function with name "raet"; nearest: rate, irate')
    assert "nearest: http_requests_total" in kind.note
    assert "expected type range vector" in kind.note
    assert when.status == "invalid_arguments"
    assert when.note.startswith('"start" is "yesterday": give RFC 3339')


@pytest.mark.parametrize(
    "start", ["-1800", "2025-11-20T07:30:00Z", "1763623800", "-30m", "2025-11-20T08:30:00+01:00"]
)
async def test_a_start_may_be_written_in_any_way(small: str, start: str) -> None:
    async with asking(small, NOW) as ask:
        query = "container_cpu_load"
        output = await ask("execute_prometheus_range_query", query=query, start=start)
        turned = await ask("execute_prometheus_range_query", query=query, start="-60", end=start)
    assert "2025-11-20 07:30 to 08:00 UTC" in output.text
    assert turned.status == "ok"


async def test_labels_and_their_values(small: str) -> None:
    async with asking(small, NOW) as ask:
        values = await ask("get_label_values", label="pod", match='{namespace="shop"}')
        labels = await ask("get_label_values", match="http_requests_total")
        none = await ask("get_label_values", label="pod", match="http_request_total")
    assert values.text == "cart-a\ncart-b"
    assert labels.text.split() == ["__name__", "code", "job", "namespace"]
    assert none.note.startswith('no metric "http_request_total"; nearest: http_requests_total')


async def test_what_a_call_names_stays_a_name(small: str) -> None:
    async with asking(small, NOW) as ask:
        label = await ask("get_label_values", label="../../status/flags?x=")
        workload = 'x"} or vector(1) #'
        quoted = await ask("metric_changes", namespace='shop"} or up{a="', workload=workload)
    assert label.status == "invalid_arguments"
    assert quoted.note.startswith('no metric has the namespace "shop"} or up{a=""')


async def test_alerts_rules_and_targets(small: str) -> None:
    async with asking(small, NOW) as ask:
        while (alerts := await ask("list_prometheus_rules")).status != "ok":
            pass
        rules = await ask("list_prometheus_rules", show="rules")
        while (targets := await ask("list_prometheus_rules", show="targets")).status != "ok":
            pass
        none = await ask("list_prometheus_rules", show="rules", match="zzz")
    assert alerts.text.startswith("AlwaysOn  firing  20")
    assert alerts.text.endswith('{namespace="shop", severity="page"}  a test of the pager')
    assert "job:up:sum  recording  sum by (job) (up)" in rules.text
    assert "http://127.0.0.1:1/metrics  unknown  down" in targets.text
    assert none.note == 'none of 2 has "zzz" in its name'


async def test_an_alert_says_where_and_since_when(small: str) -> None:
    async with asking(small, NOW) as ask:
        while (await ask("list_prometheus_rules")).status != "ok":
            pass
        output = await ask("metric_changes", alert="AlwaysOn", start=f"{NOW - 1700}")
        unknown = await ask("metric_changes", alert="AlwaysOnn")
    assert output.text.startswith("metrics of namespace shop around 2025-11-20 07:31 UTC")
    assert unknown.note == 'no alert "AlwaysOnn" is active; active: AlwaysOn'


async def test_all_definitions_together_cost_little(small: str) -> None:
    async with asking(small, NOW) as ask:
        definitions = [tool.definition for tool in ask.tools.values()]
    said = "".join(
        each.name + each.description + json.dumps(each.parameters) for each in definitions
    )
    assert len(said) < 2400  # some 600 tokens, of which the braces of JSON Schema are most
