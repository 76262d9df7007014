"""Another benchmark's scenarios, read: the real command, the real kubectl, a server of our own."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.holmes_process import holmes
from servers.scripted_server import Reply, ScriptedServer, text, tool_calls

SCRIPT = """\
kubectl create namespace shop || true
kubectl apply -f ./manifest.yaml -n shop
kubectl create secret generic token --from-file=./token
./load.sh
cat <<'EOF' | kubectl apply -f -
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {mode: fast}
EOF
for i in 1 2; do
  sleep 5
done
"""
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1, template: {spec: {containers: [{name: web, image: web:9, command: [wegt]}]}}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web}
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder in HolmesGPT's format, of our own making."""
    folder = tmp_path / "theirs/01_typo"
    folder.mkdir(parents=True)
    (folder / "manifest.yaml").write_text(MANIFEST)
    case = {"user_prompt": ["Why does web not start?", "What is web's command?"],
            "expected_output": ["wegt is a typo"], "before_test": SCRIPT,
            "port_forwards": [{"service": "web"}]}  # fmt: skip
    (folder / "test_case.yaml").write_text(yaml.safe_dump(case))
    return tmp_path / "theirs"


def test_each_scenario_says_what_it_is_without(foreign: Path, tmp_path: Path) -> None:
    done = holmes(
        "eval", "--from", "holmesgpt", str(foreign), "--list", "--out", str(tmp_path / "out"),
        home=tmp_path,
    )  # fmt: skip

    assert done.code == 0
    assert [line.split()[1] for line in done.out.splitlines()] == [
        "01_typo/asked-1", "01_typo/asked-2",
    ]  # fmt: skip
    assert done.err == (
        "01_typo: without pods, their state, events and logs; what its script runs (kubectl "
        "create secret, ./load.sh); port_forwards; objects of kind ServiceMonitor\n"
    )


def replies(body: dict[str, Any]) -> Reply:
    """A model that looks at the Deployment, and a judge that finds the word."""
    told = json.dumps(body["messages"])
    if body["model"] == "judge":
        right = "the command wegt" in told
        return text(json.dumps({"mark": 5 if right else 1, "why": "so"}))
    if "tool_call_id" not in told:
        return tool_calls(("kubectl_get", {"kind": "deployments", "namespace": "shop"}))
    return text("It runs the command wegt [1]." if "not start" in told else "No idea.")


def test_an_answer_passes_by_the_judges_mark(foreign: Path, tmp_path: Path) -> None:
    with ScriptedServer([replies], repeat_last=True) as server:
        done = holmes(
            "eval", "--from", "holmesgpt", str(foreign), "--out", str(tmp_path / "out"),
            "--judge-model", "judge", "--api-base", server.base_url, "--model", "m",
            home=tmp_path, timeout=120,
        )  # fmt: skip

    assert done.code == 0, done.err
    lines = (tmp_path / "out/results.jsonl").read_text().splitlines()
    results = [json.loads(line) for line in lines]
    assert [(each["case"], each["score"]["passed"]) for each in results] == [
        ("01_typo/asked-1", True), ("01_typo/asked-2", False),
    ]  # fmt: skip
    assert "web" in results[0]["document"]["tool_calls"][0]["output"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "other", "DIR", "--list"), 'no format "other". Known: holmesgpt.'),
        (("--from", "holmesgpt", "DIR"), "Give --judge-model NAME, or --list."),
        (("--context", "kind"), "--context goes with --from"),
    ],
)
def test_what_does_not_fit(
    arguments: tuple[str, ...], said: str, foreign: Path, tmp_path: Path
) -> None:
    given = [str(foreign) if each == "DIR" else each for each in arguments]
    scenarios = Path(__file__).parents[2] / "evals/scenarios"

    done = holmes(
        "eval", *given, "--scenarios", str(scenarios), "--out", str(tmp_path / "o"), home=tmp_path
    )

    assert done.code == 2
    assert said in done.err
