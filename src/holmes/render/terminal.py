"""For a person at a terminal: live progress, the answer as markdown while it is written."""

import time
from collections.abc import Sequence
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
from holmes.render.text import (
    called,
    counted,
    duration,
    quoted,
    result_line,
    safe,
    statement_line,
    total,
)

REFRESH_PER_SECOND = 8

VERDICT_STYLES = {"confirmed": "", "likely": "dim", "inconclusive": "yellow"}


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

    Use `close` whatever happens: it gives the cursor back. `earlier` is the seconds that the run
    took before: in another process that it goes on from, or all of them where it is shown again.
    """

    def __init__(
        self, console: Console | None = None, *, verbose: bool = False, earlier: float = 0.0
    ) -> None:
        self._verbose = verbose
        self._console = console or Console(highlight=False)
        self._running: dict[str, _Moving] = {}
        self._waiting: _Moving | None = None
        self._blocks = MarkdownBlocks()
        self._printed = ""
        self._evidence: dict[int, Evidence] = {}
        self._usages: list[Usage] = []
        self._began = time.monotonic() - earlier
        self._live = Live(
            get_renderable=self._moving,
            console=self._console,
            refresh_per_second=REFRESH_PER_SECOND,
            transient=True,
        )
        self._live.start()

    def __call__(self, event: events.Event) -> None:
        """Take one event."""
        match event:
            case events.ModelWaiting(recorded=False):
                self._waiting = _Moving(what=safe(f"waiting for {event.model} at {event.address}"))
            case events.ModelText():
                self._text(event)
            case events.ModelTextVoid():
                self._void()
            case events.ModelReplied():
                self._waiting = None
                self._usages.append(event.usage)
            case events.ToolStarted():
                self._running[event.key] = _Moving(what=safe(event.command or event.tool))
            case events.ToolFinished():
                self._finished(event)
            case events.ApprovalAsked() | events.ApprovalGiven():
                self._leave_alone(while_asking=isinstance(event, events.ApprovalAsked))
            case events.Noticed():
                self._console.print(Text(f"! {safe(event.text)}", style="yellow"))
            case events.Answered():
                self._end(event.answer)

    def _leave_alone(self, *, while_asking: bool) -> None:
        """Take the live region off the screen while a question stands on it."""
        if while_asking:
            self._live.stop()
        else:
            self._live.start()

    def failed(self, message: str) -> None:
        """The run ended with an error, which the command line prints; keep what was found."""
        del message
        self._waiting = None
        self._list_all()

    def close(self) -> None:
        """End the live region; what was in it and unfinished disappears."""
        self._waiting = None
        self._running.clear()
        self._live.stop()

    def _moving(self) -> RenderableType:
        now = time.monotonic()
        rows: list[RenderableType] = [call.drawn(now) for call in self._running.values()]
        if self._blocks.pending.strip():
            rows.append(_markdown(self._blocks.pending))
        elif self._waiting is not None:
            rows.append(self._waiting.drawn(now, style="dim"))
        return Group(*rows)

    def _text(self, event: events.ModelText) -> None:
        if event.reasoning:
            return
        for block in self._blocks.feed(safe(event.text)):
            self._print_block(block)

    def _print_block(self, block: str) -> None:
        if not self._printed:
            self._console.print()
        self._printed += block
        self._console.print(Trimmed(_markdown(block)))
        self._console.print()

    def _void(self, rest: str = "") -> None:
        said = (self._printed + self._blocks.rest() + rest).strip()
        if self._printed:
            self._console.print(Text("(the above was not the answer)", style="dim"))
        elif said:
            self._console.print(Text(said, style="dim"))
        self._printed = ""

    def _finished(self, event: events.ToolFinished) -> None:
        self._running.pop(event.key, None)
        evidence = event.evidence
        self._evidence[evidence.number] = evidence
        style = "green" if evidence.output.status in {"ok", "no_data"} else "red"
        line = Text(result_line(evidence, repeated=event.repeated, recorded=event.recorded))
        line.stylize(style, 0, 1)
        self._console.print(line)
        if self._verbose and evidence.excerpt:
            self._console.print(Padding(Text(safe(evidence.excerpt), style="dim"), (0, 0, 0, 2)))

    def _end(self, answer: Answer) -> None:
        self._waiting = None
        rest = self._blocks.rest()
        text = safe(answer.text)
        began = self._printed.lstrip()
        if began and not text.startswith(began.rstrip()):
            self._void(rest)
            began = ""
        if left := text[len(began) :].strip("\n"):
            self._print_block(left)
        if answer.reason:
            self._console.print(Text(f"! {safe(answer.reason)}", style="yellow"))
        for line in answer.gaps:
            self._console.print(Text(safe(line), style="yellow"))
        if answer.state == "none":
            self._list_all()
        else:
            self._carried(answer)
        self._console.print(Text(self._summary(), style="dim"))

    def _carried(self, answer: Answer) -> None:
        """Under the answer: each cause with its verdict, and what to run to see the same again."""
        causes = [
            Text(safe(statement_line(statement)), style=VERDICT_STYLES[statement.verdict])
            for statement in answer.statements
        ]
        self._rows("Causes", causes)
        cited = [self._evidence[n] for n in answer.citations if n in self._evidence]
        rows: list[RenderableType] = []
        for entry in cited or self._evidence.values():
            rows.append(Text(safe(f"[{entry.number}] {called(entry)}")))
            if lines := quoted(answer, entry.number):
                rows.append(_quotes(lines))
        self._rows("Evidence", rows)

    def _rows(self, title: str, rows: Sequence[RenderableType]) -> None:
        if rows:
            self._console.print(Text(title, style="bold"))
            self._console.print(Padding(Group(*rows), (0, 0, 0, 2)))

    def _list_all(self) -> None:
        found = [entry for entry in self._evidence.values() if not entry.output.invalid]
        rows = [
            Text(safe(text))
            for entry in found
            for text in (f"[{entry.number}] {called(entry)}", entry.excerpt)
        ]
        self._rows("What was found so far", rows)

    def _summary(self) -> str:
        usage = total(self._usages)
        parts = [
            counted(len(self._usages), "request"),
            counted(len(self._evidence), "tool call"),
        ]
        if usage.prompt_tokens is not None:
            parts.append(f"{usage.prompt_tokens:,}+{usage.completion_tokens or 0:,} tokens")
        parts.append(duration(time.monotonic() - self._began))
        return " · ".join(parts)


class Trimmed:
    """A renderable without its blank first and last lines: lists and code come with some."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich's own hook."""
        lines = console.render_lines(self._inner, options, pad=False, new_lines=True)
        blank = [not "".join(segment.text for segment in line).strip() for line in lines]
        if all(blank):
            return
        first, last = blank.index(False), len(blank) - blank[::-1].index(False)
        for line in lines[first:last]:
            yield from line


class MarkdownBlocks:
    """Cuts streamed markdown into blocks that can be rendered for good.

    A block ends at a blank line outside a code fence; `pending` is what has not ended yet.
    """

    def __init__(self) -> None:
        self.pending = ""

    def feed(self, text: str) -> list[str]:
        """Add text and take the blocks that are complete now."""
        self.pending += text
        blocks: list[str] = []
        while (end := _block_end(self.pending)) is not None:
            blocks.append(self.pending[:end])
            self.pending = self.pending[end:]
        return blocks

    def rest(self) -> str:
        """Take what is left, complete or not."""
        rest, self.pending = self.pending, ""
        return rest


def _block_end(text: str) -> int | None:
    position, fenced, any_text = 0, False, False
    while (newline := text.find("\n", position)) != -1:
        line = text[position:newline]
        position = newline + 1
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if line.strip():
            any_text = True
        elif any_text and not fenced:
            return position
    return None


def _quotes(lines: Sequence[str]) -> RenderableType:
    """Lines of evidence, whole: what decides may stand at the end of a long one."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    for line in lines:
        grid.add_row(Text("│", style="dim"), Text(safe(line), style="dim"))
    return Padding(grid, (0, 0, 0, 4))


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
