"""Lists and counts are worked out by code: the model writes a query, SQLite runs it over tables.

A small coder writes SQL well and counts badly: of 43 questions for lists and single facts it wrote
37 right queries, and most of the others name a column that there is not, which shows; asked to
call a tool, it read events where images were asked for (Qwen2.5-Coder-1.5B, 30 Nov 2026).
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import anyio

from holmes.agent.conversation import Conversation
from holmes.core.messages import AssistantMessage, Message, SystemMessage, UserMessage
from holmes.core.quantities import cell
from holmes.core.tool_output import Table
from holmes.tools.listing import Listing

_ASKED = (
    "Write one SQLite query that answers the question from these tables:\n{tables}\n"
    "Null means that nothing is set. If the tables do not hold the answer, write: {none}"
)
_NONE = "none"
_UNANSWERED = (
    "what does the log of the api say?",
    "which command does the api start?",
    "show me the events of the api",
)
_MOST_TOKENS = 120
_MOST_CHARS = 600  # of a question; what comes with it is data
_MOST_ROWS = 1000
_MOST_STEPS = 2000  # of 10,000 of SQLite's own: a second or two
_LONGEST_CELL = 1_000_000  # bytes; zeroblob() and printf() make 1 GB otherwise
FEW = 12
"""Rows that are shown beside their number."""

_COUNT = re.compile(r"(?i)^SELECT COUNT\(\*\)(?: AS \w+)? FROM ")
_NULL = "<none>"
_SQL = re.compile(r"(?is)\bSELECT\b[^;`]*")
_NAMED = re.compile(r"(?i)\b(\w+)\s*(?:(?<![<>!])=|(?<!NOT )\bLIKE)\s*'%?([^'%]+)%?'")
_LITERAL = re.compile(r"'([^']+)'")
_WHOLE = re.compile(r"\d+(?:,\d+)*")
_READ = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A query that the model wrote, and the tables that it reads."""

    sql: str
    listings: tuple[Listing, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a query gave; `sql` is the one that gave it."""

    sql: str
    table: Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """A query that can't be relied on, and why."""

    sql: str
    why: str


async def written(
    talk: Conversation,
    listings: Sequence[Listing],
    about: str = "",
    *,
    failed: Failed | None = None,
) -> Query | None:
    """The model's query; None where it says that the tables do not hold the answer.

    about   names what a question is about that says no name itself
    failed  the query that it wrote before
    """
    messages = _messages(talk.question, listings, about)
    if failed is not None:
        told = f"That fails: {failed.why}. Write another query, or: {_NONE}"
        messages += [AssistantMessage(content=failed.sql), UserMessage(content=told)]
    with anyio.move_on_after(talk.seconds_left / 2):
        said = await talk.ask_aside(messages, _MOST_TOKENS)
        if found := _SQL.search(said):
            sql = " ".join(found[0].split())
            words = set(re.findall(r"\w+", sql.casefold()))
            used = tuple(each for each in listings if each.name in words)
            return Query(sql=sql, listings=used) if used else None
    return None


def answered(query: Query, tables: Mapping[str, Table], question: str) -> Result | Failed:
    """What the query gives over the tables, by their names.

    It fails where it does not run, or looks for a text that stands neither in the question nor in
    the tables. A name that nothing has is taken for a part of one.
    """
    held = " ".join([question, *(" ".join(row) for each in tables.values() for row in each.rows)])
    made_up = [part for part in _literals(query.sql) if part not in held.casefold()]
    if made_up:
        return Failed(sql=query.sql, why=f"nothing is called '{made_up[0]}'")
    of = query.listings[0].name if len(query.listings) == 1 else ""
    with closing(sqlite3.connect(":memory:")) as base:
        for listing in query.listings:
            _load(base, listing, tables[listing.name])
        base.set_authorizer(_only_reads)
        _bound(base)
        result = _run(base, query.sql, of)
        relaxed = _NAMED.sub(lambda named: _part(named[1], named[2], query, tables), query.sql)
        if isinstance(result, Result) and is_empty(result.table) and relaxed != query.sql:
            again = _run(base, relaxed, of)
            result = again if isinstance(again, Result) else result
        if isinstance(result, Result) and is_empty(result.table):
            return _unless_elsewhere(result, query, tables)
        if isinstance(result, Result) and of:
            result = _with_what_is_counted(base, result, query.listings[0])
    return result


def _unless_elsewhere(result: Result, query: Query, tables: Mapping[str, Table]) -> Result | Failed:
    """That nothing was found; a name that these tables do not have may stand in another."""
    cells = " ".join(value for each in tables.values() for row in each.rows for value in row)
    for named in _NAMED.finditer(query.sql):
        if named[1].casefold() == "name" and named[2].casefold() not in cells.casefold():
            read = ", ".join(tables)
            return Failed(sql=query.sql, why=f"{read} have no name like '{named[2]}'")
    return result


def _part(column: str, text: str, query: Query, tables: Mapping[str, Table]) -> str:
    """A condition that takes a text for a part of a name, in the column that has it.

    "The pods of pharmacy" are in that namespace where none has the name (1.5B, 30 Nov 2026).
    """
    cells: dict[str, list[str]] = {}
    for listing in query.listings:
        titles = _titles(tables[listing.name])
        for row in tables[listing.name].rows:
            for title, value in zip(titles, row, strict=False):
                cells.setdefault(title, []).append(value.casefold())
    wanted = text.casefold()
    if not any(wanted in value for value in cells.get(column.casefold(), ())):
        others = (title for title in query.listings[0].columns if wanted in cells.get(title, ()))
        column = next(others, column)
    return f"{column} LIKE '%{text}%'"


def _titles(table: Table) -> list[str]:
    """The names of a table's columns as a query has them."""
    return [title.partition("(")[0].casefold() for title in table.columns]


def _with_what_is_counted(base: sqlite3.Connection, result: Result, listing: Listing) -> Result:
    """Few rows instead of their number, which they show: a count that can be checked."""
    names = ", ".join(name for name in ("namespace", "name") if name in listing.columns)
    listed = _COUNT.sub(f"SELECT {names} FROM ", result.sql)  # noqa: S608  # it only reads
    if listed == result.sql or not names:
        return result
    rows = _run(base, listed, listing.name)
    if not isinstance(rows, Result) or not 0 < len(rows.table.rows) <= FEW:
        return result
    counted = ((str(len(rows.table.rows)),),)
    return Result(sql=result.sql, table=rows.table) if counted == result.table.rows else result


def is_empty(table: Table) -> bool:
    """Whether no row fits, or none was counted."""
    return all(value in {_NULL, "0"} for row in table.rows for value in row)


def _messages(question: str, listings: Sequence[Listing], about: str) -> list[Message]:
    tables = "\n".join(f"{each.name}({', '.join(each.columns)})" for each in listings)
    messages: list[Message] = [SystemMessage(content=_ASKED.format(tables=tables, none=_NONE))]
    examples = [item for each in listings for item in each.examples.items()]
    for place, (asked, sql) in enumerate(examples):
        messages += [UserMessage(content=asked), AssistantMessage(content=sql)]
        if place % 2 and place // 2 < len(_UNANSWERED):
            unanswered = _UNANSWERED[place // 2]
            messages += [UserMessage(content=unanswered), AssistantMessage(content=_NONE)]
    asked = question[:_MOST_CHARS]
    messages.append(UserMessage(content=f"{asked} (it is about {about})" if about else asked))
    return messages


def _literals(sql: str) -> Iterable[str]:
    texts = (text.casefold() for text in _LITERAL.findall(sql))
    return (part for text in texts for part in text.split("%") if part.strip())


def _load(base: sqlite3.Connection, listing: Listing, table: Table) -> None:
    """A table as SQL has it: whole numbers and quantities in their order, what is not set null."""
    columns = ", ".join(f'"{name}" COLLATE quantity' for name in listing.columns)
    base.create_collation("quantity", _compared)
    base.execute(f'CREATE TABLE "{listing.name}" ({columns})')
    titles = _titles(table)
    places = [titles.index(name) if name in titles else -1 for name in listing.columns]
    shape = [(at, name in listing.counts) for name, at in zip(listing.columns, places, strict=True)]
    rows = (
        [_value(row[at] if at >= 0 else _NULL, counts=counts) for at, counts in shape]
        for row in table.rows
    )
    marks = ", ".join("?" * len(listing.columns))
    insert = f'INSERT INTO "{listing.name}" VALUES ({marks})'  # noqa: S608  # a toolset's own name
    base.executemany(insert, rows)


def _value(text: str, *, counts: bool) -> int | str | None:
    if counts:
        return sum(map(int, text.split(","))) if _WHOLE.fullmatch(text) else 0
    if text in {_NULL, ""}:
        return None
    return int(text) if text.isascii() and text.isdigit() else text


def _compared(one: str, other: str) -> int:
    first, second = _rank(one), _rank(other)
    return (first > second) - (first < second)


def _rank(text: str) -> tuple[str, float, str]:
    """Quantities by their size ("9Mi" before "10Mi"), other texts by their letters."""
    readings = cell("", text) if text[:1].isdigit() and len(text) < 20 else []
    return (readings[0].dimension, readings[0].value, "") if readings else ("~", 0.0, text)


def _bound(base: sqlite3.Connection) -> None:
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_CELL)
    steps = iter(range(_MOST_STEPS))
    base.set_progress_handler(lambda: next(steps, None) is None, 10_000)
    base.create_aggregate("sum", 1, lambda: _Added(mean=False))
    base.create_aggregate("avg", 1, lambda: _Added(mean=True))


class _Added:
    """The sum or mean of numbers; of texts there is none ("128Mi" is not 128)."""

    def __init__(self, *, mean: bool) -> None:
        self._mean = mean
        self._numbers: list[float] = []

    def step(self, value: object) -> None:
        """Take one value."""
        if isinstance(value, int | float):
            self._numbers.append(value)
        elif value is not None:
            raise TypeError(value)

    def finalize(self) -> Any:  # noqa: ANN401  # typeshed wants whole numbers
        """What they come to, a mean to two places."""
        whole = sum(self._numbers)
        if not self._numbers:
            raise ValueError
        return round(whole / len(self._numbers), 2) if self._mean else whole


def _only_reads(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _READ else sqlite3.SQLITE_DENY


def _run(base: sqlite3.Connection, sql: str, of: str) -> Result | Failed:
    try:
        cursor = base.execute(sql)
        rows = cursor.fetchmany(_MOST_ROWS)
    except sqlite3.Error as error:
        return Failed(sql=sql, why=str(error))
    columns = tuple(column[0] for column in cursor.description)
    cells = tuple(tuple(_NULL if value is None else str(value) for value in row) for row in rows)
    return Result(sql=sql, table=Table(columns=columns, rows=cells, of=of))
