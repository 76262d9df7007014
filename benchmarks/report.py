"""Rows of figures, as a table for people (Markdown) and as JSON."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from meter import Spread


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What our median may be at most: a value in the row's unit, or so many bare interpreters."""

    most: float
    of: Literal["value", "bare"] = "value"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measure; `bare` is `python -c pass` in the same rounds, where that is comparable."""

    measure: str
    unit: str
    ours: Spread
    peer: Spread | None = None
    bare: Spread | None = None
    budget: Budget | None = None

    @property
    def to_bare(self) -> float | None:
        """How many bare interpreters ours costs."""
        return None if self.bare is None else self.ours.median / self.bare.median

    @property
    def peer_to_ours(self) -> float | None:
        """How many of ours the peer costs; None where ours is nothing, as an exit code may be."""
        if self.peer is None or not self.ours.median:
            return None
        return self.peer.median / self.ours.median

    @property
    def within_budget(self) -> bool | None:
        """None where there is no budget."""
        if self.budget is None:
            return None
        value = self.to_bare if self.budget.of == "bare" else self.ours.median
        return value is not None and value <= self.budget.most


def machine() -> str:
    """Date, cores, load and interpreter, in one line."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {load} "
        f"(1/5/15 min), {platform.system()} {platform.machine()}"
    )


def table(rows: Sequence[Row]) -> str:
    """A Markdown table: medians with least and greatest in brackets."""
    head = ("measure", "ours", "peer", "bare", "ours / bare", "peer / ours", "budget")
    lines = [head, ("---", *("---:",) * 5, "---"), *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def document(rows: Sequence[Row], where: str) -> dict[str, object]:
    """The same as one JSON object."""
    derived = ("to_bare", "peer_to_ours", "within_budget")
    return {
        "machine": where,
        "rows": [asdict(row) | {name: getattr(row, name) for name in derived} for row in rows],
    }


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row.measure}, {row.unit}",
        _spread(row.ours),
        _spread(row.peer),
        _spread(row.bare),
        _ratio(row.to_bare),
        _ratio(row.peer_to_ours),
        _verdict(row),
    )


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return "-"
    if spread.low == spread.high:
        return _number(spread.median)
    return f"{_number(spread.median)} ({_number(spread.low)} to {_number(spread.high)})"


def _number(value: float) -> str:
    """Three figures, and no more places than a person reads."""
    if value >= 100:
        return f"{value:,.0f}"
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}x"


def _verdict(row: Row) -> str:
    if row.budget is None:
        return "-"
    limit = f"{row.budget.most:,g}" + ("x bare" if row.budget.of == "bare" else "")
    return f"≤ {limit}: {'kept' if row.within_budget else 'MISSED'}"
