"""`just lab` with its two quickest back ends; all of them take longer than a test may."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from holmes.demo import CLUSTER
from lab.__main__ import document, running
from lab.backends import Backend

TESTS = Path(__file__).parents[1]


@pytest.mark.lab
def test_it_is_there_until_ctrl_c_and_leaves_nothing(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(TESTS), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "--keep", "redis", "sqlite"],
        env={"PATH": os.environ["PATH"], **environment}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if f"--snapshot {CLUSTER}" in line and "holmes ask" in line:
                process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert "lab/sqlite" in said
    rows = [line.split() for line in said.splitlines()]
    redis = next(row for row in rows if row[:2] == ["redis", "real"])
    assert redis[3] == "s"
    assert redis[5] == "MB"
    assert ["Stopped."] in rows
    assert list(tmp_path.glob("holmes-lab-*")) == []


def test_what_does_not_start_is_named_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with running(["redis", "sqlite"], tmp_path) as started:
        faults = [each.fault for each in started]
        assert [*document([each.backend for each in started])["toolsets"]] == ["lab/sqlite"]
    assert faults[0].startswith("redis-server is missing: apt-get install redis-server")
    assert faults[1] == ""


def test_instances_of_one_toolset_stand_together() -> None:
    one, two = (
        Backend(toolsets={"redis": {"config": {"instances": [{"name": name}]}}})
        for name in ("a", "b")
    )
    section = document([one, two])["toolsets"]["redis"]
    assert section == {"config": {"instances": [{"name": "a"}, {"name": "b"}]}}
