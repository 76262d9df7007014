"""Results as an answer shows them: the rows that a question names, the lines that fit it."""

from collections.abc import Sequence

from holmes.agent.strategies.named import rows_named
from holmes.agent.strategies.query import Result
from holmes.core.evidence import Evidence
from holmes.core.ranking import Ranking, terms
from holmes.core.tool_output import LogLines, Table

MOST_ROWS = 12
"""Rows that are shown; the call that printed them is named, and prints the rest."""

MOST_LINES = 5
MOST_LOGGED = 10
"""Lines of a log: the last, as `kubectl logs --tail` shows them."""
_LONGEST_LINE = 200


def lines_of(question: str, shown: Evidence) -> str:
    """Markdown: the lines of a text that fit the question best, in their order; "" for none."""
    lines = list(dict.fromkeys(filter(str.strip, shown.output.text.splitlines())))
    ranking = Ranking(terms(line) for line in lines)
    best = sorted(ranking.best(terms(question), MOST_LINES))
    if not best:
        return ""
    return _quoted([lines[place] for place in best], shown)


def _quoted(lines: Sequence[str], shown: Evidence) -> str:
    quoted = "\n".join(line[:_LONGEST_LINE].rstrip() for line in lines)
    source = shown.output.command or shown.tool
    return f"From `{source}` [{shown.number}]:\n\n```\n{quoted}\n```"


def told_by_code(question: str, shown: Evidence) -> str:
    """Markdown: how many rows there are, and the first, or the last lines of a log; "" for none."""
    data = shown.output.data
    if isinstance(data, LogLines):
        return _quoted([line.text for line in data.lines[-MOST_LOGGED:]], shown)
    if not isinstance(data, Table) or not data.rows:
        return ""
    rows = rows_named(question, data.rows)
    number = f"{len(rows)}" if len(rows) == len(data.rows) else f"{len(rows)} of {len(data.rows)}"
    return _listed(f"{data.of or 'rows'}: {number}", data.columns, rows, f"[{shown.number}]")


def of_query(result: Result, total: int, shown: Sequence[int]) -> str:
    """Markdown: what a query gave of `total` rows in all, and the query.

    shown  the numbers of the results that it was asked of
    """
    table, cited = result.table, "".join(f"[{number}]" for number in shown)
    of = table.of or "rows"
    if not total:
        return f"There are no {of} {cited}."
    if len(table.rows) == len(table.columns) == 1:
        title = of if "(*)" in table.columns[0] else table.columns[0]
        told = f"**{title}: {table.rows[0][0]}** {cited}"
    elif not table.rows:
        told = f"**{of}: none of {total}** {cited}"
    else:
        told = _listed(f"{of}: {len(table.rows)}", table.columns, table.rows, cited)
    return f"{told}\n\nBy `{result.sql}`"


def _listed(head: str, columns: Sequence[str], rows: Sequence[Sequence[str]], cited: str) -> str:
    first = f", the first {MOST_ROWS}" if len(rows) > MOST_ROWS else ""
    lines = [f"**{head}**{first} {cited}", "", _row(columns), _row(["---"] * len(columns))]
    return "\n".join([*lines, *(_row(row) for row in rows[:MOST_ROWS])])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
