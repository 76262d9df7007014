"""Lists and counts of a model that is led: it writes a query, code runs it over whole tables."""

from dataclasses import replace

import pytest
from scripted import ScriptedModel

from agent.running import FACTS, GENERAL, Run, call, calls, investigate, says
from agent.tools import FunctionTool, findings, lookup, toolset
from holmes.agent.strategies.guided import Guided
from holmes.agent.strategies.query import Failed, Query, Result, answered
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.listing import Listing

PODS = Listing(
    name="pods",
    columns=("namespace", "name", "node", "restarts", "memory"),
    tool="table",
    arguments={"of": "pods"},
    counts=frozenset({"restarts"}),
    examples={"how many pods are there?": "SELECT count(*) FROM pods"},
)
ROWS = Table(
    columns=("NAMESPACE", "NAME", "NODE", "RESTARTS", "MEMORY(bytes)"),
    rows=(
        ("shop", "cart-1", "node-1", "2", "9Mi"),
        ("shop", "cart-2", "node-2", "<none>", "100Mi"),
        ("pay", "ledger-0", "<none>", "3,4", "20Mi"),
    ),
    of="pods",
)


def tables(table: Table | None = ROWS, status: str = "ok") -> FunctionTool:
    async def function(arguments: JsonObject) -> ToolOutput:
        del arguments
        shown = "\n".join(map(" ".join, table.rows)) if table else ""
        return ToolOutput(status=status, text=shown, command="list pods", data=table)  # type: ignore[arg-type]

    parameters: JsonObject = {"type": "object", "properties": {"of": {"type": "string"}}}
    definition = ToolDefinition(name="table", description="A table", parameters=parameters)
    return FunctionTool(definition=definition, function=function)


def asked(*said: str, question: str, tool: FunctionTool | None = None) -> Run:
    look = lookup(prints="Image: shop/cart:3.1")
    whole = replace(toolset(tool or tables(), look), listings=(PODS,))
    model = ScriptedModel([FACTS, *map(says, said)], context_window=8192)
    opening = replace(toolset(findings(looks=("shop/cart",))), opening="find")
    return investigate(toolsets=(opening, whole), question=question, strategy=Guided(), model=model)


def gives(sql: str, question: str = "") -> Result | Failed:
    return answered(Query(sql=sql, listings=(PODS,)), {"pods": ROWS}, question)


def rows(sql: str, question: str = "") -> tuple[tuple[str, ...], ...]:
    result = gives(sql, question)
    assert isinstance(result, Result), result
    return result.table.rows


def test_a_list_is_answered_by_the_models_query_over_the_whole_table() -> None:
    run = asked(
        "SELECT name FROM pods WHERE node LIKE 'node-%'", question="what runs on the node-N?"
    )
    assert run.answer.text == (
        "**pods: 2** [2]\n\n| name |\n| --- |\n| cart-1 |\n| cart-2 |\n\n"
        "By `SELECT name FROM pods WHERE node LIKE 'node-%'`"
    )
    assert (run.answer.citations, run.answer.state) == ((2,), "answered")
    assert run.offered == [0, 0], "two short requests, without tools"
    assert (
        "pods(namespace, name, node, restarts, memory)" in run.model.requests[1].messages[0].content
    )


def test_a_count_shows_what_it_counts() -> None:
    run = asked("```sql\nSELECT count(*)\nFROM pods;\n```", question="how many pods?")
    assert run.answer.text.startswith("**pods: 3** [2]\n\n| namespace | name |\n")
    assert run.answer.text.endswith("| pay | ledger-0 |\n\nBy `SELECT count(*) FROM pods`")


def test_of_many_rows_that_are_counted_the_number_alone_is_shown() -> None:
    many = replace(ROWS, rows=ROWS.rows * 5)
    run = asked("SELECT count(*) FROM pods", question="how many pods?", tool=tables(many))
    assert run.answer.text == "**pods: 15** [2]\n\nBy `SELECT count(*) FROM pods`"


def test_of_an_empty_table_there_is_nothing() -> None:
    run = asked("SELECT name FROM pods", question="any pods?", tool=tables(None, "no_data"))
    assert run.answer.text == "There are no pods [2]."


def test_a_query_that_fails_is_written_once_more() -> None:
    run = asked(
        "SELECT host FROM pods", "SELECT node FROM pods LIMIT 1", question="which hosts are there?"
    )
    assert "no such column: host" in run.model.requests[2].messages[-1].content
    assert run.answer.text.startswith("**node: node-1** [2]")


@pytest.mark.parametrize(
    "said",
    [("none",), ("SELECT a FROM pods", "SELECT b FROM pods"), ("SELECT name FROM hosts",)],
    ids=["the tables do not hold it", "two that fail", "no such table"],
)
def test_where_no_query_answers_the_model_looks(said: tuple[str, ...]) -> None:
    look = calls(call("lookup", what="web"))
    model = ScriptedModel(
        [FACTS, *map(says, said), look, says("web-1 is fine.")], context_window=8192
    )
    whole = replace(toolset(tables(), lookup()), listings=(PODS,))
    opening = replace(toolset(findings()), opening="find")
    run = investigate(
        toolsets=(opening, whole), question="which pods has web?", strategy=Guided(), model=model
    )
    assert run.answer.text.startswith("web-1 is fine. [")
    assert len(run.answer.citations) == 1, "what it was shown is cited for it"


def test_that_a_named_object_has_its_name_is_no_answer() -> None:
    run = asked(
        *("SELECT name FROM pods WHERE name = 'cart'", "Its image is shop/cart:3.1 [3]."),
        question="which image has cart?",
        tool=tables(replace(ROWS, rows=(("shop", "cart", "node-1", "0", "9Mi"),))),
    )
    assert [entry.tool for entry in run.investigation.evidence] == ["find", "table", "lookup"]
    assert run.answer.text == "Its image is shop/cart:3.1 [3]."


@pytest.mark.parametrize(
    ("sql", "gave"),
    [
        ("SELECT name FROM pods ORDER BY memory DESC LIMIT 1", (("cart-2",),)),
        ("SELECT max(memory) FROM pods", (("100Mi",),)),
        ("SELECT name FROM pods WHERE restarts > 2", (("ledger-0",),)),
        ("SELECT sum(restarts) FROM pods", (("9",),)),
        ("SELECT avg(restarts) FROM pods", (("3.0",),)),
        ("SELECT name FROM pods WHERE node IS NULL", (("ledger-0",),)),
        ("SELECT name FROM pods WHERE name = 'ledger'", (("ledger-0",),)),
        ("SELECT name FROM pods WHERE name LIKE 'edger%'", (("ledger-0",),)),
        ("SELECT name FROM pods WHERE name LIKE 'shop%' AND node = 'node-2'", (("cart-2",),)),
    ],
)
def test_cells_are_compared_as_what_they_are(sql: str, gave: tuple[tuple[str, ...], ...]) -> None:
    assert rows(sql) == gave


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(memory) FROM pods",
        "SELECT name FROM pods WHERE name = 'api'",
        "SELECT name FROM pods WHERE node LIKE '%web%'",
        "SELECT load_extension('x') FROM pods",
        "SELECT length(hex(zeroblob(900000000))) FROM pods",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    ],
    ids=[
        "texts added up",
        "a name made up",
        "a part made up",
        "an extension",
        "a gigabyte",
        "endless",
    ],
)
def test_what_can_not_be_relied_on_fails(sql: str) -> None:
    assert isinstance(gives(sql), Failed)


def test_that_no_row_fits_is_an_answer() -> None:
    run = asked("SELECT name FROM pods WHERE node = 'node-9'", question="what runs on node-9?")
    assert run.answer.text.startswith("**pods: none of 3** [2]")


def test_a_name_that_one_table_does_not_have_may_stand_in_another() -> None:
    failed = gives("SELECT name FROM pods WHERE name LIKE '%api%'", "which node has the api?")
    assert isinstance(failed, Failed)
    assert failed.why == "pods have no name like 'api'"


def test_general_knowledge_is_told_without_a_look() -> None:
    opening = replace(toolset(findings()), opening="find")
    run = investigate(
        GENERAL,
        says("A Service is an address for pods."),
        toolsets=(opening, toolset(lookup())),
        question="what is a Service?",
        strategy=Guided(),
    )
    assert run.answer.text == "A Service is an address for pods."
    assert run.answer.reason.startswith("No tool was called")
    assert len(run.investigation.evidence) == 0
    assert run.offered == [0, 0]


def test_what_is_made_up_of_this_system_is_looked_up_after_all() -> None:
    opening = replace(toolset(findings()), opening="find")
    run = investigate(
        *(GENERAL, says("It is pod web-7d4b9c6f5d-zzk2p."), calls(call("lookup", what="web"))),
        says("web-1 is fine."),
        toolsets=(opening, toolset(lookup())),
        question="what is the pod of web?",
        strategy=Guided(),
    )
    assert run.answer.text == "web-1 is fine. [2]"
