"""`holmes metrics`, started as a person starts it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from configured.prometheus.conftest import Incidents
from holmes.core import codec
from holmes.core.tool_output import TimeSeries, ToolOutput

pytestmark = pytest.mark.lab


def holmes(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "holmes", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def configured(incidents: Incidents, tmp_path: Path) -> Path:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"toolsets: {{prometheus/metrics: {{config: {{prometheus_url: '{incidents.url}'}}}}}}"
    )
    return config


def test_what_changed_is_printed(configured: Path, incidents: Incidents) -> None:
    start = next(each.start for each in incidents.all if each.name == "throttling")
    done = holmes(
        configured.parent, "metrics", "-n", "shop", f"--start={start}", "--config", str(configured)
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[1].startswith("1. CPU throttling of cart: 1.13 % to 79 %")


def test_json_holds_the_series(configured: Path, incidents: Incidents) -> None:
    start = next(each.start for each in incidents.all if each.name == "queue backlog")
    asked = ("metrics", "-n", "shipping", f"--start={start}", "--json", "--config", str(configured))
    done = holmes(configured.parent, *asked)
    output = codec.decode(ToolOutput, json.loads(done.stdout))
    assert isinstance(output.data, TimeSeries)
    assert output.data.series[0].labels["__name__"] == "kafka_consumergroup_lag"


def test_nothing_new_is_zero(configured: Path, incidents: Incidents) -> None:
    start = next(each.start for each in incidents.all if each.name == "quiet")
    done = holmes(
        configured.parent, "metrics", "-n", "mail", f"--start={start}", "--config", str(configured)
    )
    assert done.returncode == 0, done.stderr
    assert "nothing changed there" in done.stdout


def test_what_can_not_be_told_is_one_line(configured: Path, tmp_path: Path) -> None:
    wrong = holmes(tmp_path, "metrics", "--start=noon", "--config", str(configured))
    assert wrong.returncode == 2
    assert 'holmes: "start" is "noon"' in wrong.stderr
    empty = tmp_path / "empty.yaml"
    empty.write_text("{}\n")
    none = holmes(tmp_path, "metrics", "--config", str(empty))
    assert none.returncode == 2
    assert "holmes: No metrics are configured." in none.stderr


def test_the_list_names_the_server(configured: Path, incidents: Incidents) -> None:
    listed = holmes(configured.parent, "toolset", "list", "--config", str(configured))
    assert f"Prometheus 2.42.0+ds at {incidents.url}" in listed.stdout
