"""The real small model and the real kubectl on incidents of the recorded cluster.

What is checked is what a person relies on: the right object, the right cause, and that every pod
in the answer exists.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.holmes_process import holmes
from holmes.demo import CLUSTER
from holmes.embedded.server import MODEL_NAME, LocalServer
from support.recording import recording

pytestmark = pytest.mark.small_model

GENERATED = re.compile(r"\b[a-z][-a-z0-9]*-(?=[a-z0-9]*\d)[a-z0-9]{5,10}-[a-z0-9]{5}\b")


def pods_of(snapshot: Path) -> set[str]:
    lists = snapshot.rglob("pods.json")
    return {
        item["metadata"]["name"]
        for path in lists
        for item in json.loads(path.read_text(encoding="utf-8"))["items"]
        if "containers" in item.get("spec", {})
    }


def ask(server: LocalServer, question: str, snapshot: Path, home: Path) -> dict[str, Any]:
    done = holmes(
        *("ask", question, "--json", "--model", MODEL_NAME, "--api-base", server.base_url),
        *("--snapshot", str(snapshot)),
        home=home,
        timeout=900,
    )
    assert done.code == 0, done.err
    document: dict[str, Any] = json.loads(done.out)
    print(json.dumps(document, indent=1))  # noqa: T201  # shown by pytest where a test fails
    return document


def assert_grounded(document: dict[str, Any], snapshot: Path) -> None:
    named = set(GENERATED.findall(document["answer"]))
    assert named <= pods_of(snapshot)
    assert document["tool_calls"], "an answer without a look is no answer"


INCIDENTS = {
    "shop-checkout": ("why is checkout failing in namespace shop-checkout?", ["PAYMENT_API_KEY"]),
    "data-reports": ("why does report-worker in data-reports keep restarting?", ["memory"]),
    "edge-static": ("what is wrong with static-site in namespace edge-static?", ["proxy_passs"]),
}


@pytest.mark.parametrize("namespace", INCIDENTS)
def test_an_incident_of_the_recording_is_named_with_its_cause(
    namespace: str, small_model: LocalServer, tmp_path: Path
) -> None:
    question, causes = INCIDENTS[namespace]
    document = ask(small_model, question, recording(), tmp_path)
    assert_grounded(document, recording())
    for cause in causes:
        assert cause.lower() in document["answer"].lower()


def test_the_demo_names_all_three_incidents(small_model: LocalServer, tmp_path: Path) -> None:
    document = ask(small_model, "what pods are unhealthy and why?", CLUSTER, tmp_path)
    assert_grounded(document, CLUSTER)
    for words in (
        ("search", "image"),
        ("report-worker", "memory"),
        ("checkout", "PAYMENT_API_KEY"),
    ):
        assert all(word.lower() in document["answer"].lower() for word in words)


def test_a_healthy_namespace_is_called_healthy(small_model: LocalServer, tmp_path: Path) -> None:
    question = "is anything wrong in namespace fraud?"
    document = ask(small_model, question, recording(), tmp_path)
    assert_grounded(document, recording())
    assert re.search(r"nothing is wrong|no problems?|is healthy", document["answer"].lower())
