"""Verdicts: set from what was seen, whatever the tone of the answer."""

import pytest

from grounding.grounding_corpus.corpus import log_of
from holmes import grounding
from holmes.core.answer import Answer

WHY = "why does report-worker keep restarting?"


def reviewed(text: str, question: str, *evidence: str) -> Answer:
    entries = log_of(evidence)
    return grounding.review(text, question, grounding.Checker(question, entries), entries)


@pytest.mark.parametrize(
    ("text", "evidence", "verdict"),
    [
        (
            "checkout-78bbb7575c-ctxps might crash because PAYMENT_API_KEY is not set [1].",
            "problems",
            "confirmed",
        ),
        (
            "Pod checkout-78bbb7575c-ctxps crashes because PAYMENT_API_KEY has expired [1].",
            "problems",
            "likely",
        ),
        (
            "report-worker-7db5977b8d-rnhcr is OOMKilled because its data grew over night [1].",
            "describe-worker",
            "likely",
        ),
        (
            "It is proven that report-worker restarts because its liveness probe fails [1].",
            "describe-worker",
            "inconclusive",
        ),
        ("Pod report-worker-7db5977b8d-rnhcr is in CrashLoopBackOff [1].", "pods", "inconclusive"),
        ("Node node-2 is NotReady because its disk is full [1].", "nodes", "inconclusive"),
        (
            'mailer-69cd6d559f-l8568 can\'t start: `configmap "mailer-settings" not found` [1].',
            "problems",
            "confirmed",
        ),
    ],
)
def test_a_verdict_follows_the_evidence(text: str, evidence: str, verdict: str) -> None:
    [finding] = reviewed(text, WHY, evidence).findings
    assert finding.verdict == verdict
    assert bool(finding.open) == (verdict == "inconclusive")


def test_an_open_finding_names_what_would_decide_it() -> None:
    [worker] = reviewed("Pod report-worker-7db5977b8d-rnhcr is in Error.", WHY, "pods").findings
    assert worker.open == "the log of report-worker-7db5977b8d-rnhcr would decide it"
    [node] = reviewed("Node node-2 is NotReady.", "what is wrong with it?", "nodes").findings
    assert node.open == "kubectl describe node node-2 would decide it"


def test_each_finding_has_its_object_and_the_decisive_lines() -> None:
    text = (
        "- **users/profile**: the readiness probe asks /readyz and gets 404 [1].\n"
        "- **data-reports/report-worker** is OOMKilled, limit 128Mi [1].\n\n"
        "Fix both soon."
    )
    answer = reviewed(text, "what is wrong?", "problems")
    assert [finding.object for finding in answer.findings] == [
        "users/profile",
        "data-reports/report-worker",
    ]
    lines = [line for quote in answer.findings[1].quotes for line in quote.lines]
    assert any("exceeds its memory limit of 128Mi" in line for line in lines)
    assert [quote.evidence for quote in answer.quotes] == [1]


def test_a_count_that_is_asked_for_is_a_statement_not_a_cause() -> None:
    answer = reviewed("42 pods: 27 of them are Running [1].", "how many pods?", "count-pods")
    assert answer.state == "answered"
    assert all(finding.verdict == "confirmed" for finding in answer.findings)
