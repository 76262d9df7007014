"""What differs between database products: statements that ask for what an on-call person asks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from holmes.toolsets.configured.database.statement import Statement


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """One database product.

    dialect   its name in sqlglot
    version   a query that gives its version, as one value
    tables    a query that gives schema, table, type and sizes, the largest first
    checks    for `what` of the tool `check`, the query that answers it
    overview  which of them are asked where none is named
    problems  a query that gives what is wrong: the check that shows it, kind and name of what
              is to blame, the cause, and a line that shows it; empty where there is none
    variants  queries that differ on a relative of the product (MariaDB beside MySQL)
    session   statements before each query: read only, timeout in seconds, most rows
    judge     refuses a statement for the functions in it
    client    the command line by which a person repeats a statement: program and options
    """

    name: str
    dialect: str
    version: str
    tables: str
    checks: Mapping[str, str]
    overview: tuple[str, ...]
    client: str
    judge: Callable[[Statement], None]
    session: Callable[[float, int], Sequence[str]] = lambda _seconds, _rows: ()
    variants: Mapping[str, str] = field(default_factory=dict)
    problems: str = ""
