"""Names and citations in an answer, held against the evidence."""

import pytest

from holmes.evidence.log import Evidence, EvidenceLog
from holmes.investigation import grounding
from holmes.toolsets.base import ToolOutput


def log(*outputs: str) -> EvidenceLog:
    entries = EvidenceLog()
    for number, text in enumerate(outputs, start=1):
        output = ToolOutput(status="ok", text=text)
        entries.append(
            Evidence(number=number, tool="t", arguments={}, output=output, excerpt=text, seconds=0)
        )
    return entries


@pytest.mark.parametrize(
    ("answer", "citations", "dangling"),
    [
        ("fine [1].", (1,), ()),
        ("fine [1, 2] and [2][1]", (1, 2), ()),
        ("see [3]", (), (3,)),
        ("items[0] and [text](http://x) and [1](http://x)", (), ()),
        ("no citation", (), ()),
    ],
)
def test_citations(answer: str, citations: tuple[int, ...], dangling: tuple[int, ...]) -> None:
    found = grounding.check(answer, "q", log("a", "b"))
    assert (found.citations, found.dangling) == (citations, dangling)


@pytest.mark.parametrize(
    "name",
    [
        "checkout-6d8f9c7b5d-x2x4z",
        "checkout-7d8f9-abcde",
        "orders-migrate-42-b4x7k",
        "node-exporter-4kx9d",
    ],
)
def test_an_invented_pod_is_found(name: str) -> None:
    assert grounding.unknown_names(f"Pod `{name}` crashes", "q", log("web-1")) == (name,)
    assert not grounding.unknown_names(f"Pod {name} crashes", f"what of {name}?", log("web-1"))
    assert not grounding.unknown_names(f"Pod {name} crashes", "q", log(f"{name} 0/1 Error"))


@pytest.mark.parametrize(
    "text",
    [
        "shop-checkout/checkout: CrashLoopBackOff, exit code 137, OOMKilled",
        "kubectl rollout undo deployment/checkout -n shop-checkout",
        "registry.example.com/team/search-api:4.4.2 was not found (HTTP 404)",
        "2026-11-24T10:00:00Z postgres-db is up; ledger-db-0 is Pending on node-1",
        "memory limit 128Mi, data set of 256 MB, us-east-1",
    ],
)
def test_ordinary_words_are_not_taken_for_pods(text: str) -> None:
    assert grounding.unknown_names(text, "q", log("nothing")) == ()
