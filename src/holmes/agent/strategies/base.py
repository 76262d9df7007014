"""What a strategy decides: how closely a model is led through one question."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from holmes.core.answer import Answer
from holmes.models.base import ModelReply

if TYPE_CHECKING:
    from holmes.agent.calls import BatchResults
    from holmes.agent.loop import Investigation

StrategyName: TypeAlias = Literal["plain", "guided"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GoOn:
    """Ask the model again, with tools on offer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """This is the answer."""

    answer: Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """From here on the model is guided.

    why   completes "The model is led step by step from here: …"
    said  the words that could not be its answer, if there were any
    """

    why: str
    said: str = ""


Decision: TypeAlias = GoOn | Done | Lead


class Strategy(Protocol):
    """How a model is led through one question after the other."""

    @property
    def name(self) -> StrategyName:
        """What people know it by."""

    async def begin(self, run: "Investigation") -> Decision:
        """A question is there, or this strategy takes over from another in the middle of one."""

    async def after_words(self, run: "Investigation", reply: ModelReply) -> Decision:
        """The model replied without calling a tool."""

    async def after_calls(self, run: "Investigation", results: "BatchResults") -> Decision:
        """Its calls were run, refused, or found to be repeated."""
