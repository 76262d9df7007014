"""Files that never end, or hold gigabytes of nothing, are refused at once and by name."""

import os
import shutil
from pathlib import Path

import pytest

from cli.holmes_process import holmes
from holmes.demo import CLUSTER
from servers.scripted_server import ScriptedServer, text

FLAGS = ("-t", "--config", "--api-key-file", "-f")


def asked(home: Path, *arguments: str) -> tuple[int, str]:
    with ScriptedServer([text("Fine.")], repeat_last=True) as model:
        given = ("ask", "hi", "--model", "m", "--api-base", model.base_url, *arguments)
        done = holmes(*given, home=home, timeout=20)
        return done.code, done.err


@pytest.mark.parametrize("flag", FLAGS)
def test_a_device_that_never_ends(tmp_path: Path, flag: str) -> None:
    code, said = asked(tmp_path, flag, "/dev/zero")
    assert code == 2
    assert "/dev/zero\" can't be read: it is" in said


@pytest.mark.parametrize("flag", FLAGS[:3])
def test_a_file_of_gigabytes(tmp_path: Path, flag: str) -> None:
    path = tmp_path / "given"
    path.touch()
    os.truncate(path, 4 << 30)
    code, said = asked(tmp_path, flag, str(path))
    assert code == 2
    assert "it is longer than" in said


@pytest.mark.parametrize("flag", FLAGS)
def test_a_pipe_as_of_a_shell_is_read(tmp_path: Path, flag: str) -> None:
    said = {"-t": "toolsets: {}", "--config": "max_steps: 3"}.get(flag, "some-text")
    with ScriptedServer([text("Fine.")], repeat_last=True) as model:
        # What "$0" is: the program, behind the words of `before`.
        ask = f'"$0" ask hi --model m --api-base {model.base_url} {flag} <(echo "{said}")'
        done = holmes(home=tmp_path, before=("bash", "-c", ask))
    assert done.code == 0, done.err


@pytest.mark.parametrize("name", ["snapshot.json", "namespaces/fraud/pods.json"])
def test_a_snapshot_with_a_file_of_gigabytes(tmp_path: Path, name: str) -> None:
    snapshot = shutil.copytree(CLUSTER, tmp_path / "snapshot")
    os.truncate(snapshot / name, 4 << 30)
    done = holmes("scan", "--snapshot", str(snapshot), home=tmp_path, timeout=20)
    assert done.code == 2
    assert f"{name}\" can't be read: it is longer than" in done.err
