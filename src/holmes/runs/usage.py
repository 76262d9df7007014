"""What runs used: tokens and cost, from the transcripts of this user."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from holmes.core.messages import Usage
from holmes.runs import records

_READ = (b'{"kind":"run"', b'{"kind":"reply"')
"""How the lines begin that say it; results of tools are most of a transcript."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """One reply of a model, in a session that begins with `question`; `at` is local time."""

    session: str
    question: str
    model: str
    at: float
    usage: Usage

    @property
    def month(self) -> str:
        """`2026-11`."""
        return time.strftime("%Y-%m", time.localtime(self.at))


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """A sum over requests: `counted` of them by their server, `priced` with a known cost."""

    requests: int
    counted: int
    priced: int
    usage: Usage


def used(path: Path) -> Iterator[Used]:
    """The replies in a transcript, as far as it can be read."""
    question, model = "", ""
    for line in _lines(path):
        match line:
            case records.Header():
                question, model = line.question, line.model
            case records.Reply(reply=reply):
                yield Used(
                    session=path.stem,
                    question=question,
                    model=reply.model or model,
                    at=line.at,
                    usage=reply.usage,
                )


def total(each: Iterable[Usage]) -> Total:
    """The sum; a count that no server gave is None."""
    usages = list(each)
    return Total(
        requests=len(usages),
        counted=sum(usage.prompt_tokens is not None for usage in usages),
        priced=sum(usage.cost is not None for usage in usages),
        usage=Usage.total(usages),
    )


def _lines(path: Path) -> Iterator[records.Line]:
    try:
        with path.open("rb") as file:
            for line in file:
                if line.startswith(_READ):
                    try:
                        yield records.decode(line)
                    except ValueError:
                        continue  # cut off by a kill
    except OSError:
        return  # removed by another run meanwhile
