"""Triage on incidents made by somebody who has not read its checks.

A sample of what `python -m generated.score` runs in full. The limits are what was measured when
this was written (2026-11-30); they are there to be raised.
"""

import pytest

from generated.fault import faults
from generated.incident import VARIANTS, healthy, incident
from generated.score import Outcome, false_alarms, outcome
from generated.shapes import SHAPES

DEVELOPMENT = 0.98
HELD_OUT = 0.83
OBJECT = 0.97


@pytest.fixture(scope="module")
def sample() -> list[Outcome]:
    """Each fault in two shapes, in another variant each."""
    found = []
    for number, fault in enumerate(faults()):
        for turn in (0, 1):
            shape = list(SHAPES)[(number + 3 * turn) % len(SHAPES)]
            made = outcome(fault, shape, VARIANTS[(number + turn) % len(VARIANTS)])
            found += [made] if made else []
    return found


def test_the_first_finding_is_right_as_often_as_it_was(sample: list[Outcome]) -> None:
    for half, at_least in (("development", DEVELOPMENT), ("heldout", HELD_OUT)):
        right = [each.first for each in sample if each.half == half]
        assert sum(right) / len(right) >= at_least, half


def test_the_first_finding_is_about_the_right_object(sample: list[Outcome]) -> None:
    assert sum(each.named for each in sample) / len(sample) >= OBJECT


def test_healthy_clusters_have_no_finding_above_info() -> None:
    assert false_alarms(seeds=3) == []


def test_the_taxonomy_is_broad_and_a_third_of_it_is_held_out() -> None:
    every = faults()
    assert len(every) >= 60
    assert len(SHAPES) >= 6
    held_out = sum(each.half == "heldout" for each in every)
    assert 0.25 <= held_out / len(every) <= 0.45


def test_the_same_seed_makes_the_same_incident() -> None:
    for fault in faults()[::20]:
        one, other = (incident(fault, "stateful", "noise") for _ in range(2))
        assert one is not None
        assert other is not None
        assert one.expected == other.expected
        assert one.objects.all("Pod") == other.objects.all("Pod")
        assert one.objects.all("Event") == other.objects.all("Event")


def test_pods_are_on_nodes_that_exist_and_belong_to_owners_that_exist() -> None:
    for shape in SHAPES:
        objects = healthy(shape, 1).objects
        nodes = objects.names("Node")
        uids = {each["metadata"]["uid"] for kind in objects.counts() for each in objects.all(kind)}
        for pod in objects.all("Pod"):
            assert pod["spec"]["nodeName"] in nodes
            assert all(each["uid"] in uids for each in pod["metadata"]["ownerReferences"])


def test_a_variant_hides_what_it_says() -> None:
    fault = next(each for each in faults() if each.name == "secret_key_missing")
    quiet = incident(fault, "stateful", "no-events")
    blind = incident(fault, "stateful", "forbidden")
    unmeasured = incident(fault, "stateful", "no-metrics")
    assert quiet is not None
    assert blind is not None
    assert unmeasured is not None
    assert quiet.objects.all("Event") == []
    assert not blind.objects.knows("Secret")
    assert blind.objects.knows("ConfigMap")
    assert not unmeasured.objects.knows("PodMetrics")
