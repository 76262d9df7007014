"""In a small window, a question for a fact is answered as soon as a result holds it."""

import pytest

from agent.test_loop import Run, call, calls, investigate, says
from agent.tools import lookup
from holmes.agent.enough import asks_for_a_meaning, denies, holds_what_was_asked
from holmes.core.evidence import Evidence
from holmes.core.messages import (
    AssistantMessage,
    JsonObject,
    ToolMessage,
    UserMessage,
)
from holmes.core.tool_output import ToolOutput, ToolStatus
from holmes.models.scripted import ScriptedModel

TABLE = """\
NAME          READY   UP-TO-DATE   AVAILABLE   CONTAINERS    IMAGES
fraud-check   2/2     2            2           fraud-check   acme.internal/fraud-check:2.0.1
"""
COMMAND = "kubectl get deployment fraud-check -n fraud -o wide"


def result(text: str = TABLE, status: ToolStatus = "ok") -> Evidence:
    output = ToolOutput(status=status, text=text, command=COMMAND)
    return Evidence(
        number=1, tool="kubectl_get", arguments={}, output=output, excerpt="", seconds=0.0
    )


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("which image does deployment fraud-check in namespace fraud run?", True),
        ("Which images do the deployments in fraud use?", True),
        ("how many replicas does fraud-check have?", False),
        ("what memory limit does fraud-check in namespace fraud have?", False),
        ("which node runs fraud-check?", False),
        ("what about fraud-check?", False),
        ("what is a ConfigMap good for?", False),
    ],
)
def test_a_result_holds_what_was_asked_where_it_has_every_telling_word(
    question: str,
    holds: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert holds_what_was_asked(question, [result("Other: things"), result()]) is holds


def test_a_call_that_failed_holds_nothing() -> None:
    question = "which image does deployment fraud-check run?"
    assert not holds_what_was_asked(question, [result(status="failed")])
    assert not holds_what_was_asked(question, [])


@pytest.mark.parametrize(
    "answer",
    [
        "The results do not show a memory limit.",
        "The memory limit isn't listed in the output.",
        "There is no information about limits.",
        "I cannot determine the version from the results above.",
    ],
)
def test_an_answer_that_says_it_does_not_know_is_recognised(answer: str) -> None:
    assert denies(answer)


@pytest.mark.parametrize(
    "answer", ["It runs fraud-check:2.0.1 [1].", "Two replicas, both ready [1].", "96Mi [2]."]
)
def test_an_answer_that_knows_is_not_taken_for_a_denial(answer: str) -> None:
    assert not denies(answer)


@pytest.mark.parametrize(
    ("question", "general"),
    [
        ("what is a ConfigMap good for?", True),
        ("What does CrashLoopBackOff mean?", True),
        ("what is the difference between a Job and a CronJob?", True),
        ("what are the differences between requests and limits?", True),
        ("what is a pod of fraud-check doing?", False),
        ("what does checkout in our cluster do?", False),
        ("what is wrong?", False),
        ("what is the image of scorer?", False),
    ],
)
def test_a_question_for_a_meaning_names_nothing_of_a_system(
    question: str,
    general: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert asks_for_a_meaning(question) is general


def test_a_question_for_a_meaning_is_answered_without_tools_and_says_so() -> None:
    text = "A ConfigMap keeps settings apart from the image; `kubectl create configmap` makes one."
    run = asked(says(text), question="what is a ConfigMap good for?")
    assert (run.answer.text, run.answer.state) == (text, "answered")
    assert run.answer.reason.startswith("No tool was called")
    assert [bool(request.tools) for request in run.model.requests] == [False]


QUESTION = "which image does deployment web run?"
HOLDS = lookup(prints="deployment web: image web:1.2")


def asked(*replies: AssistantMessage, question: str = QUESTION, window: int = 4096) -> Run:
    model = ScriptedModel(replies, context_window=window)
    return investigate(*replies, question=question, model=model, tools=(HOLDS,))


def test_the_answer_is_asked_for_without_tools_once_a_result_holds_it() -> None:
    run = asked(calls(call("lookup", what="web")), says("It runs web:1.2 [1]."))
    assert run.answer.text == "It runs web:1.2 [1]."
    assert [bool(request.tools) for request in run.model.requests] == [True, False]


def test_a_denial_is_not_the_answer_yet() -> None:
    run = asked(
        calls(call("lookup", what="web")),
        says("The results do not show the image."),
        calls(call("lookup", "c2", what="web in full")),
        says("It runs web:1.2 [2]."),
    )
    assert run.answer.text == "It runs web:1.2 [2]."
    assert [bool(request.tools) for request in run.model.requests] == [True, False, True, True]
    assert "do not show" not in run.shown.rpartition("It runs")[2]
    kinds = [type(message) for message in run.model.requests[2].messages[-4:]]
    assert kinds == [ToolMessage, UserMessage, AssistantMessage, UserMessage]


@pytest.mark.parametrize(
    ("question", "window"),
    [(QUESTION, 32_768), ("why does deployment web fail to run its image?", 4096)],
    ids=["large window", "diagnosis"],
)
def test_a_large_model_and_a_diagnosis_keep_their_tools(question: str, window: int) -> None:
    run = asked(
        calls(call("lookup", what="web")), says("web:1.2 [1]."), question=question, window=window
    )
    assert [bool(request.tools) for request in run.model.requests] == [True, True]


def test_a_model_that_answers_with_an_error_is_sent_on_once() -> None:
    async def fails(_: JsonObject) -> ToolOutput:
        return ToolOutput(status="failed", command="broken web", note="there is no such column.")

    broken = lookup("broken")
    broken.function = fails
    replies = (calls(call("broken", what="web")), says("There is no such column."))
    found = (calls(call("lookup", "c2", what="web")), says("web-1 is fine [2]."))
    run = investigate(*replies, *found, tools=(broken, lookup()))
    assert run.answer.text == "web-1 is fine [2]."
    assert "did not work" in run.model.requests[2].messages[-1].content
    own = says("I could not look: kubectl knows no column colour, so nothing can be said of web.")
    run = investigate(replies[0], own, tools=(broken, lookup()))
    assert len(run.model.requests) == 2
    run = investigate(*replies, says("There is no such column."), tools=(broken, lookup()))
    assert len(run.model.requests) == 3
    assert run.answer.gaps == (
        "Not seen: what `broken web` shows (it failed: there is no such column).",
    )
