"""Metric triage on a real Prometheus: twelve incidents of known cause, and healthy namespaces."""

import pytest

from configured.prometheus.asking import asking
from configured.prometheus.conftest import Incidents
from configured.prometheus.incidents import Incident
from holmes.core.tool_output import TimeSeries, ToolOutput

pytestmark = [pytest.mark.anyio, pytest.mark.lab]

LATER = 3_000.0  # an investigation comes some time after the beginning


async def looked(incidents: Incidents, name: str) -> tuple[Incident, ToolOutput]:
    incident = next(each for each in incidents.all if each.name == name)
    async with asking(incidents.url, incident.start + LATER) as ask:
        start = f"{incident.start}"
        return incident, await ask("metric_changes", namespace=incident.namespace, start=start)


def is_right(incident: Incident, output: ToolOutput) -> bool:
    """Whether one of the first three series is the cause; pods are told by their workload."""
    assert isinstance(output.data, TimeSeries)
    for series in output.data.series[:3]:
        name = series.labels["__name__"]
        values = [value for key, value in series.labels.items() if key != "__name__"]
        for metric, label in incident.right:
            # A pod is told by its workload; Envoy's clusters are called "outbound|80||profiles".
            named = any(label in value or label.startswith(f"{value}-") for value in values)
            # A share is told by either of its two metrics, quantiles by their histogram.
            if named and (name.startswith(metric) or _other(name) == metric):
                return True
    return False


def _other(name: str) -> str:
    return name.replace("redis_keyspace_misses", "redis_keyspace_hits")


@pytest.mark.parametrize(
    "name",
    [
        "throttling", "saturated pool", "leak", "noisy neighbour", "errors after a rollout",
        "slow dependency", "queue backlog", "retry storm", "disk filling", "cold cache",
        "certificate near expiry",
    ],
)  # fmt: skip
async def test_the_cause_is_among_the_first_three(incidents: Incidents, name: str) -> None:
    incident, output = await looked(incidents, name)
    assert output.status == "ok"
    assert is_right(incident, output), output.text
    assert len(output.text.splitlines()) <= 12
    assert incidents.series > 2000


@pytest.mark.parametrize("name", ["daily peak", "healthy rollout", "job each hour", "quiet"])
async def test_nothing_is_said_to_be_wrong_with_what_is_healthy(
    incidents: Incidents, name: str
) -> None:
    _, output = await looked(incidents, name)
    assert output.status == "no_data", output.text
    assert "nothing changed there" in output.text


async def test_what_is_as_yesterday_is_named(incidents: Incidents) -> None:
    _, output = await looked(incidents, "daily peak")
    assert "as at the same hour before: " in output.text
    assert "traffic of menu" in output.text


async def test_ten_lines_say_what_changed_in_which_order(incidents: Incidents) -> None:
    _, output = await looked(incidents, "throttling")
    first, *rest = output.text.splitlines()
    assert first.startswith("metrics of namespace shop around 2025-11-20 09:34 UTC (08:19 to 10:04")
    assert rest[0].startswith("1. CPU throttling of cart: 1.13 % to 79 % from 09:30  ▁")
    assert rest[-1] == (
        "in this order: CPU throttling of cart 09:30 → latency of cart 09:31 → "
        "latency of storefront 09:31 → share of errors of storefront 09:34"
    )
    assert output.command == f"holmes metrics -n shop --start={_start(incidents, 'throttling')}"


def _start(incidents: Incidents, name: str) -> int:
    return next(each.start for each in incidents.all if each.name == name)


async def test_a_workload_comes_before_its_neighbours(incidents: Incidents) -> None:
    incident = next(each for each in incidents.all if each.name == "throttling")
    async with asking(incidents.url, incident.start + LATER) as ask:
        start = f"{incident.start}"
        output = await ask("metric_changes", namespace="shop", workload="storefront", start=start)
    assert output.text.startswith("metrics of storefront in namespace shop")
    assert "latency of storefront" in output.text


async def test_everything_at_once_names_the_namespace(incidents: Incidents) -> None:
    incident = next(each for each in incidents.all if each.name == "queue backlog")
    async with asking(incidents.url, incident.start + LATER) as ask:
        output = await ask("metric_changes", start=f"{incident.start}")
    assert output.text.startswith("metrics of everything")
    assert isinstance(output.data, TimeSeries)
    assert "shipping" in {series.labels.get("namespace") for series in output.data.series}


async def test_a_namespace_that_has_no_metric_is_answered_with_the_nearest(
    incidents: Incidents,
) -> None:
    async with asking(incidents.url, _start(incidents, "throttling") + LATER) as ask:
        output = await ask("metric_changes", namespace="shopp", start="-3000")
    assert output.status == "no_data"
    assert output.note == ('no metric has the namespace "shopp" in that time; there are: shop')
