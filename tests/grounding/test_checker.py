"""What the answer check promises, one promise a test."""

import time
from collections.abc import Sequence

import pytest

from holmes.core.answer import Answer
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.finding import Finding, NextCall
from holmes.core.tool_output import Findings, Series, TimeSeries, ToolData, ToolOutput
from holmes.grounding import REPLACED, Checker

PODS = """\
NAMESPACE   NAME                        READY   STATUS             RESTARTS       AGE
shop        web-6fc7cd9cd5-h46tm        1/1     Running            0              7m29s
shop        web-6fc7cd9cd5-nkprc        1/1     Running            0              7m29s
billing     ledger-78bbb7575c-ctxps     0/1     CrashLoopBackOff   9 (49s ago)    7m21s
"""
TOP = """\
NAME                      CPU(cores)   MEMORY(bytes)
web-6fc7cd9cd5-h46tm      13m          64Mi
web-6fc7cd9cd5-nkprc      20m          48Mi
ledger-78bbb7575c-ctxps   1m           12Mi
"""
LOG = 'E1124 16:15:46 store.go:12] "open failed" err="dial tcp 10.0.0.7:5432: connection refused"'


def evidence(*texts: str, data: Sequence[ToolData | None] = ()) -> EvidenceLog:
    log = EvidenceLog()
    for number, text in enumerate(texts, start=1):
        output = ToolOutput(
            status="ok" if text else "no_data",
            text=text,
            command=f"kubectl get thing-{number}",
            data=data[number - 1] if data else None,
        )
        log.append(
            Evidence(
                number=number,
                tool="kubectl_get",
                arguments={} if text else {"kind": "poddisruptionbudgets", "namespace": "billing"},
                output=output,
                excerpt=text,
                seconds=0,
            )
        )
    return log


def answer(text: str, *texts: str, question: str = "why?") -> Answer:
    return Checker(question, evidence(*texts)).review(text).answer


def statuses(found: Answer) -> dict[str, str]:
    return {one.text: one.status for one in found.specifics}


def test_a_right_answer_comes_out_as_written() -> None:
    text = "`ledger` in `billing` is 0/1 and has restarted 9 times [1]."
    assert answer(text, PODS).text == text


def test_what_no_result_holds_is_marked_where_it_stands_and_listed() -> None:
    found = answer("`ledger` has a limit of 300Mi [1].", PODS)
    assert found.text.startswith("`ledger` has a limit of 300Mi (?) [1].")
    assert found.text.endswith("300Mi.")


def test_the_value_of_another_row_is_contradicted_by_its_own() -> None:
    found = answer("`web-6fc7cd9cd5-h46tm` uses 48Mi [1].", TOP)
    (wrong,) = [one for one in found.specifics if one.status == "contradicted"]
    assert (wrong.text, wrong.instead, wrong.evidence) == ("48Mi", "64Mi", (1,))
    assert "48Mi: result [1] has 64Mi" in found.text


def test_a_mark_in_a_table_stays_in_its_cell() -> None:
    table = "| Pod | Memory [1] |\n|---|---|\n| `web-6fc7cd9cd5-h46tm` | 48Mi |"
    assert "| 48Mi (?) |" in answer(table, TOP).text


@pytest.mark.parametrize(
    "text",
    [
        "`web-6fc7cd9cd5-h46tm` and `web-6fc7cd9cd5-nkprc` use 112Mi together: 64Mi and 48Mi [1].",
        "`web-6fc7cd9cd5-nkprc` uses 20m, `web-6fc7cd9cd5-h46tm` 13m, that is 65 % [1].",
        "Three times 500m is more than that: 3 x 500m = 1500m, and 64Mi are 0.0625 GiB [1].",
        "`web-6fc7cd9cd5-h46tm` braucht 64Mi, das 1,33-fache von 48Mi [1].",
        "\uff16\uff14Mi\u306e `web-6fc7cd9cd5-h46tm` [1].",
    ],
)
def test_what_follows_by_arithmetic_is_not_marked(text: str) -> None:
    assert "(?)" not in answer(text, TOP).text


def test_a_calculation_is_told() -> None:
    found = answer("The two use 64Mi and 48Mi, 112Mi together [1].", TOP)
    (total,) = [one for one in found.specifics if one.text == "112Mi"]
    assert (total.status, total.calculation) == ("computed", "64Mi + 48Mi = 112Mi")


def test_code_blocks_are_never_edited() -> None:
    fences = (
        "```yaml\nname: nowhere-at-all\nmemory: 777Mi\n```\n\n```\nnowhere to be seen here\n```"
    )
    review = Checker("why?", evidence(PODS)).review(f"It fails [1]:\n\n{fences}")
    assert fences in review.answer.text
    assert "(?) Not found in the results: nowhere to be seen here." in review.answer.text


def test_proposals_commands_and_general_knowledge_are_left_alone() -> None:
    text = (
        "Exit code 137 is 128 + 9. Set it to 512Mi with `kubectl set resources deploy/x` and look "
        "at `kubernetes.io/hostname`.\n\n```yaml\nreplicas: 3\n```\n\n`replicas: 3` is enough."
    )
    assert "(?)" not in answer(text, PODS).text


def test_an_empty_result_is_evidence() -> None:
    text = "There is no PodDisruptionBudget in `billing` [2]."
    assert answer(text, PODS, "").text == text


def test_a_wrong_citation_is_marked_and_told() -> None:
    found = answer("`web-6fc7cd9cd5-h46tm` uses 64Mi [1].", PODS, TOP)
    assert "64Mi [1] (?)." in found.text
    assert "[1]: 64Mi stands in [2]" in found.text


@pytest.mark.parametrize(
    ("said", "invented"),
    [
        ("`web-6fc7cd9cd5-zzzzz` is fine.", True),
        ("It runs `registry.example/shop/web:9.9`.", True),
        ("`ledger` waits for `data-ledger-0` [1].", False),
    ],
)
def test_only_what_can_only_be_invented_is_sent_back(said: str, *, invented: bool) -> None:
    assert bool(Checker("why?", evidence(PODS)).review(said).invented) is invented


def test_a_pod_that_is_insisted_on_is_replaced() -> None:
    text = Checker("why?", evidence(PODS)).insisted("`web-6fc7cd9cd5-zzzzz` is fine.").answer.text
    assert "zzzzz" not in text
    assert REPLACED in text


def test_a_series_is_read_at_its_time() -> None:
    points = ((1795528800.0, 0.119), (1795529100.0, 2.31))
    series = TimeSeries(series=(Series(labels={"service": "web"}, points=points),))
    log = evidence("matrix", data=[series])
    table = "| Time | `web` [1] |\n|---|---|\n| 14:00 | 119 ms |\n| 14:05 | 119 ms |"
    text = Checker("how slow?", log).review(table).answer.text
    assert "| 14:00 | 119 ms |" in text
    assert "| 14:05 | 119 ms (?) |" in text


def test_a_cause_that_a_result_states_is_confirmed_and_a_fact_has_no_verdict() -> None:
    cause = 'The database refuses connections: "dial tcp 10.0.0.7:5432: connection refused" [1].'
    (stated,) = answer(cause, LOG).statements
    assert (stated.verdict, stated.citations) == ("confirmed", (1,))
    assert not answer("There are 3 pods [1].", PODS, question="how many pods?").statements


def test_a_finding_of_the_checks_is_a_cause() -> None:
    finding = Finding(
        check="x",
        severity="critical",
        kind="Deployment",
        namespace="billing",
        name="ledger",
        cause="required variable PAYMENT_KEY is not set",
        next_call=NextCall(tool="kubectl_logs", arguments={}, command=""),
    )
    log = evidence(finding.summary, data=[Findings(findings=(finding,))])
    text = "`ledger` lacks `PAYMENT_KEY` [1]."
    (stated,) = Checker("why?", log).review(text).answer.statements
    assert stated.verdict == "confirmed"


ADVERSE = [
    "a",
    "1",
    "1,",
    "a-",
    "[1",
    "`a ",
    "a. ",
    "| 1 | 2m |\n",
    "12:30 ",
    "12Mi ",
    "**a-a",
    "> a b c\n",
]


@pytest.mark.parametrize("piece", ADVERSE)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    checker = Checker("why?", evidence(PODS))
    times = []
    for size in (100_000, 400_000):
        began = time.process_time()
        checker.review((piece * size)[:size])
        times.append(time.process_time() - began)
    # Four times the text: linear is four, quadratic sixteen; small times are noise.
    assert times[1] < 8 * max(times[0], 0.3), times


def test_five_megabytes_of_logs_take_a_moment() -> None:
    lines = (
        f"2026-11-24T16:{n // 60 % 60:02}:{n % 60:02}Z request {n * 7919:x}" for n in range(120_000)
    )
    log = evidence("\n".join(lines))
    began = time.process_time()
    Checker("why?", log).review("It failed at 16:20:11 with `request 1ef7` after 33.4 ms [1].")
    assert time.process_time() - began < 5
