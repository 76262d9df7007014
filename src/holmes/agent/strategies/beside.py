"""Looks at what is beside the first look: metrics, databases, queues, and what changed before.

What they show is stated by code as the first look is, limited to the namespace that the question
names there. Changes are asked for only where something was seen to be wrong: alone, the latest
rollout would be to blame for everything.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from holmes.agent.strategies.confirming import confirm
from holmes.agent.strategies.named import Named, named_in, nearest, says_whole
from holmes.agent.strategies.statements import MOST_STATED, statements
from holmes.core.answer import Statement
from holmes.core.evidence import Evidence
from holmes.core.finding import Finding
from holmes.core.messages import JsonObject, ToolCall
from holmes.core.series import changes
from holmes.core.tool_output import Findings, Table, TimeSeries
from holmes.tools.log_templates import LogPatterns

if TYPE_CHECKING:
    from holmes.agent.loop import Investigation

BEFORE = "2h"
"""How far back changes are asked for; what shows its harm later is seldom found by its time."""

AFTER_SECONDS = 120.0
"""How much later than its effect a change may be recorded: metrics are scraped once a minute."""

MOST_LINES = 5
MOST_CHANGES = 4
MOST_LOGS = 3
MOST_COMPLAINTS = 2
LONGEST_LINE = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """What further looks showed: statements of findings, and the rest as markdown.

    namespace  where was looked; empty for everywhere
    """

    namespace: str = ""
    statements: tuple[Statement, ...] = ()
    text: str = ""
    citations: tuple[int, ...] = ()


async def looked_beside(run: "Investigation", look: Evidence | None, named: Named) -> Beside:
    """What the openings but the first look show, and what hangs on that; empty for nothing."""
    space = namespace_of(run.question, named)
    place: JsonObject = {"namespace": space} if space else {}
    first = look.tool if look else ""
    shown = await _look(run, _calls(run, [e for e in run.openings if e != first], place))
    if not shown:
        return Beside()
    since = min(filter(None, map(_onset, shown)), default=0.0)
    data = look.output.data if look else None
    known = within(named, space) if space else named
    said = await _look(run, _logs(known, data)) if isinstance(data, Findings) else []
    before = await _look(run, _calls(run, run.histories, {**place, "since": BEFORE}))
    found = [each for entry in shown for each in _about(run.question, entry)]
    confirmed = await confirm(run, found)
    texts = [_quoted(entry) for entry in shown if not isinstance(entry.output.data, Findings)]
    texts += [*map(_complaints, said), *(_changed(entry, since, space) for entry in before)]
    return Beside(
        namespace=space,
        statements=tuple(
            statement
            for entry in shown
            for statement in statements(_about(run.question, entry), entry.number, confirmed)
        ),
        text="\n\n".join(filter(None, texts)),
        citations=tuple(entry.number for entry in (*shown, *said, *before))
        + tuple(confirmed.values()),
    )


def within(named: Named, namespace: str) -> Named:
    """What of the named is in one namespace."""
    return replace(
        named,
        findings=tuple(each for each in named.findings if each.namespace == namespace),
        healthy=tuple(name for name in named.healthy if name.startswith(f"{namespace}/")),
    )


def namespace_of(question: str, named: Named) -> str:
    """The namespace that a question names, or that most of what it names is in; "" for neither."""
    spaces = [each.namespace for each in named.findings]
    spaces += [name.rpartition("/")[0] for name in named.healthy]
    counted = Counter(filter(None, spaces))
    said = Counter({name: n for name, n in counted.items() if says_whole(question, name)})
    ranked = (said or counted).most_common(2)
    alone = len(ranked) == 1 or (ranked and ranked[0][1] > ranked[1][1])
    return ranked[0][0] if alone else ""


def _calls(run: "Investigation", tools: Sequence[str], place: JsonObject) -> list[ToolCall]:
    """A call of each tool, with what of the place it takes."""
    return [
        ToolCall(
            id=f"beside-{tool}",
            name=tool,
            arguments={key: said for key, said in place.items() if key in run.takes(tool)},
        )
        for tool in tools
    ]


def _logs(named: Named, look: Findings) -> list[ToolCall]:
    """The calls that show what the named objects say themselves."""
    names = [*(each.subject.path for each in named.findings), *named.healthy]
    found = [look.logs[name] for name in dict.fromkeys(names) if name in look.logs]
    return [
        ToolCall(id=f"logs{n}", name=each.tool, arguments=each.arguments)
        for n, each in enumerate(found[:MOST_LOGS], start=1)
    ]


async def _look(run: "Investigation", calls: Sequence[ToolCall]) -> list[Evidence]:
    """The results that show something."""
    results = await run.talk.look(*calls) if calls else None
    found = map(run.evidence.get, results.numbers) if results else ()
    return [entry for entry in found if entry is not None and entry.output.status == "ok"]


def _onset(entry: Evidence) -> float:
    """When the first series of a result, the one that changed most, left its level; 0 for never."""
    data = entry.output.data
    if not isinstance(data, TimeSeries) or not data.series:
        return 0.0
    points = [(at, value) for at, value in data.series[0].points if value is not None]
    return next((each.at for each in changes(points)), 0.0)


def _about(question: str, entry: Evidence) -> tuple[Finding, ...]:
    """The findings that a question names, else those that fit it best."""
    data = entry.output.data
    if not isinstance(data, Findings):
        return ()
    return (named_in(question, data).findings or nearest(question, data))[:MOST_STATED]


def _quoted(entry: Evidence) -> str:
    lines = entry.output.text.splitlines()
    left = len(lines) - MOST_LINES
    return _block(entry, [*lines[:MOST_LINES], *([f"… {left} more lines"] if left > 0 else ())])


def _complaints(entry: Evidence) -> str:
    """The lines of a log that tell of trouble, one of each kind; "" where there is none."""
    lines = entry.output.text.splitlines()
    patterns = LogPatterns()
    patterns.feed(entry.output.text.encode("utf-8", "surrogatepass"))
    patterns.close()
    telling = sorted((e for e in patterns.patterns() if e.telling), key=lambda each: -each.count)
    return _block(
        entry,
        [
            f"{lines[each.last_at][:LONGEST_LINE]} [{each.count} lines like this]"
            for each in telling[:MOST_COMPLAINTS]
        ],
    )


def _block(entry: Evidence, lines: Sequence[str]) -> str:
    quoted = "\n".join(lines)
    source = entry.output.command or entry.tool
    return f"From `{source}` [{entry.number}]:\n\n```\n{quoted}\n```" if lines else ""


def _changed(entry: Evidence, since: float, space: str) -> str:
    """The latest changes before something went wrong, or of all where that is not known."""
    data = entry.output.data
    rows = list(_rows(data, since, space)) if isinstance(data, Table) else []
    listed = "\n".join(f"- {' '.join(row)}" for row in rows[:MOST_CHANGES])
    return f"Changed before that, the latest first [{entry.number}]:\n\n{listed}" if rows else ""


def _rows(data: Table, since: float, space: str) -> Iterator[tuple[str, ...]]:
    """The rows of that time, the latest first.

    What is in no namespace (a node) is the first look's to tell, where a namespace was named.
    """
    place = data.columns.index("OBJECT") if space and "OBJECT" in data.columns else -1
    for at, *said in reversed(data.rows):
        in_time = not since or datetime.fromisoformat(at).timestamp() <= since + AFTER_SECONDS
        if in_time and (place < 0 or "/" in [at, *said][place]):
            yield (at[11:16], *said)
