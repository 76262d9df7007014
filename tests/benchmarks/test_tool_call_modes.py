"""The questions of the mode table and their judge; the model itself is not asked here."""

from collections import Counter

import jsonschema_rs
import pytest
from questions import TOOL_COUNTS, Question, ToolCount, judge, questions, tools_for
from tool_call_modes import PAGE, load, table

from holmes.core.messages import JsonObject, ToolCall


def made(question: Question, arguments: JsonObject, **changes: str) -> ToolCall:
    return ToolCall(
        id="c1",
        name=changes.get("name", question.tool),
        arguments=arguments,
        parse_error=changes.get("parse_error", ""),
    )


def test_there_are_forty_and_each_tool_is_the_right_one_twice() -> None:
    found = questions()
    assert len({question.ask for question in found}) == 40
    assert set(Counter(question.tool for question in found).values()) == {2}


@pytest.mark.parametrize("count", TOOL_COUNTS)
def test_the_right_call_is_on_offer_and_satisfies_its_schema(count: ToolCount) -> None:
    for question in questions():
        tools = {tool.name: tool for tool in tools_for(question, count)}
        assert len(tools) == count
        parameters = dict(tools[question.tool].parameters)
        assert jsonschema_rs.is_valid(parameters, dict(question.arguments)), question.ask
        assert set(question.optional) <= set(parameters["properties"])  # type: ignore[arg-type]
        verdict = judge(question, [made(question, question.arguments)], tuple(tools.values()))
        assert verdict.tool
        assert verdict.arguments


def test_a_wrong_call_is_told_from_a_right_one() -> None:
    [logs] = [question for question in questions() if question.ask.startswith("Show the log of")]
    tools = tools_for(logs, 5)
    right = dict(logs.arguments)

    def verdict(*calls: ToolCall) -> tuple[bool, bool]:
        found = judge(logs, calls, tools)
        return found.tool, found.arguments

    assert verdict(made(logs, right | {"tail": "50"})) == (True, True), "the client mends that"
    assert verdict(made(logs, right | {"previous": False})) == (True, True), "it may be there"
    assert verdict(made(logs, right | {"container": "api"})) == (True, False)
    assert verdict(made(logs, right | {"tail": 5})) == (True, False)
    assert verdict(made(logs, {}, parse_error="not JSON")) == (True, False)
    assert verdict(made(logs, right, name="list_events")) == (False, False)
    assert verdict(made(logs, right), made(logs, right)) == (False, False)
    assert verdict() == (False, False)


def test_the_page_shows_what_was_measured() -> None:
    assert table(load()) in PAGE.read_text(encoding="utf-8")
