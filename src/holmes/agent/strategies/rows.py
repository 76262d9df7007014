"""Results as an answer shows them: the rows that a question names, the lines that fit it."""

from collections.abc import Sequence

from holmes.agent.strategies.named import rows_named
from holmes.core.evidence import Evidence
from holmes.core.ranking import Ranking, terms
from holmes.core.tool_output import Table

MOST_ROWS = 12
"""Rows that are shown; the call that printed them is named, and prints the rest."""

MOST_LINES = 5
_LONGEST_LINE = 200


def lines_of(question: str, shown: Evidence) -> str:
    """Markdown: the lines of a text that fit the question best, in their order; "" for none."""
    lines = list(dict.fromkeys(filter(str.strip, shown.output.text.splitlines())))
    ranking = Ranking(terms(line) for line in lines)
    best = sorted(ranking.best(terms(question), MOST_LINES))
    if not best:
        return ""
    quoted = "\n".join(lines[place][:_LONGEST_LINE].rstrip() for place in best)
    source = shown.output.command or shown.tool
    return f"From `{source}` [{shown.number}]:\n\n```\n{quoted}\n```"


def table_of(question: str, shown: Evidence) -> str:
    """Markdown: how many there are, and the first rows; "" where there is no row."""
    data = shown.output.data
    if not isinstance(data, Table) or not data.rows:
        return ""
    rows = rows_named(question, data.rows)
    number = f"{len(rows)}" if len(rows) == len(data.rows) else f"{len(rows)} of {len(data.rows)}"
    first = f", the first {MOST_ROWS}" if len(rows) > MOST_ROWS else ""
    lines = [f"**{data.of or 'rows'}: {number}**{first} [{shown.number}]", ""]
    lines += [_row(data.columns), _row(["---"] * len(data.columns))]
    return "\n".join([*lines, *(_row(row) for row in rows[:MOST_ROWS])])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
