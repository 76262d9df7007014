"""The real Prometheus of this machine, with a history."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.process import free_port, program, running

CONFIGURATION = """
global: {scrape_interval: 1h, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: down
    static_configs: [{targets: ["127.0.0.1:1"]}]
"""
RULES = """
groups:
  - name: shop
    rules:
      - {record: "job:up:sum", expr: sum by (job) (up)}
      - alert: AlwaysOn
        expr: vector(1)
        labels: {severity: page, namespace: shop}
        annotations: {summary: "a test of the pager"}
"""


def backfill(texts: Iterable[str], folder: Path) -> None:
    """Write blocks of OpenMetrics texts, each of at most two hours, into a data folder."""
    promtool = program("promtool", "prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    started = []
    for number, text in enumerate(texts):
        path = folder.parent / f"{number}.om"
        path.write_text(text)
        argv = [promtool, "tsdb", "create-blocks-from", "openmetrics", "-q", str(path), str(folder)]
        started.append((path, subprocess.Popen(argv, stdout=subprocess.DEVNULL)))
    for path, process in started:
        assert process.wait(300) == 0
        path.unlink()


@contextmanager
def prometheus(folder: Path, texts: Iterable[str] = ()) -> Iterator[str]:
    """The URL of a Prometheus that holds these texts; it scrapes nothing."""
    if not (folder / "data").exists():
        backfill(texts, folder / "data")
    (folder / "prometheus.yml").write_text(CONFIGURATION)
    (folder / "rules.yml").write_text(RULES)
    url = f"http://127.0.0.1:{free_port()}"
    argv = [
        program("prometheus", "prometheus"),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        "--storage.tsdb.retention.time=50y",
        f"--web.listen-address={url.removeprefix('http://')}",
    ]
    with running(argv, f"{url}/-/ready", folder):
        yield url
