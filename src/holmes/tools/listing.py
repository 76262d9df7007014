"""Tables that a toolset can read whole: what lists and counts are worked out from, in code."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from holmes.core.messages import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One table, and the call that reads it.

    name      as in a query: a word in the plural ("pods")
    columns   their names, in the order in which the call gives them
    tool      the tool that gives a `Table` of these columns, with `arguments`
    counts    columns that count: several numbers in one cell are added up, and no number is 0
    examples  questions with the SQL that answers each from this table
    """

    name: str
    columns: tuple[str, ...]
    tool: str
    arguments: JsonObject
    counts: frozenset[str] = frozenset()
    examples: Mapping[str, str] = field(default_factory=dict)
