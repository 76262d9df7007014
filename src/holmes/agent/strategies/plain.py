"""A capable model is free: all tools, its own choice of calls, its own words."""

from typing import TYPE_CHECKING

from holmes.agent import prompts
from holmes.agent.strategies.base import Decision, Done, GoOn, Lead, StrategyName
from holmes.models.base import ModelReply

if TYPE_CHECKING:
    from holmes.agent.calls import BatchResults
    from holmes.agent.loop import Investigation

MOST_FRUITLESS = 3
"""Replies in a row whose calls could not be run, or were all made before: a capable model reads
what was wrong and mends it in one or two."""


class Plain:
    """Leaves the model alone, and notices where it does not get along by itself."""

    name: StrategyName = "plain"

    def __init__(self) -> None:
        self._fruitless = 0
        self._reminded = False

    async def begin(self, run: "Investigation") -> Decision:
        """Nothing is looked at before the model asks for it."""
        del run
        self._fruitless = 0
        self._reminded = False
        return GoOn()

    async def after_words(self, run: "Investigation", reply: ModelReply) -> Decision:
        """Its words are the answer, unless they tell of the system and nothing was looked at.

        A model that tells how to look is reminded once that it can: how a thing is done may be
        just what was asked.
        """
        said = reply.message.content
        if run.conclusion.invents_unseen(reply):
            return Lead(why="it spoke of the system without looking at it", said=said)
        if not self._reminded and run.conclusion.tells_to_look(reply):
            self._reminded = True
            run.talk.take_back(said, prompts.LOOK)
            return GoOn()
        return Done(answer=await run.conclusion.settle(reply))

    async def after_calls(self, run: "Investigation", results: "BatchResults") -> Decision:
        """On, while calls bring something new."""
        del run
        self._fruitless = 0 if results.outcome == "ran" else self._fruitless + 1
        if self._fruitless < MOST_FRUITLESS:
            return GoOn()
        same = results.outcome == "repeated"
        return Lead(why="it makes the same calls again" if same else "its calls can't be run")
