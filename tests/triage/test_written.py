"""Incidents and healthy namespaces as a user would write them down: Helm charts, operators, noise.

Written on 30 November 2026, in two lots, before the checks were run on them. Of the first findings
20 of 23 were right in the first run, and none of the 5 healthy ones had an alarm, once slips of the
files themselves were mended (a log that was no YAML, Deployments without availableReplicas). The
checks were mended on the three, so that these files say nothing about data that nobody has seen.
"""

from pathlib import Path

import pytest
import yaml

from holmes.core.finding import Finding
from holmes.triage.fields import Obj
from holmes.triage.logs import LogBook, LogRequest
from holmes.triage.objects import ObjectSet, trim
from holmes.triage.resources import RESOURCES
from holmes.triage.run import triage

FOLDER = Path(__file__).parent / "written"
NAMES = sorted(each.stem for each in FOLDER.glob("*.yaml") if each.stem != "base")
KINDS = frozenset({each.kind for each in RESOURCES} - {"PodMetrics"})


def read(name: str) -> list[Obj]:
    return list(yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


def look(name: str) -> tuple[Obj, tuple[Finding, ...]]:
    """What is expected, and what the checks find, the logs being read as they are."""
    head, *objects = read(name)
    book = LogBook()
    for key, said in head.get("logs", {}).items():
        place, _, previous = key.partition(" ")
        pod, _, container = place.partition("/")
        namespace = next(
            each["metadata"]["namespace"] for each in objects if each["metadata"]["name"] == pod
        )
        request = LogRequest(
            namespace=namespace, pod=pod, container=container, previous=bool(previous)
        )
        book.add(request, said.splitlines())
    every = [trim(each) for each in (*read("base"), *objects)]
    found = triage(ObjectSet(every, KINDS), book)
    return head["expect"], tuple(each for each in found if each.severity != "info")


@pytest.mark.parametrize("name", NAMES)
def test_the_first_finding_is_right_and_what_is_healthy_has_none(name: str) -> None:
    expect, findings = look(name)
    told = [each.summary for each in findings]
    if not expect:
        assert told == []
        return
    assert str(findings[0].subject) in expect["object"], told
    for word in map(str, expect["words"]):
        assert word in findings[0].summary, told
