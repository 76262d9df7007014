"""What a question shows on a terminal that has a prompt below."""

import io
from collections.abc import Mapping

from rich.console import Console

from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.render.terminal import TerminalRenderer

_BELOW = 6
"""Lines of the terminal that what moves leaves to the prompt and what was printed last."""


class ChatRenderer(TerminalRenderer):
    """Prints finished things above the prompt; what still moves is drawn by whoever has a prompt.

    `found` are results of earlier questions, which an answer may cite.
    """

    def __init__(self, console: Console, found: Mapping[int, Evidence], *, verbose: bool) -> None:
        super().__init__(console, verbose=verbose, live=False)
        self._earlier = dict(found)

    def __call__(self, event: events.Event) -> None:
        """Take one event; a question to the person stands at the prompt."""
        match event:
            case events.ApprovalAsked() | events.ApprovalGiven():
                pass
            case events.ToolRepeated(number=number) if number in self._earlier:
                self._evidence.setdefault(number, self._earlier[number])
                super().__call__(event)
            case _:
                super().__call__(event)

    def drawn(self, width: int, height: int) -> str:
        """The rows that still move and what the question has taken so far, coloured."""
        console = Console(
            file=io.StringIO(),
            force_terminal=True,
            width=width,
            height=max(4, height - _BELOW),
            highlight=False,
            color_system="standard" if self._console.color_system else None,
            no_color=self._console.no_color,
        )
        with console.capture() as captured:
            console.print(self.moving())
        return captured.get().rstrip("\n")

    @property
    def so_far(self) -> str:
        """Requests, calls, tokens and time until now."""
        return self._summary()

    def _end(self, answer: Answer) -> None:
        cited = {n: self._earlier[n] for n in answer.citations if n in self._earlier}
        own, self._evidence = self._evidence, {**cited, **self._evidence}
        super()._end(answer)
        self._evidence = own
