"""Compares the ways of calling tools by the same three tasks, and chooses what worked best."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from holmes.models.check.asking import Asker, Attempt
from holmes.models.check.result import Line
from holmes.models.check.tasks import RANKING
from holmes.models.modes.requests import CallFormat, CallMode, SchemaFormat
from holmes.models.profiles.base import Shortcoming

_TITLES: dict[CallMode, str] = {
    "native": "tool calls by the server",
    "constrained": "tool calls held to a form",
    "prompted": "tool calls by the prompt",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """The tasks in one mode; there are fewer attempts where the first showed that it's no use."""

    call_format: CallFormat
    attempts: tuple[Attempt, ...]

    @property
    def score(self) -> int:
        """How many calls were right."""
        return sum(attempt.right for attempt in self.attempts)

    @property
    def refused(self) -> str:
        """The server's refusal of the first task, or nothing."""
        return self.attempts[0].refused

    @property
    def ignored(self) -> bool:
        """Whether the first task got words instead of a call."""
        return not self.refused and not self.attempts[0].called

    @property
    def in_text(self) -> str:
        """The syntax in which native calls were left in the text, or nothing."""
        return next((attempt.syntax for attempt in self.attempts if attempt.syntax), "")

    @property
    def line(self) -> Line:
        """The trial as a line of the report."""
        whole = self.score == len(RANKING)
        return Line(
            key=self.call_format.mode,
            title=_TITLES[self.call_format.mode],
            state="yes" if whole else "partly" if self.score else "no",
            how=self._how(),
        )

    @property
    def shortcoming(self) -> Shortcoming | None:
        """What is wanting in native mode."""
        if self.refused:
            return "tools_refused"
        if self.ignored:
            return "tools_ignored"
        if self.in_text:
            return "call_in_text"
        return None if self.score == len(RANKING) else "wrong_calls"

    def _how(self) -> str:
        if self.refused:
            return self.refused
        if self.ignored:
            return "the model answers in words; the tools seem to be dropped"
        counted = f"{self.score} of {len(RANKING)} right"
        if self.in_text and self.call_format.mode == "native":
            counted = f"left in the text ({self.in_text}) and read from there; {counted}"
        faults = [attempt.fault or attempt.refused for attempt in self.attempts]
        wrong = "; ".join(dict.fromkeys(fault for fault in faults if fault))
        return f"{counted}: {wrong}" if wrong else counted


async def compare(
    asker: Asker, form: SchemaFormat | None, *, system_role: bool, tell: Callable[[str], None]
) -> tuple[Trial, ...]:
    """Try the modes in order, as far as there is something to gain; `form` is what is honoured.

    A mode in which every call is right ends it: those after it can only be as good.
    """
    call_format = CallFormat(schema_format=form or "json_schema", system_role=system_role)
    trials: list[Trial] = []
    for mode, title in _TITLES.items():
        if mode == "constrained" and form is None:
            continue
        tell(title)
        trials.append(await _try(asker, replace(call_format, mode=mode)))
        if trials[-1].score == len(RANKING):
            break
    return tuple(trials)


def best(trials: tuple[Trial, ...]) -> Trial | None:
    """The trial with the most right calls, the earlier mode where several have as many."""
    found = max(trials, key=lambda trial: trial.score)
    return found if found.score else None


async def _try(asker: Asker, call_format: CallFormat) -> Trial:
    attempts: list[Attempt] = []
    for task in RANKING:
        attempts.append(await asker.attempt(task, call_format))
        if len(attempts) == 1 and not attempts[0].called:
            break  # refused, or dropped without a word: the others would be as well
    return Trial(call_format=call_format, attempts=tuple(attempts))
