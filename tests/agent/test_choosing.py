"""A small model chooses what a question is about, and explains it without spoiling it."""

import pytest
from scripted import ScriptedModel

from agent.led import CART_IS_WELL, EXPLAINED, LOOK, guided
from agent.running import FACTS, TROUBLE, Run, says
from agent.tools import PROBLEMS, FunctionTool, finding, findings, lookup
from holmes.core.errors import FeatureRefused
from holmes.core.messages import AssistantMessage, JsonObject, Usage
from holmes.core.tool_output import Table, ToolOutput
from holmes.models.base import ModelReply, ModelRequest, ProgressSink

MANY = (
    *PROBLEMS,
    finding("front", "its probe asks port 8081, the app listens on 8080"),
    finding("mail", "ConfigMap mail-settings does not exist (ConfigMap mail-config exists)"),
    finding("search", "users get 502 from it"),
)


def stated(run: Run) -> list[str]:
    return [each.object.rpartition("/")[2] for each in run.answer.stated]


@pytest.mark.parametrize(
    ("chosen", "again", "names"),
    [
        ("4", "2", ["front"]),
        ('{"numbers": [4]}', '{"numbers": [2]}', ["front"]),
        ("2", "2", ["checkout", "ledger", "front"]),
        ("0", "", ["checkout", "ledger", "front"]),
        ("none of them", "", ["checkout", "ledger", "front"]),
        ("1, 4", "5, 2", ["search", "front"]),
    ],
    ids=["sure", "held to a form", "by its place", "none", "in words", "two"],
)
def test_of_a_symptom_that_names_nothing_the_model_chooses_in_both_orders(
    chosen: str, again: str, names: list[str]
) -> None:
    nearest = [MANY[4], *MANY[:4]]
    question = "users see 502"
    replies = [says(chosen), *([says(again)] if again else []), EXPLAINED]
    run = guided(TROUBLE, *replies, question=question, look=findings(MANY))
    listed = run.model.requests[1].messages[-1].content
    assert listed.startswith("".join(f"{n}. {e.summary}\n" for n, e in enumerate(nearest, 1)))
    assert stated(run) == names
    assert bool(run.answer.more) is (len(names) > 2)


@pytest.mark.parametrize(
    ("chosen", "again", "broken"),
    [("1", "2", ["checkout"]), ("2", "1", [])],
    ids=["the broken one", "the healthy one"],
)
def test_of_a_healthy_and_a_broken_thing_that_are_named_the_model_chooses(
    chosen: str, again: str, broken: list[str]
) -> None:
    question = "cart is slow, is that because of checkout?"
    run = guided(TROUBLE, says(chosen), says(again), EXPLAINED, question=question)
    assert stated(run) == broken
    assert CART_IS_WELL in run.answer.text, "that it is well is never left out"


def test_where_the_model_is_not_sure_both_are_told() -> None:
    run = guided(TROUBLE, says("1"), says("1"), EXPLAINED, question="does cart wait for checkout?")
    assert stated(run) == ["checkout"]
    assert run.answer.more == CART_IS_WELL


def test_what_shares_its_namespace_with_something_broken_is_not_said_to_be() -> None:
    run = guided(TROUBLE, question="is cart in namespace shop ok?")
    assert run.answer.text == CART_IS_WELL


class Choosy(ScriptedModel):
    """Refuses to be held to a form, as servers without grammars do."""

    refused = 0

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        if request.response_format is not None:
            self.refused += 1
            raise FeatureRefused("no such parameter", feature="response_format")
        return await super().complete(request, progress)


def test_a_server_that_holds_to_no_form_is_asked_freely_from_then_on() -> None:
    model = Choosy([TROUBLE, says("4"), says("2"), EXPLAINED], context_window=8192)
    run = guided(model=model, question="users see 502", look=findings(MANY))
    assert (stated(run), model.refused) == (["front"], 1)


class Thinking(ScriptedModel):
    """Spends a short limit on thinking, and says nothing then."""

    async def complete(self, request: ModelRequest, progress: ProgressSink) -> ModelReply:
        if request.max_tokens is not None and request.max_tokens < 100:
            self.requests.append(request)
            self._replies.insert(0, says(""))
            thought = AssistantMessage(reasoning="Let me see.")
            return ModelReply(message=thought, stop_reason="length", usage=Usage(), model="m")
        return await super().complete(request, progress)


def test_a_model_that_thinks_gets_room_for_it() -> None:
    run = guided(model=Thinking([TROUBLE], context_window=8192), question="does cart crash?")
    assert [request.max_tokens for request in run.model.requests] == [4, 2048]
    assert run.answer.text == CART_IS_WELL


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Nobody can reach it. Change it to the port of the app.", 2),
        ("Nobody can reach it. Change the probe to 8081.", 1),
        ("The app listens on 8081, not 8080.", 0),
        ("Niemand kommt durch. Der Port ist 8081.", 1),
        ("Nobody can reach it. That is since ledger has no image.", 1),
        ("Set shop/cart right.", 0),
    ],
)
def test_of_an_explanation_no_sentence_stands_that_could_turn_the_statement_round(
    said: str, kept: int
) -> None:
    sentences = said.replace(". ", ".|").split("|")
    run = guided(TROUBLE, says(said), question="why is front down?", look=findings(MANY))
    assert run.answer.explanation == " ".join(sentences[:kept])


def test_the_one_name_of_a_cause_may_be_told_again_of_two_neither() -> None:
    said = says("Set DB_URL first.")
    assert (
        guided(TROUBLE, said, question="why is checkout down?").answer.explanation == said.content
    )
    said = says("Rename mail-config to mail-settings.")
    run = guided(TROUBLE, said, question="why is mail down?", look=findings(MANY))
    assert run.answer.explanation == ""


def pods(status: str = "Running") -> FunctionTool:
    """A tool that shows a table."""
    rows = (("cart-1", "1"), ("cart-2", "2"), ("web-1", "9"))
    tool = lookup(prints="\n".join(" ".join(row) for row in rows))

    async def function(arguments: JsonObject) -> ToolOutput:
        del arguments
        data = Table(columns=("NAME", "RESTARTS"), rows=rows, of="pods")
        text = f"NAME RESTARTS\n{chr(10).join(' '.join(row) for row in rows)}"
        return ToolOutput(status="ok", text=text, command=f"get {status}", data=data)

    tool.function = function
    return tool


ROWS = """\
**pods: 2 of 3** [2]

| NAME | RESTARTS |
| --- | --- |
| cart-1 | 1 |
| cart-2 | 2 |"""


def test_a_table_that_one_call_shows_is_told_by_code_and_the_model_explains() -> None:
    said = says("Two pods run [2].")
    run = guided(FACTS, LOOK, said, question="which pods has cart?", tool=pods())
    assert run.answer.text == f"{ROWS}\n\n*In the model's words:* Two pods run [2]."
    assert (run.answer.explanation, run.answer.citations) == (said.content, (2,))


def test_words_that_do_not_agree_with_the_table_are_left_out() -> None:
    said = says("cart-1 has 9 restarts [2].")
    run = guided(FACTS, LOOK, said, question="how often did cart restart?", tool=pods())
    assert run.answer.text == ROWS


def test_what_is_named_by_a_part_stays_behind_what_the_model_chooses() -> None:
    found = (
        finding("ledger", "it waits for its Service", namespace="pay-in"),
        finding("mail", "its image does not exist", namespace="pay-out"),
        finding("cache", "its memory is full", namespace="web"),
    )
    run = guided(TROUBLE, says("3"), says("1"), question="nobody can pay", look=findings(found))
    assert stated(run) == ["cache", "ledger", "mail"]
    run = guided(TROUBLE, EXPLAINED, question="nobody in pay-in gets on", look=findings(found))
    assert stated(run) == ["ledger"], "a whole name needs no choice"
