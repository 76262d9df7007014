"""How much of what the server has read for one turn it need not read again for the next.

Three investigations of the packaged cluster by the embedded 1.5B, without the first look, so that
they take several turns. Counted are pairs of turns that offer tools: the answer is asked for
without, and reads a prompt of its own.
"""

from dataclasses import replace
from itertools import pairwise

import anyio
from contenders import Contender
from counted import CountedModel
from meter import BenchmarkError, Spread
from report import Row

from holmes.config.settings import Config
from holmes.demo import CLUSTER
from holmes.evals.run import without_triage
from holmes.runtime import Runtime

_QUESTIONS = (
    "why does the report-worker restart?",
    "which pods are not ready, and what do their logs say?",
    "what does the new checkout lack?",
)
_SECONDS = 300.0


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """The share in percent, of each turn after the first; one round, by this checkout's code."""
    del ours, peer, rounds
    shares = anyio.run(_shares)
    if not shares:
        raise BenchmarkError("the model answered each question in one turn: nothing was repeated")
    return [
        Row(
            measure=f"of the turn before, cached ({len(shares)} turns)",
            unit="% of its tokens",
            ours=Spread.of(shares),
        )
    ]


async def _shares() -> list[float]:
    config = without_triage(Config(model="local", snapshot=CLUSTER, timeout=_SECONDS))
    shares: list[float] = []
    async with Runtime.opened(config, lambda _: None) as runtime:
        for question in _QUESTIONS:
            model = CountedModel(runtime.model)
            counted = replace(runtime, model=model)
            await counted.investigation(lambda _: None).run(question)
            turns = [each.reply.usage for each in model.exchanges if each.request.tools]
            shares += [
                100 * min(1.0, (after.cached_tokens or 0) / before.prompt_tokens)
                for before, after in pairwise(turns)
                if before.prompt_tokens
            ]
    return shares
