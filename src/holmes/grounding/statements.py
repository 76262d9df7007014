"""Sentences that say why something is so, and how well results carry each.

No word tells a cause. A sentence gives one where it cites a result and repeats a failure out of it:
a finding of the checks, a quoted line, or a state in which few of its kind are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from holmes.core.answer import Quote, Statement
from holmes.core.finding import Finding
from holmes.core.markdown import CITATION
from holmes.core.tool_output import Findings, Table
from holmes.grounding.held import folded
from holmes.grounding.judge import Judge, Judged
from holmes.grounding.sources import Source

LONGEST_LINE = 300
FEWEST_WORDS = 3
MOST_STATES = 8
"""Different values of a column; one with more holds no states."""


def statements(
    text: str, judge: Judge, judged: Sequence[Judged], sources: Sequence[Source]
) -> tuple[Statement, ...]:
    """The statements of cause in a text, each once, in its order."""
    found: dict[str, Statement] = {}
    for block in judge.text.blocks:
        if block.form not in {"prose", "quote"}:
            continue
        for part, (start, end) in enumerate(block.parts):
            numbers = judge.text.cited(start, end)
            told = [j for j in judged if j.spot.block is block and j.spot.part == part]
            near = [s for s in sources if s.number in numbers]
            quotes = list(_failures(text[start:end], told, near))
            if quotes:
                said = CITATION.sub("", text[start:end]).strip(" \n*-_")
                found.setdefault(said, _judged(said, numbers, told, quotes))
    return tuple(found.values())


def _judged(
    said: str, numbers: Sequence[int], told: Sequence[Judged], quotes: Sequence[tuple[bool, Quote]]
) -> Statement:
    open_ = [j.specific.text for j in told if j.specific.status in {"unverified", "contradicted"}]
    stated = any(direct for direct, _ in quotes)
    return Statement(
        text=said,
        verdict="inconclusive" if open_ else "confirmed" if stated else "likely",
        citations=tuple(dict.fromkeys(numbers)),
        quotes=tuple(dict.fromkeys(quote for _, quote in quotes)),
        open=f"no result shows {', '.join(open_)}" if open_ else "",
    )


def _failures(
    sentence: str, told: Sequence[Judged], sources: Iterable[Source]
) -> Iterator[tuple[bool, Quote]]:
    """The failures of cited results that a sentence repeats, and whether it states their cause."""
    held = [j for j in told if j.specific.status == "verified"]
    for source in sources:
        texts = [j.spot.text for j in held if source.number in j.specific.evidence]
        if isinstance(source.data, Findings):
            for finding in source.data.findings:
                if finding.name in sentence or any(name in sentence for name in _affected(finding)):
                    same = [t for t in texts if t in finding.cause and t != finding.name]
                    yield bool(same), Quote(evidence=source.number, lines=(finding.summary,))
        quoted = [t for t in texts if len(t.split()) >= FEWEST_WORDS]
        if lines := [line for t in quoted if (line := _line(source, t))]:
            yield True, Quote(evidence=source.number, lines=tuple(lines))
        if isinstance(source.data, Table):
            for row in _unusual(source.data, texts):
                yield False, Quote(evidence=source.number, lines=(row,))


def _affected(finding: Finding) -> Iterator[str]:
    return (one.name for one in finding.affected)


def _line(source: Source, quoted: str) -> str:
    """The line of a result in which a quotation stands."""
    wanted = folded(quoted)
    lines = (line.strip() for line in source.text.splitlines())
    return next((line[:LONGEST_LINE] for line in lines if wanted in folded(line)), "")


def _unusual(table: Table, texts: Iterable[str]) -> Iterator[str]:
    """The rows of a table in a state that is told, and in which less than half of them are."""
    for column in zip(*table.rows, strict=True):
        counts = Counter(column)
        if not 1 < len(counts) <= MOST_STATES:
            continue
        for text in texts:
            if 0 < counts[text] * 2 < len(column):
                yield " ".join(table.rows[column.index(text)])
