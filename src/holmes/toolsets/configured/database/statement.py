"""A statement that the guard let through; apart from it, since a parser takes time to load."""

from dataclasses import dataclass
from typing import Literal

from holmes.tools.function_tool import ToolFailure

Kind = Literal["query", "show", "explain", "describe", "pragma"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A function that a statement calls: its name in lower case, and the schema before it."""

    name: str
    schema: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement that may run: one, without comments, that reads as far as its syntax says.

    calls    what is called in it, as far as its tokens show (keywords before a parenthesis too)
    unknown  functions that sqlglot does not know: those of a product, an extension or a user
    tables   functions that stand in the place of a table
    members  names after a dot, which PostgreSQL may read as a function of the row
    """

    sql: str
    kind: Kind
    calls: frozenset[Call] = frozenset()
    unknown: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()


def denied(what: str) -> ToolFailure:
    """A refusal, with what can be asked instead."""
    return ToolFailure(
        f"Not run: {what}. Ask with one SELECT, SHOW, DESCRIBE or EXPLAIN.", status="denied"
    )
