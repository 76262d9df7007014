"""Facts, lists and counts out of whole tables: the model asks in SQL, code reads and answers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from anyio import to_thread

from holmes.agent.strategies.named import says_whole
from holmes.agent.strategies.query import Failed, Query, Result, answered, is_empty, written
from holmes.agent.strategies.rows import of_query
from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.core.messages import ToolCall
from holmes.core.tool_output import Table

if TYPE_CHECKING:
    from holmes.agent.loop import Investigation

_PLACE = frozenset({"namespace", "name"})


async def from_tables(run: "Investigation", about: Sequence[str], *, named: bool) -> Answer | None:
    """The answer that the tables hold; None where they hold none, or the query can't be trusted.

    about  names of what the question is about that says none
    named  whether it has the whole name of an object, of which there is something to say then
    """
    listings = [each for each in run.listings if run.has_tool(each.tool)]
    if not listings:
        return None
    failed: Failed | None = None
    for _ in range(2):
        query = await written(run.talk, listings, ", ".join(about), failed=failed)
        shown = await _read(run, query) if query else None
        if query is None or shown is None:
            return None
        tables = {name: _table(entry) for name, entry in shown.items()}
        # In a thread: it may take a second or two, and others wait for this one's loop.
        held = " ".join([run.question, *about])
        result = await to_thread.run_sync(answered, query, tables, held)
        if isinstance(result, Result):
            return (
                None
                if named and _tells_nothing(run.question, result)
                else _told(run, result, shown)
            )
        failed = result
    return None


async def _read(run: "Investigation", query: Query) -> dict[str, Evidence] | None:
    """The tables of a query, by name; None where one can't be read."""
    calls = tuple(
        ToolCall(id=f"table{n}", name=each.tool, arguments=each.arguments)
        for n, each in enumerate(query.listings, start=1)
    )
    results = await run.talk.look(*calls)
    shown = {
        each.name: entry
        for each, number in zip(query.listings, results.numbers, strict=True)
        if (entry := run.evidence.get(number)) and entry.output.status in {"ok", "no_data"}
    }
    return shown if len(shown) == len(calls) else None


def _table(entry: Evidence) -> Table:
    data = entry.output.data
    return data if isinstance(data, Table) else Table(columns=(), rows=())


def _tells_nothing(question: str, result: Result) -> bool:
    """Whether a result has no more of a named object than its name, or not even that."""
    table = result.table
    if is_empty(table):
        return True
    at = next((n for n, title in enumerate(table.columns) if title == "name"), None)
    return set(table.columns) <= _PLACE and (
        at is None or all(says_whole(question, row[at]) for row in table.rows)
    )


def _told(run: "Investigation", result: Result, shown: dict[str, Evidence]) -> Answer:
    numbers = tuple(sorted({entry.number for entry in shown.values()}))
    total = sum(len(_table(entry).rows) for entry in shown.values())
    text = of_query(result, total, numbers)
    run.emit(events.ModelText(text=text, reasoning=False))
    return Answer(text=text, state="answered", citations=numbers)
