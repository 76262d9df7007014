"""Whether an answer is right: answers as models write them, and what each is worth."""

import pytest

from holmes.core import events
from holmes.core.messages import Usage
from holmes.evals.phrases import affirms, names
from holmes.evals.run import Collector
from holmes.evals.scenario import Expectation
from holmes.evals.scoring import (
    Parts,
    Score,
    false_alarm,
    invented_names,
    says_nothing_is_wrong,
    score,
    swapped,
)
from holmes.grounding.checker import MARK

CHECKOUT = Expectation(
    object=["checkout"], cause=[["PAYMENT_API_KEY"]], never=["OOMKilled", "out of memory"]
)
MEMORY = Expectation(
    object=["report-worker"], cause=[["OOMKilled", "memory limit", "exceed* … memory"]]
)
CLAIM = Expectation(
    object=["ledger-db"], cause=[["fast-ssd"], ["not exist", "not found", "missing", "no such"]]
)
HEALTHY = Expectation(verdict="healthy")
TWO = Expectation(verdict="fact", cause=[["2 replicas", "two replicas"]])

RIGHT = {
    "plain": (CHECKOUT, "Deployment shop-checkout/checkout: PAYMENT_API_KEY is not set [1]."),
    "markdown": (CHECKOUT, "**checkout** fails because `PAYMENT_API_KEY` is *not* set."),
    "by its pod": (CHECKOUT, "Pod checkout-78bbb7575c-ctxps exits: set PAYMENT_API_KEY."),
    "wrapped": (CHECKOUT, "The checkout pods\nlack the variable\nPAYMENT_API_KEY."),
    "denies another cause": (CHECKOUT, "checkout was not OOMKilled; it lacks PAYMENT_API_KEY."),
    "sign of": (CHECKOUT, "checkout: no sign of being out of memory. PAYMENT_API_KEY is unset."),
    "rather than": (CHECKOUT, "checkout fails for PAYMENT_API_KEY rather than out of memory."),
    "curly": (CHECKOUT, "checkout isn\u2019t OOMKilled, PAYMENT_API_KEY is missing."),
    "case": (MEMORY, "Report-Worker was oomkilled."),
    "cannot because": (CHECKOUT, "checkout cannot start because of PAYMENT_API_KEY."),
    "does not because": (CHECKOUT, "checkout does not come up because PAYMENT_API_KEY is unset."),
    "a gap": (MEMORY, "report-worker-7db5977b8d-rnhcr exceeds its limit of memory of 128Mi"),
    "negation of the cause itself": (CLAIM, "ledger-db: StorageClass fast-ssd does not exist."),
    "ordinal pod": (CLAIM, "ledger-db-0 is Pending, storageclass `fast-ssd` not found"),
    "no such": (CLAIM, "There is no such StorageClass fast-ssd, so ledger-db stays Pending."),
    "could not find": (CLAIM, "ledger-db: it could not find fast-ssd, the class is missing."),
    "healthy": (HEALTHY, "Nothing is wrong in namespace fraud: all 3 pods are running."),
    "no problems": (HEALTHY, "I looked at pods and events and found no problems."),
    "none failing": (HEALTHY, "All pods are healthy; none is failing or pending."),
    "conditional": (HEALTHY, "Everything is healthy. If a pod crashes later, look at its log."),
    "past": (HEALTHY, "It is healthy: a probe was refused once after start, no failures since."),
    "premise": (HEALTHY, "scorer is not crashing: it has 0 restarts and is running normally."),
    "fact": (TWO, "fraud-check has 2 replicas, both ready."),
}  # fmt: skip

WRONG = {
    "empty": (CHECKOUT, ""),
    "another object": (CHECKOUT, "Deployment payments/ledger lacks PAYMENT_API_KEY."),
    "the namespace is not the object": (CHECKOUT, "In shop-checkout PAYMENT_API_KEY is not set."),
    "a longer name": (CHECKOUT, "checkout-gateway lacks PAYMENT_API_KEY."),
    "the symptom only": (CHECKOUT, "checkout is in CrashLoopBackOff with exit code 1."),
    "the cause denied": (CHECKOUT, "checkout crashes, but not because of PAYMENT_API_KEY."),
    "the cause denied after": (CHECKOUT, "checkout: PAYMENT_API_KEY is not the cause."),
    "ruled out": (CHECKOUT, "checkout crashes. PAYMENT_API_KEY can be ruled out."),
    "also what is not so": (CHECKOUT, "checkout lacks PAYMENT_API_KEY and was OOMKilled."),
    "not out of memory": (MEMORY, "report-worker was not OOMKilled."),
    "no evidence": (MEMORY, "report-worker: there is no evidence of a memory limit being hit."),
    "isn't due to": (MEMORY, "report-worker: this isn't due to a memory limit."),
    "not directly caused": (MEMORY, "report-worker: not directly caused by a memory limit."),
    "half of the cause": (CLAIM, "ledger-db uses StorageClass fast-ssd."),
    "alarm": (HEALTHY, "fraud-check is healthy but scorer keeps restarting."),
    "not ready": (HEALTHY, "All pods are running. One is not ready."),
    "vague": (HEALTHY, "I looked at the namespace."),
    "not healthy": (HEALTHY, "The namespace is not healthy."),
    "confirms the premise": (HEALTHY, "scorer crashes because of a failed connection."),
    "wrong number": (TWO, "fraud-check has 3 replicas."),
    "fact with an alarm": (TWO, "fraud-check has 2 replicas and one of them is failing."),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_passes(name: str) -> None:
    expect, answer = RIGHT[name]
    assert score(answer, expect).passed, score(answer, expect)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_fails(name: str) -> None:
    expect, answer = WRONG[name]
    assert not score(answer, expect).passed, score(answer, expect)


def test_a_score_tells_what_holds() -> None:
    told = score("checkout was OOMKilled", CHECKOUT)
    assert told == Score(
        passed=False,
        object=True,
        cause=False,
        false_alarm="",
        forbidden="OOMKilled",
        sprawl=(),
        invented=(),
        own_words=False,
        marked=0,
    )
    assert score("scorer is pending", HEALTHY).false_alarm == "pending"
    assert score("all is well", HEALTHY).object is None


def test_a_name_in_no_evidence_is_invented_and_fails_the_answer() -> None:
    answer = "checkout-7d8f9c6b5-x2k4j of checkout lacks PAYMENT_API_KEY."
    assert score(answer, CHECKOUT, evidence=["PAYMENT_API_KEY"]).invented == (
        "checkout-7d8f9c6b5-x2k4j",
    )
    assert not score(answer, CHECKOUT, evidence=["PAYMENT_API_KEY"]).passed
    assert score(answer, CHECKOUT, evidence=["pod checkout-7d8f9c6b5-x2k4j is down"]).passed
    assert score(answer, CHECKOUT, question=f"why {answer}?", evidence=[]).passed


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Look at pod web-front-1 there.", ("web-front-1",)),
        ("`pay-api` and `pay-api` are down", ("pay-api",)),
        ("Deployment shop-cart/cart-worker fails", ("shop-cart", "cart-worker")),
        ("It is a read-only, out-of-memory, well-known state.", ()),
        ("The pod crash-loops, the service auto-recovers, a `read-only` node", ()),
        ("Run kubectl get pods --all-namespaces -o custom-columns", ()),
        ("See /etc/nginx/site-conf.d/my-site.conf and https://x-y.example/a-b", ()),
        ("The image registry.acme.internal/web-front:1.2 is fine", ()),
        ("the service was slow, in a half-open state", ()),
    ],
)
def test_what_counts_as_a_name(answer: str, found: tuple[str, ...]) -> None:
    assert invented_names(answer, ["nothing of the kind"]) == found


def test_a_list_of_everything_is_no_answer_about_one_service() -> None:
    lines = [f"- Deployment {ns}/app: broken" for ns in ("aa", "bb", "cc", "dd")]
    answer = "\n".join(["- Deployment shop-checkout/checkout: PAYMENT_API_KEY is not set", *lines])
    elsewhere = ["aa", "bb", "cc", "dd", "ee"]
    told = score(answer, CHECKOUT, elsewhere=elsewhere)
    assert (told.cause, told.sprawl, told.passed) == (True, ("aa", "bb", "cc", "dd"), False)
    assert score("\n".join(answer.splitlines()[:4]), CHECKOUT, elsewhere=elsewhere).passed


def test_what_code_adds_is_told_from_the_models_own_words() -> None:
    said = "checkout is in CrashLoopBackOff."
    stated = "**Deployment shop-checkout/checkout**: PAYMENT_API_KEY is not set [1]"
    parts = Parts(by_code=stated, said=said)
    told = score(f"{stated}\n\n{said}", CHECKOUT, parts=parts)
    assert (told.passed, told.cause, told.by_code, told.own_words) == (True, True, True, False)
    alone = score(RIGHT["plain"][1], CHECKOUT)
    assert (alone.own_words, alone.by_code) == (True, None)


def test_the_rows_that_code_shows_are_data_and_no_alarm() -> None:
    row = "| web-1 | CrashLoopBackOff |"
    answer = f"{row}\n\nfraud-check has 2 replicas."
    assert score(answer, TWO, parts=Parts(by_code=row, said="", rows=(row,))).passed
    assert score(answer, TWO).false_alarm


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("targetPort is 80, not 8081: change it", ("80, not 8081",)),
        ("it should be `80` instead of `8081`", ("80, not 8081",)),
        ("the app listens on 8081, not 80", ()),
        ("it is 8080, not 8081", ()),
    ],
)
def test_a_mismatch_that_is_turned_round_is_wrong(said: str, wrong: tuple[str, ...]) -> None:
    assert swapped(said, ["the app listens on 8081, not 80 as targetPort says"]) == wrong


def test_a_wrong_detail_fails_an_answer_that_is_right_otherwise() -> None:
    answer = RIGHT["plain"][1]
    assert score(answer, CHECKOUT).passed
    assert not score(answer, CHECKOUT, wrong=["9 for 7"]).passed


def test_what_a_model_thinks_is_not_what_it_says() -> None:
    collector = Collector("why?")
    collector(events.ModelText(text="PAYMENT_API_KEY may not be set", reasoning=True))
    collector(events.ModelText(text="I don't know.", reasoning=False))
    collector(events.ModelReplied(step=1, usage=Usage(), seconds=1.0))
    assert collector.said == ["I don't know."]


def test_what_is_marked_as_unverified_is_counted() -> None:
    assert score(f"checkout{MARK} restarts 9 times{MARK}", CHECKOUT).marked == 2


def test_phrases_have_endings_gaps_and_edges() -> None:
    assert affirms("pods were evicted", ["evict*"])
    assert affirms("it exceeded the set quota", ["exceed* … quota"])
    assert not affirms("it exceeded.\nThe quota is fine", ["exceed* … quota"])
    assert not affirms("fastest-ssd", ["fast"])
    assert affirms("tag 4.4.2.", ["4.4.2"])
    assert not affirms("tag 4.4.21", ["4.4.2"])
    assert names("see cart.", ["cart-api", "cart"]) == "cart"
    assert not names("cart-api only", ["cart"])


def test_calm_and_alarm() -> None:
    assert says_nothing_is_wrong("Nothing's wrong: no issues were found")
    assert not says_nothing_is_wrong("No answer.")
    assert false_alarm("The pod is Pending") == "pending"
    assert not false_alarm("no pod is pending, crashing or evicted")
