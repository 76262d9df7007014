"""For a person at a terminal: live progress, the answer as markdown while it is written."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from markdown_it import MarkdownIt  # what rich parses with
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.markdown import Markdown, MarkdownElement, TableElement
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.core.messages import Usage
from holmes.render.plot import MOST_SERIES, plot
from holmes.render.text import (
    EXPLAINED,
    Fact,
    Row,
    Stated,
    blocks,
    counted,
    dollars,
    duration,
    found_so_far,
    repeated_line,
    result_line,
    safe,
    stated,
)

REFRESH_PER_SECOND = 8

DRAFT_CHARS = 8000
"""Of text that is still being written, more than a screen holds: it is laid out anew each time."""

VERDICT_STYLES = {"confirmed": "green", "likely": "yellow", "inconclusive": "yellow"}

WIDE = 100
"""Columns from which on a call stands beside what it shows, not below it."""


@dataclass(kw_only=True, slots=True)
class _Moving:
    """A row of the live region, with a spinner of its own: one can show one text only."""

    what: str
    since: float = field(default_factory=time.monotonic)
    spinner: Spinner = field(default_factory=lambda: Spinner("dots", style="cyan"))

    def drawn(self, now: float, style: str = "") -> Spinner:
        text = Text(f"{self.what}  {duration(now - self.since)}", style=style, overflow="ellipsis")
        self.spinner.update(text=text)
        return self.spinner


class TerminalRenderer:
    """Prints finished things for good, and keeps what still moves in a live region below them.

    An answer is a draft in the live region until it is final, so that a retry replaces it.

    Use `close` whatever happens: it gives the cursor back. `earlier` is the seconds that the run
    took before: in another process that it goes on from, or all of them where it is shown again.
    Not `live`, what still moves is for the caller to draw (`moving`).
    """

    def __init__(
        self,
        console: Console | None = None,
        *,
        verbose: bool = False,
        earlier: float = 0.0,
        live: bool = True,
    ) -> None:
        self._verbose = verbose
        self._console = console or Console(highlight=False)
        self._running: dict[str, _Moving] = {}
        self._waiting: _Moving | None = None
        self._draft = ""
        self._remark = ""
        self._evidence: dict[int, Evidence] = {}
        self._calls: set[int] = set()
        self._usages: list[Usage] = []
        self._began = time.monotonic() - earlier
        self._live = Live(
            get_renderable=self.moving,
            console=self._console,
            refresh_per_second=REFRESH_PER_SECOND,
            transient=True,
        )
        if live:
            self._live.start()

    def __call__(self, event: events.Event) -> None:
        """Take one event."""
        match event:
            case events.ToolStarted():
                self._started(event)
            case events.ToolFinished():
                self._finished(event)
            case events.ToolRepeated():
                self._console.print(Text(repeated_line(self._evidence[event.number])))
            case events.ApprovalAsked():  # the screen is for the question while it stands there
                self._live.stop()
            case events.ApprovalGiven():
                self._live.start()
            case events.Noticed():
                self._console.print(Text(f"! {safe(event.text)}", style="yellow"))
            case events.Answered():
                self._end(event.answer)
            case _:
                self._model_event(event)

    def _model_event(self, event: events.Event) -> None:
        match event:
            case events.ModelWaiting():
                self._remark = ""
                what = safe(f"waiting for {event.model} at {event.address}")
                self._waiting = None if event.recorded else _Moving(what=what)
            case events.ModelText(reasoning=False):
                self._draft += safe(event.text)
            case events.ModelTextVoid():
                self._draft, self._remark = "", self._draft.strip()
                self._live.refresh()
            case events.ModelReplied():
                self._waiting = None
                self._usages.append(event.usage)
            case _:
                pass

    def failed(self, message: str) -> None:
        """The run ended with an error, which the command line prints; keep what was found."""
        del message
        self._clear()
        self._below(found_so_far(self._evidence))

    def close(self) -> None:
        """End the live region; what was in it and unfinished disappears."""
        self._clear()
        self._running.clear()
        self._live.stop()

    def _clear(self) -> None:
        self._waiting, self._draft, self._remark = None, "", ""
        self._live.refresh()  # a print would draw the old region once more

    def moving(self) -> RenderableType:
        """Calls that run, and the text that is being written or waited for."""
        now = time.monotonic()
        rows: list[RenderableType] = [call.drawn(now) for call in self._running.values()]
        if self._draft.strip():
            left = max(1, self._console.height - len(rows) - 1)
            rows.append(Trimmed(_markdown(self._draft[-DRAFT_CHARS:]), last=left))
        elif self._waiting is not None:
            rows.append(self._waiting.drawn(now, style="dim"))
        return Group(*rows)

    def _started(self, event: events.ToolStarted) -> None:
        if self._remark:  # what the model said before its calls; said before a retry, it is gone
            self._console.print(Text(self._remark, style="dim"))
            self._remark = ""
        self._running[event.key] = _Moving(what=safe(event.command or event.tool))

    def _finished(self, event: events.ToolFinished) -> None:
        self._running.pop(event.key, None)
        evidence = event.evidence
        self._evidence[evidence.number] = evidence
        self._calls.add(evidence.number)
        line = Text(result_line(event))
        line.stylize("green" if evidence.output.status in {"ok", "no_data"} else "red", 0, 1)
        self._console.print(line)
        most = MOST_SERIES if self._verbose else 1  # a run makes many calls
        for picture in plot(evidence.output.data, self._console.width - 2, most):
            self._console.print(Padding(picture, (0, 0, 0, 2)))
        if self._verbose and evidence.excerpt:
            self._console.print(Padding(Text(safe(evidence.excerpt), style="dim"), (0, 0, 0, 2)))

    def _end(self, answer: Answer) -> None:
        self._clear()
        for part in self._parts(answer):
            self._console.print()
            self._console.print(part)
        self._console.print()
        if answer.reason:
            self._console.print(Text(f"! {safe(answer.reason)}", style="yellow"))
        for line in answer.gaps:
            self._console.print(Text(safe(line), style="yellow"))
        self._below(blocks(answer, self._evidence))
        self._console.print(Text(self._summary(), style="dim"))

    def _parts(self, answer: Answer) -> Iterator[RenderableType]:
        """What code states at a glance, then the model's words; or the answer as it stands."""
        problems = stated(answer, self._evidence)
        if not problems:
            if text := safe(answer.text).strip("\n"):
                yield Trimmed(_markdown(text))
            return
        yield Group(*(_problem(each, self._console.width) for each in problems))
        if answer.more:
            yield Trimmed(_markdown(safe(answer.more)))
        if answer.explanation:
            yield Group(Text(EXPLAINED, style="dim"), Trimmed(_markdown(safe(answer.explanation))))

    def _below(self, below: Mapping[str, list[Row]]) -> None:
        """Under the answer: each statement's verdict, and what to run to see the same again."""
        for heading, rows in below.items():
            if rows:
                self._console.print(Text(heading, style="bold"))
            for row in rows:
                line = Text(row.text, style=VERDICT_STYLES[row.verdict])
                self._console.print(Padding(line, (0, 0, 0, 2)))
                if row.quotes:
                    self._console.print(_quotes(row.quotes))

    def _summary(self) -> str:
        usage = Usage.total(self._usages)
        parts = [
            counted(len(self._usages), "request"),
            counted(len(self._calls), "tool call"),
        ]
        if usage.prompt_tokens is not None:
            parts.append(f"{usage.prompt_tokens:,}+{usage.completion_tokens or 0:,} tokens")
        if usage.cost is not None:
            parts.append(dollars(usage.cost))
        parts.append(duration(time.monotonic() - self._began))
        return " · ".join(parts)


def _problem(problem: Stated, width: int) -> RenderableType:
    """A problem in its lines, as the columns that the terminal has room for."""
    head = Table.grid(padding=(0, 1, 0, 0), expand=True)
    head.add_column(width=2)
    head.add_column(ratio=1, overflow="fold")
    head.add_column(justify="right")
    first = Text.assemble((problem.object, "bold"), "  ", problem.problem)
    style = VERDICT_STYLES[problem.verdict]
    head.add_row(Text(str(problem.number), style="bold"), first, Text(problem.verdict, style))
    return Group(head, *(_fact(each, wide=width >= WIDE) for each in problem.facts))


def _fact(fact: Fact, *, wide: bool) -> RenderableType:
    """What is so, and beside or below it the call that shows it."""
    grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
    grid.add_column(width=2)
    grid.add_column(width=8)
    grid.add_column(ratio=3, overflow="fold")
    row = [Text(), Text(fact.label, style="cyan"), Text(fact.text)]
    shown_by = Text(fact.shown_by, style="dim")
    if fact.shown_by and wide:
        grid.add_column(ratio=2, overflow="fold")
        row.append(shown_by)
    grid.add_row(*row)
    if fact.shown_by and not wide:
        grid.add_row(Text(), Text(), shown_by)
    return grid


class Trimmed:
    """A renderable without its blank first and last lines; with `last`, its last lines alone."""

    def __init__(self, inner: RenderableType, *, last: int | None = None) -> None:
        self._inner = inner
        self._last = last

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich's own hook."""
        lines = console.render_lines(self._inner, options, pad=False, new_lines=True)
        blank = [not "".join(segment.text for segment in line).strip() for line in lines]
        if all(blank):
            return
        first, end = blank.index(False), len(blank) - blank[::-1].index(False)
        for line in lines[max(first, end - self._last) if self._last else first : end]:
            yield from line


def _quotes(lines: Sequence[str]) -> RenderableType:
    """Lines of evidence, whole: what decides may stand at the end of a long one."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    for line in lines:
        grid.add_row(Text("│", style="dim"), Text(line, style="dim"))
    return Padding(grid, (0, 0, 0, 6))


class _WholeNames(TableElement):
    """A markdown table that wraps what is too long: half a pod's name is of no use."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                for column in table.columns:
                    column.overflow = "fold"
            yield table


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "table_open": _WholeNames,
    }


def _markdown(text: str) -> Markdown:
    # Links are shown in full and not as terminal hyperlinks: an answer can carry a planted one.
    markdown = _Markdown("", hyperlinks=False)
    # Rich's own parser shows of an image its title alone, and of `<none>` nothing at all. Without
    # these rules an image is a link with a "!" before it, angle brackets are text, and so is
    # `[1]: http://…`, which would vanish and make a link of each citation [1].
    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    markdown.parsed = parser.disable(["image", "reference"]).parse(text)
    return markdown
