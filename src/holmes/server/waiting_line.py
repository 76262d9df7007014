"""The waiting line before a model server: first come, first served, all see their place."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import anyio

Tell: TypeAlias = Callable[[int], None]
"""Is told how many are before."""


@dataclass(eq=False)
class _Waiting:
    tell: Tell
    called: anyio.Event = field(default_factory=anyio.Event)


class WaitingLine:
    """Lets `places` through at once."""

    def __init__(self, places: int) -> None:
        self.free = places
        self._waiting: list[_Waiting] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self, tell: Tell) -> AsyncIterator[None]:
        """Wait, then hold a place for as long as the block runs."""
        await self.enter(tell)
        try:
            yield
        finally:
            self.leave()

    async def enter(self, tell: Tell) -> None:
        """Wait for a place; `leave` gives it back."""
        if self.free > 0:
            self.free -= 1
            return
        one = _Waiting(tell)
        self._waiting.append(one)
        tell(len(self._waiting) - 1)
        try:
            await one.called.wait()
        except anyio.get_cancelled_exc_class():
            if one.called.is_set():
                self.leave()
            else:
                self._waiting.remove(one)
                self._tell()
            raise

    def leave(self) -> None:
        """Give the place to the next, or back."""
        if self._waiting:
            self._waiting.pop(0).called.set()
            self._tell()
        else:
            self.free += 1

    def _tell(self) -> None:
        for before, one in enumerate(self._waiting):
            one.tell(before)
