"""Names and citations in an answer, held against the evidence."""

import pytest

from holmes import grounding
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.tool_output import ToolOutput


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


PODS = "NAME   READY   STATUS    RESTARTS\nc-1    1/1     Running   0\n"


def texts(answer: str, question: str = "q", *outputs: str) -> list[str]:
    return [item.text for item in grounding.unfounded(answer, question, log(*outputs))]


@pytest.mark.parametrize(
    "name",
    [
        "checkout-6d8f9c7b5d-x2x4z",
        "checkout-7d8f9-abcde",
        "orders-migrate-42-b4x7k",
        "node-exporter-4kx9d",
    ],
)
def test_an_invented_pod_is_found_even_in_a_command(name: str) -> None:
    assert texts(f"Pod `{name}` crashes", "q", "web-1") == [name]
    assert texts(f"Run kubectl logs {name}.", "q", "web-1") == [name]
    assert not texts(f"Pod {name} crashes", f"what of {name}?", "web-1")
    assert not texts(f"Pod {name} crashes", "q", f"{name} 0/1 Error")


@pytest.mark.parametrize(
    "text",
    [
        "The container is crash-looping, out-of-memory, with an exponential back-off.",
        "It is a read-only, well-known, long-running and cluster-wide problem.",
        "kubectl rollout undo deployment/checkout -n shop-checkout",
        "Set the memory limit to 256Mi, or change the image to registry.example.com/a/b:2.0.1.",
        "Exit code 137 means that the kernel sent SIGKILL (128 + 9).",
        "HTTPS uses port 443 by default; Kubernetes 1.25 removed PodSecurityPolicy.",
        "Run `kubectl describe pod <pod-name> -n <namespace>` to see more.",
        "1. First, check DNS for db-primary.internal.example.com.\n2. Then restart it.",
        "**Fix:** raise `limits.memory` to 512Mi.\n\n```yaml\nlimits:\n  memory: 512Mi\n```",
    ],
)
def test_english_general_knowledge_and_proposals_are_not_claims(text: str) -> None:
    assert texts(text, "q", "nothing") == []


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("It requests 0.5 CPU and 1024Mi.", "cpu: 500m, memory: 1Gi"),
        ("The limit is 128 MiB (134217728 bytes).", "memory: 128Mi"),
        ("It is about 8 minutes old.", "web  1/1  Running  0  7m41s"),
        ("It ran for 2 seconds.", "Started: 16:19:02 Finished: 16:19:04"),
        ("It was seen at 16:15:56.", "Tue, 24 Nov 2026 16:15:56 +0000"),
        ("It says \u201eline one … the end\u201c.", "line one\n  and two\n the   end of it"),
        ("The log has `**very**  bad news today`.", r"very bad \"news\" today"),
        ("2 of 3 pods are ready.", "web  2/3"),
        ("Two pods fail.", f"{PODS}a-1    0/1     Error     0\nb-1    0/1     Error     0\n"),
        ("It has restarted 17 times.", f"{PODS}a-1    0/1     Error     17 (3m ago)\n"),
        ("27 of 42 are up, about 64%.", "27 of 42 pods"),
        ("It began 7m38s ago with `A_B=256`.", "7m38s  A_B:  256"),
        ("The key is «token:1».", "Authorization: «token:1»"),
        ("The database url has «password:2» in it.", "url: postgres://«password:2»@db"),
    ],
)
def test_other_spellings_of_what_is_shown_hold(answer: str, shown: str) -> None:
    assert texts(answer, "q", shown) == []
    assert texts(answer, "q", "something else entirely") != []


def test_a_change_to_itself_is_none() -> None:
    shown = "image: shop/checkout:2.3.0 → shop/checkout:2.3.1"
    assert texts("The image changed: shop/checkout:2.3.0 → shop/checkout:2.3.1", "q", shown) == []
    wrong = "The image changed: shop/checkout:2.3.0 → shop/checkout:2.3.0"
    assert texts(wrong, "q", shown) == ["shop/checkout:2.3.0 → shop/checkout:2.3.0"]


def test_what_is_now_is_checked_inside_a_proposal() -> None:
    proposal = "Raise the limit from 512Mi to 1Gi."
    assert texts(proposal, "q", "memory: 128Mi") == ["512Mi"]
    assert texts(proposal, "q", "memory: 512Mi") == []


def cited(answer: str, *outputs: str) -> str:
    return grounding.Citer(grounding.Checker("q", log(*outputs))).text(answer)


@pytest.mark.parametrize(
    ("answer", "numbered"),
    [
        ("Pod web-1 fails.", "Pod web-1 fails [1]."),
        ("Pod web-1 fails [2].", "Pod web-1 fails [1]."),
        ("Pod web-1 runs on node-7 [1].", "Pod web-1 runs on node-7 [1, 2]."),
        ("Pod web-1 fails. It has 128Mi [1].", "Pod web-1 fails. It has 128Mi [1]."),
        (
            "| pod | node |\n|---|---|\n| web-1 | x |",
            "| pod | node |\n|---|---|\n| web-1 | x [1] |",
        ),
        ("These fail [1]:\n- web-1\n", "These fail [1]:\n- web-1\n"),
        ("Pod both-1 fails.", "Pod both-1 fails."),
        ("Fix: restart web-1.", "Fix: restart web-1."),
    ],
)
def test_a_citation_that_is_missing_or_wrong_is_put_right(answer: str, numbered: str) -> None:
    assert cited(answer, "web-1 memory: 128Mi both-1", "node-7 both-1") == numbered


def test_where_there_is_one_result_every_number_means_it() -> None:
    assert grounding.without_dangling("a [1], b [2].", log("x")) == "a [1], b [1]."
