"""When code looks before the model does, and at what."""

from dataclasses import replace

import pytest

from agent.test_loop import call, calls, investigate, says
from agent.tools import lookup, overview, toolset
from holmes.agent import prompt
from holmes.agent.leading import SMALL_WINDOW
from holmes.agent.opening import (
    named_namespace,
    narrowed,
    opening_calls,
    settles,
    unexplained,
)
from holmes.models.scripted import ScriptedModel
from holmes.tools.base import ToolsetStatus

TRIAGE = replace(toolset(overview()), opening="overview")


@pytest.mark.parametrize(
    ("question", "namespace"),
    [
        ("what is wrong in namespace shop-cart?", "shop-cart"),
        ("why is checkout in the `payments` namespace failing", "payments"),
        ("why does report-worker in data-reports keep restarting?", "data-reports"),
        ("holmes: -n billing, why pending?", "billing"),
        ("what pods are unhealthy and why?", ""),
        ("which namespace has problems?", ""),
        ("is anything wrong in the cluster?", ""),
    ],
)
def test_the_namespace_of_a_question(question: str, namespace: str) -> None:
    assert named_namespace(question) == namespace


def test_a_diagnosis_opens_with_the_namespace_and_then_without() -> None:
    made = opening_calls("why is x failing in namespace shop?", [TRIAGE], 8192)
    assert [c.arguments for c in made] == [{"namespace": "shop"}, {}]


@pytest.mark.parametrize(
    ("question", "window"),
    [("list the services", 8192), ("how many pods run in billing?", 8192), ("why?", 128_000)],
)
def test_other_questions_and_large_models_open_with_nothing(question: str, window: int) -> None:
    assert opening_calls(question, [TRIAGE], window) == []
    assert SMALL_WINDOW < 128_000


@pytest.mark.parametrize(
    ("question", "scopes"),
    [
        ("what pods are unhealthy and why?", [{}]),
        ("is anything broken?", [{}]),
        ("please list the workloads that are crashing or not ready", [{}]),
        ("what is wrong in namespace shop?", [{"namespace": "shop"}, {}]),
        ("why does checkout crash?", []),
        ("are there errors in the log of web-1?", []),
        ("what is wrong with the orders?", []),
        ("how do I install helm?", []),
        ("list the pods", []),
    ],
)
def test_a_broad_question_opens_for_any_model(question: str, scopes: list[object]) -> None:
    assert [call.arguments for call in opening_calls(question, [TRIAGE], 128_000)] == scopes


def test_a_toolset_that_cant_be_used_opens_nothing() -> None:
    broken = replace(TRIAGE, status=ToolsetStatus(state="failed", reason="no kubectl"))
    assert opening_calls("what is wrong?", [broken], 8192) == []


def test_without_an_opening_tool_the_model_has_the_first_word() -> None:
    run = investigate(calls(call("lookup", what="web")), says("fine [1]"), question="why?")
    assert len(run.model.requests[0].messages) == 2


@pytest.mark.parametrize(
    ("question", "window", "enough"),
    [
        ("what is unhealthy?", 8192, True),
        ("why does report-worker restart?", 8192, True),
        ("why is mail-sender slow?", 8192, False),
        ("what is unhealthy?", 16_384, False),
    ],
)
def test_when_the_first_look_is_enough_for_a_small_model(
    question: str, window: int, *, enough: bool
) -> None:
    assert (
        settles(question, "1. Deployment data-reports/report-worker: OOMKilled", window) is enough
    )


def test_a_small_model_answers_from_the_first_look_alone() -> None:
    run = investigate(says("web-1 is fine [1]"), question="what is wrong?", toolsets=(TRIAGE,))
    assert [request.tools for request in run.model.requests] == [()]
    assert run.answer.citations == (1,)


FOUND = """\
- Deployment a/web: container web is OOMKilled (exit 137): it exceeds its memory limit of 128Mi
  pods: web-1
- Deployment b/api: image api:2 can't be pulled: the registry refuses connections
looked at: 2 pods"""


def test_a_cause_that_a_broad_answer_leaves_out_is_found() -> None:
    told = "Pods web-1 and api-1 are unhealthy: image api:2 can't be pulled, the registry refuses."
    [missed] = unexplained("what pods are unhealthy and why?", FOUND, told)
    assert "OOMKilled" in missed
    assert unexplained("what is wrong in namespace b?", FOUND, told) == []
    both = told + " web is OOMKilled, it exceeds its memory limit of 128Mi in its container."
    assert unexplained("what is unhealthy?", FOUND, both) == []


PULL = """\
- Deployment catalog/search: image acme.internal/search:4.4.2 can't be pulled (ImagePullBackOff): \
the registry refuses connections; no node has this tag, node-1 has tag 4.4.1
- Deployment catalog/item-api: the container was OOMKilled, limit 128Mi
- Job shop/migrate: the Job failed since 2026-11-24T16:16:48Z: column "code" already exists"""
TOLD_HALF = "search: ImagePullBackOff, the registry refuses connections, image can't be pulled [1]."


@pytest.mark.parametrize(
    ("question", "answer", "added"),
    [
        ("search returns nothing, what happened?", TOLD_HALF, ["search"]),
        ("search returns nothing, what happened?", f"{TOLD_HALF} Tag 4.4.2.", []),
        ("what is wrong in namespace catalog?", f"{TOLD_HALF} Tag 4.4.2.", ["item-api"]),
        ("what is wrong in namespace shop?", "The Job failed: column code already exists.", []),
        ("what is wrong in namespace shop?", "Nothing.", ["migrate"]),
        ("why does item-api in namespace catalog restart?", "OOMKilled, limit 128Mi.", []),
        ("why does payment-api in namespace catalog restart?", "I can't say.", []),
    ],
    ids=["value", "whole", "other", "time", "none", "one object", "unknown object"],
)
def test_what_a_focused_answer_leaves_out_is_added(
    question: str, answer: str, added: list[str]
) -> None:
    names = [
        line.split()[2].strip(":").split("/")[1] for line in unexplained(question, PULL, answer)
    ]
    assert names == added


def test_what_is_added_to_an_answer_is_of_the_first_look() -> None:
    log = lookup(prints="- ERROR db-1: connection refused by the second replica of the database")
    look = replace(toolset(overview(FOUND), log), opening="overview")
    reading = calls(call("lookup", what="log"))
    told = "Deployment b/api: image api:2 can't be pulled, the registry refuses connections [1]."
    replies = (reading, reading, says(told))  # what asks for the same again is done looking
    run = investigate(
        question="what pods are unhealthy and why?",
        toolsets=(look,),
        model=ScriptedModel(replies, context_window=16_384),
    )
    assert "Also found [1]:" in run.answer.text
    assert "OOMKilled" in run.answer.text
    assert "db-1" not in run.answer.text


def test_a_small_model_with_a_long_window_answers_from_the_first_look_all_the_same() -> None:
    look = replace(toolset(overview(FOUND)), opening="overview")
    for name, offered in (("qwen2.5-1.5b-instruct", False), ("gpt-4o", True)):
        model = ScriptedModel([says("web is OOMKilled [1].")], context_window=32_768, name=name)
        run = investigate(question="what is unhealthy?", toolsets=(look,), model=model)
        assert [bool(request.tools) for request in run.model.requests] == [offered]


@pytest.mark.parametrize(("name", "told"), [("qwen2.5-1.5b-instruct", False), ("gpt-4o", True)])
def test_a_model_that_looks_for_itself_is_told_to_confirm_what_was_found(
    name: str, *, told: bool
) -> None:
    found = "- Deployment shop/web: OOMKilled, limit 128Mi\n  check: kubectl logs web-1 -n shop"
    look = replace(toolset(overview(found)), opening="overview")
    model = ScriptedModel([says("web is OOMKilled [1].")], context_window=32_768, name=name)
    run = investigate(question="what is unhealthy?", toolsets=(look,), model=model)
    (result,) = run.results()
    assert result.endswith(prompt.CONFIRM) is told
    assert all(prompt.CONFIRM not in entry.excerpt for entry in run.investigation.evidence)


LOOK = """\
- Deployment users/profile: readinessProbe GET /readyz fails
  pods: profile-76d68b7d45-5ttqq
- Deployment edge/log-shipper: 3 pods were Evicted
- Service shop/cart: its selector matches no pod
looked at: 12 pods in 4 namespaces"""


def test_a_small_model_is_shown_what_the_question_is_about() -> None:
    assert narrowed("profiles can't be opened", LOOK, 8192) == (
        "- Deployment users/profile: readinessProbe GET /readyz fails\n"
        "  pods: profile-76d68b7d45-5ttqq\n"
        "[left out here: 2 findings about other objects]"
    )
    assert narrowed("what is wrong?", LOOK, 8192) == LOOK
    assert narrowed("profiles can't be opened", LOOK, 128_000) == LOOK


@pytest.mark.parametrize(
    ("question", "enough"),
    [
        ("is fraud-check in namespace fraud healthy now?", True),
        ("it felt slow. are the pods of fraud-check in namespace fraud fine?", True),
        ("why does fraud-check in namespace fraud crash?", False),
        ("is fraud-check healthy?", False),
    ],
)
def test_where_nothing_was_found_in_its_namespace_a_thing_is_well(
    question: str,
    enough: bool,  # noqa: FBT001  # a column of the table
) -> None:
    nothing = "Nothing is wrong in namespace fraud: every object that was looked at is healthy."
    assert settles(question, nothing, 4096, clean=True) is enough
    assert not settles(question, nothing, 128_000, clean=True)


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("is DNS healthy? it is coredns in namespace kube-system", "dns, coredns"),
        ("is anything wrong in namespace web?", ""),
        ("what is wrong with coredns?", ""),
    ],
)
def test_a_small_model_is_told_what_nothing_was_found_about(question: str, line: str) -> None:
    said = f"\n[nothing was found wrong with {line}]" if line else ""
    assert narrowed(question, LOOK, 8192) == LOOK + said
    assert narrowed(question, LOOK, 128_000) == LOOK


IN_SYSTEM = """\
- Node node-2: the node is NotReady since 2026-11-24T16:16:48Z
  leads to: Deployment metrics-server: calls to Node node-2 fail
healthy: Deployment coredns (1 of 1 ready), DaemonSet node-exporter (2 of 2 ready) and 3 more
looked at: 2 pods in namespace kube-system"""
WELL, LEFT_OUT = (
    "healthy, nothing was found wrong with it: ",
    "\n[left out here: 1 finding about other objects]",
)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        (
            "is the cluster's DNS healthy? it is coredns in namespace kube-system",
            f"{WELL}Deployment coredns (1 of 1 ready){LEFT_OUT}",
        ),
        (
            "are the pods of node-exporter in namespace kube-system fine?",
            f"{WELL}DaemonSet node-exporter (2 of 2 ready){LEFT_OUT}",
        ),
        ("is metrics-server in namespace kube-system healthy?", IN_SYSTEM),
        ("what is wrong with coredns in namespace kube-system?", IN_SYSTEM),
        ("is anything wrong in namespace kube-system?", IN_SYSTEM),
    ],
)
def test_of_what_is_well_a_small_model_is_shown_that_it_is(question: str, shown: str) -> None:
    assert narrowed(question, IN_SYSTEM, 4096) == shown
    assert settles(question, IN_SYSTEM, 4096)


def test_nothing_is_added_to_the_answer_about_what_is_well() -> None:
    asked = "is coredns in namespace kube-system healthy?"
    assert unexplained(asked, IN_SYSTEM, "coredns is healthy, 1 of 1 ready [1].") == []


@pytest.mark.parametrize(
    ("question", "opens", "enough"),
    [
        ("the profile page can't be opened", True, True),
        ("no profile is saved any more, what happened?", True, True),
        ("which pods do not have a memory limit?", True, False),
        ("how many profile pods are there?", False, True),
    ],
)
def test_a_symptom_opens_and_settles_only_with_a_finding_that_fits(
    question: str, *, opens: bool, enough: bool
) -> None:
    assert bool(opening_calls(question, [TRIAGE], 8192)) is opens
    assert settles(question, LOOK, 8192) is enough


def test_the_model_reads_what_its_question_is_about_and_the_record_keeps_all() -> None:
    look = replace(toolset(overview(LOOK)), opening="overview")
    run = investigate(
        says("Deployment users/profile: its readinessProbe fails [1]."),
        question="the profile page can't be opened",
        toolsets=(look,),
    )
    [shown] = run.results()
    assert "/readyz" in shown
    assert "log-shipper" not in shown
    [entry] = run.investigation.evidence
    assert entry.output.text == LOOK
