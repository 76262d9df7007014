"""Checks that users bring: found by their folder, and never able to spoil the rest."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from holmes.core.errors import UsageError
from holmes.demo import CLUSTER
from holmes.triage import own_checks
from holmes.triage.fields import Obj
from holmes.triage.logs import LogBook
from holmes.triage.objects import ObjectSet
from holmes.triage.run import triage
from triage import builders as b

IN_PYTHON = '''
"""Deployments without an owner label."""
from holmes.triage.fields import labels_of, name_of, namespace_of, ref_of
from holmes.core.finding import Finding
from holmes.triage.next_calls import describe

def find(objects, logs):
    for pod in objects.all("Pod"):
        if "team" not in labels_of(pod):
            yield Finding(check="team_label", severity="info", kind="Pod",
                          namespace=namespace_of(pod), name=name_of(pod),
                          cause="no team label", next_call=describe(ref_of(pod)))
'''
IN_CEL = """
kind: Pod
severity: critical
problem: >-
  object.spec.containers.exists(c, has(c.resources) && has(c.resources.limits)
  && quantity(c.resources.limits.memory) < quantity("64Mi"))
causeExpression: >-
  "the memory limit " + object.spec.containers[0].resources.limits.memory + " is under 64Mi"
evidence:
  - object.spec.containers[0].resources.limits
  - object.spec.not.there
"""
SMALL = b.pod(
    ready=True, spec={"containers": [b.container(resources={"limits": {"memory": "32Mi"}})]}
)
LARGE = b.pod(
    "big", ready=True, spec={"containers": [b.container(resources={"limits": {"memory": "1Gi"}})]}
)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def found(folder: Path, *objects: Obj) -> tuple[list[str], list[str]]:
    own = own_checks.load([folder])
    findings = triage(ObjectSet(objects), LogBook(), own)
    names = {check.__name__ for check in own} | {"team_label"}
    return (
        [finding.summary for finding in findings if finding.check in names],
        [check.fault for check in own if check.fault],
    )


def test_a_python_file_is_a_check(tmp_path: Path) -> None:
    write(tmp_path, "team_label.py", IN_PYTHON)
    labelled = b.pod("labelled", labels={"team": "a"}, ready=True)

    assert found(tmp_path, SMALL, labelled) == (["Pod shop/web-7d9f-abcde: no team label"], [])


def test_a_cel_expression_is_a_check(tmp_path: Path) -> None:
    write(tmp_path, "small_limit.yaml", IN_CEL)

    assert found(tmp_path, SMALL, LARGE) == (
        ["Pod shop/web-7d9f-abcde: the memory limit 32Mi is under 64Mi"],
        [],
    )
    [finding] = own_checks.load([tmp_path])[0].find(ObjectSet([SMALL]), LogBook())
    assert finding.evidence == ('spec.containers[0].resources.limits: {"memory":"32Mi"}',)
    assert finding.severity == "critical"


def test_a_field_that_is_missing_is_told_and_costs_no_other_object(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.yaml",
        "kind: Pod\ncause: has class a\nproblem: object.spec.priorityClassName == 'a'",
    )
    placed = b.pod("placed", ready=True, spec={"priorityClassName": "a"})

    summaries, [fault] = found(tmp_path, SMALL, placed)

    assert summaries == ["Pod shop/placed: has class a"]
    assert "not evaluated for 1 objects, the first is Pod shop/web-7d9f-abcde" in fault
    assert "has(object.field)" in fault


def test_a_check_that_raises_is_told_with_its_line_and_costs_no_other_check(tmp_path: Path) -> None:
    path = write(tmp_path, "bad.py", "def find(objects, logs):\n    yield objects.nothing\n")
    write(tmp_path, "team_label.py", IN_PYTHON)

    summaries, [fault] = found(tmp_path, SMALL)

    assert summaries
    assert fault.startswith(f'The check "{path}", line 2: AttributeError: ')


def test_what_is_no_finding_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "bad.py", "def find(objects, logs):\n    yield 'web is down'\n")

    _, [fault] = found(tmp_path)

    assert fault.endswith("TypeError: find() gave a str where a Finding belongs.")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.py", "def find(:\n", '", line 1: invalid syntax'),
        ("a.py", "import no_such_module\n", "line 1: ModuleNotFoundError: No module named"),
        ("a.py", "def search(): ...\n", "has no `find(objects, logs)`"),
        ("a.yaml", "kind: Pod\nproblem: 'true'\n", "needs either `cause` or `causeExpression`"),
        ("a.yaml", "kind: Pod\n", "missing required field `problem`"),
        ("a.yaml", "kind: Pod\ncause: x\nproblem: '1 +'\n", "problem: Failed to parse expression"),
        ("a.yaml", "kind: Pod\ncause: x\nproblem: 'true'\nwhen: x\n", "unknown field `when`"),
        ("a.yml", "kind: [", 'a.yml": while parsing'),
    ],
)
def test_a_file_that_does_not_load_is_named(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = write(tmp_path, name, text)

    with pytest.raises(UsageError) as caught:
        own_checks.load([tmp_path])

    assert f'The check "{path}"' in caught.value.message
    assert said in caught.value.message
    usable, [fault] = own_checks.load_usable([tmp_path])
    assert not usable
    assert said in fault


def test_folders_come_from_the_home_the_environment_and_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, one, two = tmp_path / ".holmes" / "checks", tmp_path / "one", tmp_path / "two"
    for folder in (home, one, two):
        folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert own_checks.folders([two], {"HOLMES_CHECKS": str(one)}) == (home, one, two)
    with pytest.raises(UsageError, match="does not exist"):
        own_checks.folders([tmp_path / "three"], {})


def test_without_the_engine_the_message_says_how_to_get_it(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", IN_CEL)
    program = (
        "import sys; sys.modules['cel'] = None\n"  # how Python itself marks "not there"
        "from pathlib import Path; from holmes.triage.own_checks import load\n"
        f"load([Path({str(tmp_path)!r})])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert "pip install 'holmesgpt[cel]'" in done.stderr


def test_scan_runs_them_beside_its_own(tmp_path: Path) -> None:
    write(tmp_path, "team_label.py", IN_PYTHON)
    arguments = ["--snapshot", str(CLUSTER), "--checks", str(tmp_path), "--json"]

    done = subprocess.run(
        [sys.executable, "-m", "holmes.cli.main", "scan", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    checks = {finding["check"] for finding in json.loads(done.stdout)["findings"]}
    assert {"team_label", "crash_loop"} <= checks
