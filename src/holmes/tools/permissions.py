"""What the user gave an investigation beyond reading: files to read, commands to ask about."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from holmes.core.errors import UsageError
from holmes.policy.grants import Grant, read_grant

Answer: TypeAlias = Literal["yes", "no", "no_terminal", "no_answer"]
"""What a person said; `no_terminal`: there was nobody to ask."""


@dataclass(frozen=True, kw_only=True, slots=True)
class No:
    """A no with what the person said about it."""

    reason: str


Asker: TypeAlias = Callable[[str], Awaitable[Answer | No]]
"""Shows a person the exact command and waits for yes or no; one question at a time."""

ASKING_SECONDS = 300.0
"""How long a question may stand."""


_REFUSALS: Mapping[Answer, str] = MappingProxyType({
    "no": "the user said no; do not try it again",
    "no_terminal": "it needs the user's yes and there is no terminal to ask on",
    "no_answer": "the user did not answer in time",
})  # fmt: skip


def not_run(answer: Answer | No, way: str = "") -> str:
    """What the model is told where the answer was not yes; `way` leads to one."""
    if isinstance(answer, No):
        return f"Nothing ran: the user said no: {answer.reason}"
    return f"Nothing ran: {_REFUSALS[answer]}{way}."


async def nobody(command: str) -> Answer:
    """An asker where there is no person."""
    del command
    return "no_terminal"


class CurrentAsker:
    """Asks the person behind the call that runs now, where investigations have one each."""

    def __init__(self, otherwise: Asker) -> None:
        self._now: ContextVar[Asker] = ContextVar("asker", default=otherwise)

    async def __call__(self, command: str) -> Answer | No:
        """Ask that person."""
        return await self._now.get()(command)

    @contextmanager
    def being(self, ask: Asker) -> Iterator[None]:
        """For as long as the block runs, in its task and the tasks that it starts."""
        token = self._now.set(ask)
        try:
            yield
        finally:
            self._now.reset(token)


@dataclass(frozen=True, kw_only=True, slots=True)
class Permissions:
    """Nothing by default.

    grants  commands that a person may be asked about; none runs without a yes
    files   files, resolved, that commands may read
    ask     how a person is asked
    """

    grants: tuple[Grant, ...] = ()
    files: frozenset[Path] = frozenset()
    ask: Asker = nobody


NONE = Permissions()


def permissions(allow: Sequence[str], files: Sequence[Path], ask: Asker = nobody) -> Permissions:
    """Permissions as the user wrote them; UsageError for what can't be allowed."""
    grants: list[Grant] = []
    for text in allow:
        grant = read_grant(text)
        if not isinstance(grant, Grant):
            raise UsageError(f'--allow "{text}": {grant}.')
        grants.append(grant)
    given = frozenset(path.resolve() for path in files)
    return Permissions(grants=tuple(grants), files=given, ask=ask)
