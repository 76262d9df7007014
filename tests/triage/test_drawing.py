"""Findings as trees: text, Mermaid and SVG."""

from xml.etree import ElementTree as ET

import pytest

from holmes.core.finding import Finding
from holmes.triage.drawing import below, draw
from holmes.triage.next_calls import describe
from holmes.triage.rank import rank
from triage.test_rank import ref


def finding(kind: str, name: str, cause: str, *because: tuple[str, str]) -> Finding:
    return Finding(
        check="test", severity="critical", kind=kind, namespace="shop", name=name, cause=cause,
        evidence=(f"{name} says so",), next_call=describe(ref(name)),
        explained_by=tuple(_ref(*each) for each in because),
    )  # fmt: skip


def _ref(kind: str, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return finding(kind, name, "").subject


FOUND = rank([
    finding("Deployment", "redis", "out of memory <8mb>"),
    finding("Service", "redis", "no pod is ready", ("Deployment", "redis")),
    finding("Deployment", "cart", "redis refuses", ("Service", "redis"), ("Deployment", "redis")),
    finding("Deployment", "other", 'says "no"'),
])  # fmt: skip


def test_a_tree_hangs_each_symptom_below_what_it_depends_on() -> None:
    assert draw(FOUND, "text").splitlines() == [
        "1  Deployment shop/redis: out of memory <8mb>",
        "     evidence: redis says so",
        "   └─ Service redis (selects Deployment): no pod is ready",
        "        evidence: redis says so",
        "      └─ Deployment cart (calls Service): redis refuses",
        "           evidence: cart says so",
        '2  Deployment shop/other: says "no"',
        "     evidence: other says so",
    ]


def test_a_flowchart_has_an_arrow_a_link_and_no_sign_that_mermaid_would_read() -> None:
    drawn = draw(FOUND, "mermaid")

    assert drawn.startswith("flowchart TD\n")
    assert "  f0 -->|selects| f0s0\n  f0s1[" in drawn
    assert "  f0s0 -->|calls| f0s1\n" in drawn
    assert "out of memory #60;8mb#62;" in drawn
    assert "says #34;no#34;" in drawn


def test_a_picture_is_well_formed_and_has_a_box_for_each_object() -> None:
    picture = ET.fromstring(draw(FOUND, "svg"))  # noqa: S314  # our own text

    boxes = [each for each in picture if each.tag.endswith("rect")]
    assert len(boxes) == 1 + 4
    assert sum(each.tag.endswith("path") for each in picture) == 2
    assert "out of memory <8mb>" in [each.text for each in picture]


@pytest.mark.parametrize("loop", [("a", "b"), ("b", "a")])
def test_findings_that_explain_each_other_are_drawn_once(loop: tuple[str, str]) -> None:
    one, other = loop
    [root] = rank([
        finding("Service", "root", "is down"),
        finding("Service", one, "x", ("Service", other), ("Service", "root")),
        finding("Service", other, "y", ("Service", one), ("Service", "root")),
    ])  # fmt: skip

    assert sorted(link.subject.name for _, link in below(root)) == ["a", "b"]
