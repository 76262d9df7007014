"""Questions and answers of a conversation, told by its events: as they come, or from a record."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from holmes.core import events
from holmes.core.answer import Answer
from holmes.core.evidence import Evidence
from holmes.core.messages import Usage


@dataclass(kw_only=True, slots=True)
class Exchange:
    """One question, the results that were found for it, and its answer once it is there."""

    question: str
    began: float
    ended: float = 0.0
    answer: Answer | None = None
    numbers: list[int] = field(default_factory=list)


class Exchanges(list[Exchange]):
    """All of a conversation; `found` are its results by number, `usages` the tokens of requests."""

    def __init__(self, past: Iterable[events.Event] = ()) -> None:
        super().__init__()
        self.found: dict[int, Evidence] = {}
        self.usages: list[Usage] = []
        for event in past:
            self.take(event)

    def take(self, event: events.Event) -> None:
        """One event of the conversation."""
        match event:
            case events.Asked():
                self._asked(event)
            case events.ToolFinished(evidence=found):
                self.found[found.number] = found
                if found.number < max(self.found):  # calls that run at once end in any order
                    self.found = dict(sorted(self.found.items()))
                if self and self[-1].answer is None and found.number not in self[-1].numbers:
                    self[-1].numbers.append(found.number)
            case events.ModelReplied():
                self.usages.append(event.usage)
            case events.Answered() if self:
                self[-1].answer, self[-1].ended = event.answer, event.at
            case _:
                pass

    @property
    def answered(self) -> list[Exchange]:
        """Those that have an answer."""
        return [each for each in self if each.answer is not None]

    def _asked(self, event: events.Asked) -> None:
        if self and self[-1].answer is None and self[-1].question == event.question:
            return  # it was cut off, and goes on
        self.append(Exchange(question=event.question, began=event.at))
