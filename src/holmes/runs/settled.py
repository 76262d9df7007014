"""A conversation's states as a transcript keeps them, each as what the one before did not have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from holmes.agent.state import State
from holmes.core import events
from holmes.core.evidence import Evidence
from holmes.core.tool_output import ToolOutput
from holmes.runs import records
from holmes.runs.transcript import Transcript

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a recorded conversation stands.

    states     the one that it goes on from last, before it those that it can go back to
    session    the transcript, with the settings, model and address of the end
    evidence   what was found until then, each number once
    unsettled  the question that was being answered when the record ended
    """

    states: tuple[State, ...]
    session: Transcript
    evidence: tuple[Evidence, ...]
    unsettled: events.Asked | None


def settled(before: State, now: State) -> records.Settled:
    """The line for a state; what is the same everywhere is for the caller to fill in."""
    kept, turns_kept = _same(before.messages, now.messages), _same(before.turns, now.turns)
    return records.Settled(
        depth=0,
        request=0,
        kept=kept,
        messages=now.messages[kept:],
        turns_kept=turns_kept,
        turns=now.turns[turns_kept:],
        told=now.told,
        strategy=now.strategy,
    )


def standing(past: Transcript) -> Standing:
    """Read it."""
    states = [State()]
    last, header = State(), past.header
    found: dict[int, Evidence] = {}
    kept: dict[int, Evidence] = {}
    for line in past.lines:
        if isinstance(line, events.ToolFinished):
            found[line.evidence.number] = line.evidence
        if not isinstance(line, records.Settled):
            continue
        kept = dict(found)
        last = State(
            messages=(*last.messages[: line.kept], *line.messages),
            told=line.told,
            turns=(*last.turns[: line.turns_kept], *line.turns),
            strategy=line.strategy,
        )
        states[line.depth :] = [last]
        header = replace(
            header,
            settings=line.settings or header.settings,
            model=line.model or header.model,
            address=line.address or header.address,
        )
    return Standing(
        states=tuple(states),
        session=replace(past, header=header),
        evidence=tuple(kept.get(n) or _lost(n) for n in range(1, max(kept, default=0) + 1)),
        unsettled=past.unsettled,
    )


def _lost(number: int) -> Evidence:
    output = ToolOutput(status="failed", note="The record of it can't be read.")
    return Evidence(number=number, tool="", arguments={}, output=output, excerpt="", seconds=0.0)


def _same(before: Sequence[_T], now: Sequence[_T]) -> int:
    pairs = enumerate(zip(before, now, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(before), len(now)))
