"""Which tools are shown where there are many, and how a model finds the others."""

from dataclasses import replace

import anyio
import pytest
from scripted import ScriptedModel

from agent.tools import lookup, toolset
from holmes.agent.conversation import Limits
from holmes.agent.loop import Investigation
from holmes.agent.strategies.plain import Plain
from holmes.agent.tool_choice import MoreTools, ToolChoice
from holmes.core.messages import AssistantMessage, ToolCall, ToolMessage
from holmes.tools import registry
from holmes.tools.base import Toolset
from support.context import tool_context

ABOUT = (
    *("kafka consumer lag by group", "rabbitmq queue depth", "postgres slow queries"),
    *("redis memory by key", "certificates that expire soon", "dns records of a zone"),
    *("github workflow runs", "terraform plan of a workspace", "aws load balancer targets"),
    *("grafana dashboards", "prometheus alert rules", "pagerduty incidents on call"),
)


def users_toolset(about: str, tools: int = 6) -> Toolset:
    """As an MCP server brings it: several tools with long descriptions."""
    name = about.split(maxsplit=1)[0]
    made = []
    for number in range(tools):
        tool = lookup(f"{name}_{number}", prints=f"{name} says {number}")
        description = f"Show {about}, variant {number}. " + "It takes a while and is exact. " * 8
        made.append(replace(tool, definition=replace(tool.definition, description=description)))
    return replace(toolset(*made), name=name, description=about, source="tools.yaml")


MANY = tuple(map(users_toolset, ABOUT))
BUILTIN = tuple(
    replace(item, status=MANY[0].status) for item in registry.load((), {}, tool_context())
)


def offered(question: str, window: int, *toolsets: Toolset) -> list[str]:
    choice = ToolChoice(toolsets)
    choice.begin(question, window)
    return [tool.name for tool in choice.offered]


@pytest.mark.parametrize("window", [4096, 8192, 128_000])
def test_few_tools_are_all_shown_and_nothing_else(window: int) -> None:
    few = toolset(lookup("a"), lookup("b"))
    assert offered("what is it?", window, few) == ["a", "b"]


def test_all_tools_are_shown_where_the_window_is_large() -> None:
    assert len(offered("why?", 128_000, *BUILTIN, *MANY)) == sum(
        len(item.tools) for item in (*BUILTIN, *MANY)
    )


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("how far behind are the consumers of kafka?", "kafka"),
        ("which certificate expires next?", "certificates"),
        ("is the rabbitmq queue of orders growing?", "rabbitmq"),
        ("show the slowest query of postgres", "postgres"),
    ],
)
def test_what_a_question_is_about_is_shown_among_many(question: str, wanted: str) -> None:
    shown = offered(question, 16_384, *BUILTIN, *MANY)
    assert any(name.startswith(wanted) for name in shown)
    assert "more_tools" in shown
    assert len(shown) < 40


def test_the_built_in_tools_stay_where_no_word_of_the_question_fits() -> None:
    shown = offered("why is checkout broken?", 16_384, *MANY, *BUILTIN)
    assert {"kubectl_get", "kubectl_logs", "kubectl_describe", "find_problems"} <= set(shown)


def test_the_main_built_in_tools_are_shown_in_the_tiniest_window() -> None:
    shown = offered("why is checkout failing?", 2048, *BUILTIN)
    assert {"kubectl_get", "kubectl_logs", "find_problems", "more_tools"} <= set(shown)
    assert len(shown) < 10


def test_tools_keep_the_order_of_their_toolsets() -> None:
    shown = offered("kafka lag and redis memory", 16_384, *MANY)
    names = [name for name in shown if name != "more_tools"]
    assert names == [n for n in (t.definition.name for i in MANY for t in i.tools) if n in names]


@pytest.mark.parametrize("window", [4096, 8192, 16_384])
def test_what_is_shown_takes_a_quarter_of_the_window_at_most(window: int) -> None:
    choice = ToolChoice((*BUILTIN, *MANY))
    choice.begin("why is kafka slow?", window)
    size = sum(len(tool.description) + len(str(tool.parameters)) for tool in choice.offered)
    assert size / 4 < window / 4


def call(name: str, number: int, **arguments: object) -> AssistantMessage:
    made = ToolCall(id=f"c{number}", name=name, arguments=arguments)  # type: ignore[arg-type]
    return AssistantMessage(tool_calls=(made,))


def test_a_model_finds_further_tools_and_calls_them() -> None:
    model = ScriptedModel(
        [
            call("more_tools", 1, query="who is on call"),
            call("pagerduty_0", 2, what="x"),
            AssistantMessage(content="Nobody [2]."),
        ],
        context_window=8192,
    )
    investigation = Investigation(
        model=model,
        toolsets=(*BUILTIN, *MANY),
        strategy=Plain(),
        limits=Limits(),
        emit=lambda _: None,
    )
    anyio.run(investigation.run, "list the pods")
    before, after, last = ([tool.name for tool in request.tools] for request in model.requests)
    assert "pagerduty_0" not in before
    assert after[: len(before)] == before, "what was shown stays where it was"
    assert "pagerduty_0" in after
    assert last == after
    results = [m.content for m in model.requests[-1].messages if isinstance(m, ToolMessage)]
    assert "pagerduty_0(what: " in results[0]
    assert "pagerduty says 0" in results[1]


def test_a_search_that_finds_nothing_names_what_there_is() -> None:
    choice = ToolChoice(MANY)
    choice.begin("kafka", 4096)
    before = choice.offered
    output = anyio.run(MoreTools(choice=choice).run, {"query": "zebra"})
    assert output.status == "no_data"
    assert "aws_0" in output.note
    assert choice.offered == before
