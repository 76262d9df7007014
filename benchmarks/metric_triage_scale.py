"""How long metric triage takes over 50,000 series on a real Prometheus, all namespaces at once.

    python benchmarks/metric_triage_scale.py [SERIES]

Needs Debian's prometheus; the history is made anew each time, which takes longer than the triage.
"""

import random
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from configured.prometheus.asking import asking
from configured.servers.prometheus import prometheus

MINUTES = 115
START = 1_763_625_600
PODS = 2
COUNTERS = (
    *(("http_requests_total", f'code="{code}"') for code in (200, 404, 500, 503)),
    *(
        ("http_request_duration_seconds_bucket", f'le="{bound}"')
        for bound in (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, "+Inf")
    ),
    ("http_request_duration_seconds_count", ""),
    ("http_request_duration_seconds_sum", ""),
    ("container_cpu_usage_seconds_total", 'container="app"'),
    ("container_cpu_cfs_periods_total", 'container="app"'),
    ("container_cpu_cfs_throttled_periods_total", 'container="app"'),
    ("kube_pod_container_status_restarts_total", 'container="app"'),
)
GAUGES = (
    ("container_memory_working_set_bytes", 'container="app"'),
    ("kube_pod_container_resource_limits", 'container="app",resource="memory"'),
    ("go_goroutines", ""),
    ("go_sql_in_use_connections", ""),
    ("go_sql_max_open_connections", ""),
    ("kube_pod_info", 'node="node-1"'),
)
A_POD = len(COUNTERS) + len(GAUGES)


def history(services: int) -> Iterator[str]:
    """Lines of OpenMetrics; of one service, the CPU is throttled from the 80th minute on."""
    rng = random.Random(1)  # noqa: S311  (made data)
    traces = [[1 + rng.gauss(0, 0.1) for _ in range(MINUTES)] for _ in range(40)]
    stamps = [f" {START + 60 * minute}\n" for minute in range(MINUTES)]
    for name, more in (*COUNTERS, *GAUGES):
        counts = (name, more) in COUNTERS
        for service in range(services):
            for pod in range(PODS):
                labels = f'namespace="team-{service % 50}",pod="svc{service}-7d9f8b6c5d-abcd{pod}"'
                head = f"{name}{{{labels}{',' + more if more else ''}}} "
                sick = service == services // 2 and "throttled" in name
                total, drawn = 0.0, traces[rng.randrange(40)]
                for minute, value in enumerate(drawn):
                    grown = 10 * value * (0.01 if "throttled" in name else 1)
                    total += 9 if sick and minute >= 80 else grown
                    yield f"{head}{total if counts else value:.6g}{stamps[minute]}"


def _server_cpu(url: str) -> float:
    """The CPU seconds that the server has used; other work on the machine does not count."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=60) as reply:  # noqa: S310  (loopback)
        lines = reply.read().decode().splitlines()
    return float(next(each for each in lines if each.startswith("process_cpu_sec")).split()[1])


async def _measure(url: str) -> None:
    start = START + 60 * 82
    async with asking(url, start + 1_800) as ask:
        for where in ({}, {"namespace": "team-0"}):
            began, own, its = time.monotonic(), time.process_time(), _server_cpu(url)
            output = await ask("metric_changes", start=str(start), **where)
            took = time.monotonic() - began
            print("\n".join(output.text.splitlines()[:3]))
            own, its = time.process_time() - own, _server_cpu(url) - its
            print(
                f"{where or 'all namespaces'}: {took:.1f} s; CPU: ours {own:.1f}, its {its:.1f} s"
            )


def main() -> None:
    """Make the history, ask, print the seconds."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    services = wanted // (PODS * A_POD) + 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = "".join(history(services)) + "# EOF\n"
        print(f"{services * PODS * A_POD:,} series, {len(text) / 1e6:.0f} MB of text")
        with prometheus(folder, [text]) as url:
            del text
            anyio.run(_measure, url)


if __name__ == "__main__":
    main()
