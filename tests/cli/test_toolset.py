import argparse
import json
from pathlib import Path

import pytest

from holmes.cli import toolset
from holmes.core.errors import ToolsetFileError

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


def test_people_see_states_reasons_and_tools(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert "mine  failed  1 tool" in out
    assert "the prerequisite `false` ended with 1" in out
    assert "kubernetes/logs  disabled" in out
    assert 'the kubeconfig "/no/such/file" does not exist' in out
    assert "kubectl_get, kubectl_describe" in out


def test_programs_see_the_same_as_json(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--json"]) == 0
    listed = {item["name"]: item for item in json.loads(capsys.readouterr().out)}
    assert listed["mine"]["state"] == "failed"
    assert listed["mine"]["tools"] == [{"name": "look", "description": "d"}]
    assert listed["kubernetes/core"]["state"] == "failed"
    assert listed["kubernetes/logs"]["state"] == "disabled"


def test_a_broken_file_is_named(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine: {descripton: x}", encoding="utf-8")
    with pytest.raises(ToolsetFileError, match=r"mine\.yaml.*descripton.*description"):
        run(arguments)
