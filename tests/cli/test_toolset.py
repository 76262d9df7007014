import argparse
import json
import re
from pathlib import Path

import pytest

from holmes.cli import toolset
from holmes.core.errors import ToolsetFileError
from holmes.demo import CLUSTER

FILE = """
mine:
  description: My own
  prerequisites: [{command: "false"}]
  tools: [{name: look, description: d, command: ls}]
kubernetes/logs: {enabled: false}
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    path = tmp_path / "mine.yaml"
    path.write_text(FILE, encoding="utf-8")
    config = tmp_path / "config.yaml"
    config.write_text("{}", encoding="utf-8")
    return ["list", "-t", str(path), "--config", str(config), "--kubeconfig", "/no/such/file"]


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    toolset.add_arguments(parser)
    return toolset.run(parser.parse_args(arguments))


def test_people_see_a_line_each_with_states_reasons_and_costs(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 1, "what a file names has failed"
    table, total, others = capsys.readouterr().out.split("\n\n")
    head, *rows = table.splitlines()
    assert {row[head.index("STATE") :].split()[0] for row in rows} == {"failed", "disabled"}
    line = {row.split()[0]: row for row in rows}
    assert re.search(r"failed +the prerequisite `false` ended with 1.*mine\.yaml", line["mine"])
    assert 'the kubeconfig "/no/such/file" does not exist' in line["kubernetes/core"]
    assert total == "3 failed: kubernetes/core, kubernetes/triage, mine; 3 disabled."
    assert others.startswith("Not configured (see docs/toolsets.md):\nargocd/core  ")


def test_nothing_failed_is_exit_code_0_and_tools_are_named_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    api = "api: {type: http, config: {endpoints: [{hosts: [orders.example.com]}]}}\n"
    path.write_text(FILE.replace('"false"', '"true"') + api, encoding="utf-8")
    (tmp_path / "config.yaml").write_text("{}", encoding="utf-8")
    config = ["--config", str(tmp_path / "config.yaml"), "--snapshot", str(CLUSTER)]
    assert run(["list", "-t", str(path), *config, "--tools"]) == 0
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("mine "))
    assert row.split() == ["mine", "enabled", "1", "24", "My", "own"]
    assert f"  from: {path}\n  look: d\n" in out
    others = out.split("Not configured")[1]
    assert "\ninternet " in others
    assert "\nhttp " not in others, "it is there under another name"


def test_programs_see_the_same_as_json(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--json"]) == 1
    listed = {item["name"]: item for item in json.loads(capsys.readouterr().out)}
    assert listed["mine"]["state"] == "failed"
    assert listed["mine"]["tokens"] > 0
    assert listed["mine"]["tools"] == [{"name": "look", "description": "d"}]
    assert listed["kubernetes/core"]["state"] == "failed"
    assert listed["kubernetes/logs"]["state"] == "disabled"


def test_a_broken_file_is_named(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine: {descripton: x}", encoding="utf-8")
    with pytest.raises(ToolsetFileError, match=r"mine\.yaml.*descripton.*description"):
        run(arguments)
