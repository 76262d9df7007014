"""A model that is led: what is beside the first look is looked at, too, and stated by code."""

from collections.abc import Sequence
from dataclasses import replace

from agent.running import TROUBLE, Run, investigate
from agent.tools import FunctionTool, finding, findings, toolset
from holmes.agent.strategies.guided import Guided
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import (
    Findings,
    Series,
    Table,
    TimeSeries,
    ToolData,
    ToolOutput,
    ToolStatus,
)

AT = 1_795_536_000.0  # 16:00
METRICS = "metrics of shop:\n1. errors of cart: 0 % to 30 % from 16:00"
LINES = "\n".join(
    f'2026-11-24T16:0{n % 9}:00Z {{"level": "error", "msg": "no stock"}}' for n in range(12)
)
CHANGES = (
    ("2026-11-24T15:20:00Z", "release", "Release shop/tax.v2", "deployed"),
    ("2026-11-24T15:59:00Z", "rollout", "Deployment shop/tax", "image 1 → 2"),
    ("2026-11-24T15:59:30Z", "node", "Node n-2", "became unwell"),
    ("2026-11-24T16:20:00Z", "rollout", "Deployment shop/cart", "image 4 → 5"),
)


def shows(name: str, text: str, data: ToolData | None, *takes: str) -> FunctionTool:
    async def function(arguments: JsonObject) -> ToolOutput:
        status: ToolStatus = "ok" if text else "no_data"
        return ToolOutput(status=status, text=text, command=f"{name} {arguments}", data=data)

    parameters: JsonObject = {
        "type": "object", "properties": {each: {"type": "string"} for each in takes},
    }  # fmt: skip
    definition = ToolDefinition(name=name, description=name, parameters=parameters)
    return FunctionTool(definition=definition, function=function)


def metrics(text: str = METRICS) -> FunctionTool:
    points = tuple((AT + 60 * n, 0.3 if n >= 0 else 0.0) for n in range(-40, 20))
    series = Series(labels={"__name__": "errors"}, points=points)
    data = TimeSeries(series=(series,)) if text else None
    return shows("metrics", text, data, "namespace", "start")


def history() -> FunctionTool:
    table = Table(columns=("TIME", "WHAT", "OBJECT", "CHANGE"), rows=CHANGES, of="changes")
    return shows("history", "changes", table, "namespace", "since")


def database(*causes: str) -> FunctionTool:
    found = tuple(finding(name, f"{name} blocks cart", namespace="") for name in causes)
    text = "\n".join(each.summary for each in found)
    return shows("database", text, Findings(findings=found))


def well() -> FunctionTool:
    return findings(found=(), healthy=("shop/cart", "pay/fraud"))


def asked(question: str, *openings: FunctionTool, past: FunctionTool) -> Run:
    beside = [replace(toolset(each), opening=each.definition.name) for each in openings]
    last = replace(toolset(past), history=past.definition.name)
    return investigate(
        TROUBLE, toolsets=(*beside, last), question=question, strategy=Guided()
    )  # fmt: skip


def called(run: Run) -> Sequence[tuple[str, JsonObject]]:
    return [(entry.tool, dict(entry.arguments)) for entry in run.investigation.evidence]


def test_a_metric_and_the_change_before_it_are_told_together() -> None:
    run = asked("why does cart fail?", well(), metrics(), past=history())
    place = {"namespace": "shop"}
    assert called(run) == [("find", {}), ("metrics", place), ("history", {**place, "since": "2h"})]
    assert run.answer.citations == (1, 2, 3)
    assert "1. errors of cart: 0 % to 30 % from 16:00" in run.answer.text
    told = run.answer.text.partition("Changed before that, the latest first [3]:\n\n")[2]
    assert told.split("\n\n")[0].splitlines() == [
        "- 15:59 rollout Deployment shop/tax image 1 → 2",
        "- 15:20 release Release shop/tax.v2 deployed",
    ], "neither what came after it, nor what is in no namespace"
    assert "Nothing is wrong" not in run.answer.text


def test_changes_alone_are_not_to_blame() -> None:
    run = asked("why does cart fail?", well(), metrics(""), database(), past=history())
    assert [tool for tool, _ in called(run)] == ["find", "metrics", "database"]
    assert run.answer.text.startswith("Nothing is wrong with **shop/cart**")


def test_a_finding_of_another_server_is_stated_and_confirmed() -> None:
    run = asked("why does cart fail?", well(), database("settlement"), past=history())
    [statement] = run.answer.stated
    assert (statement.object, statement.cause) == (
        "Deployment settlement", "settlement blocks cart",
    )  # fmt: skip
    assert run.answer.text.startswith("**Deployment settlement** (likely)")


def test_a_finding_of_a_namespace_that_was_not_named_is_left_out() -> None:
    other = finding("carts", "image v9 does not exist", namespace="park")
    look = findings(found=(other,), healthy=("shop/cart",))
    run = asked("why does cart in shop fail?", look, metrics(), past=history())
    assert "v9" not in run.answer.text
    assert called(run)[1] == ("metrics", {"namespace": "shop"})
