"""Where a conversation stands between two questions: what the next one goes on from."""

from dataclasses import dataclass

from holmes.agent.strategies.base import StrategyName
from holmes.core.messages import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A question that was asked and what was answered, without what came with the question."""

    question: str
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """Messages after the instructions, results that the model was told of, turns; no evidence."""

    messages: tuple[Message, ...] = ()
    told: tuple[int, ...] = ()
    turns: tuple[Turn, ...] = ()
    strategy: StrategyName = "plain"
