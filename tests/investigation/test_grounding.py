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
    ("answer", "citations", "kept"),
    [
        ("fine [1].", (1,), "fine [1]."),
        ("fine [1, 2] and [2][1]", (1, 2), "fine [1, 2] and [2][1]"),
        ("see [3], it is down [3].", (), "see, it is down."),
        ("fine [1, 3].", (1,), "fine [1]."),
        ("items[0], [text](http://x) and [1](http://x)", (), None),
        ("no citation", (), None),
    ],
)
def test_citations_of_nothing_are_left_out(
    answer: str, citations: tuple[int, ...], kept: str | None
) -> None:
    evidence = log("a", "b")
    assert grounding.citations(answer, evidence) == citations
    assert grounding.without_dangling(answer, evidence) == (answer if kept is None else kept)


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


def test_where_there_is_one_result_every_number_means_it() -> None:
    assert grounding.without_dangling("a [1], b [2].", log("x")) == "a [1], b [1]."
