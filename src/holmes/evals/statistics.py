"""Shares with the interval that they deserve."""

import math
from dataclasses import dataclass

Z_95 = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """`part` of `whole`, with the 95 % interval `low` to `high`; all between 0 and 1."""

    part: float
    low: float
    high: float
    whole: int

    def __str__(self) -> str:
        """`67 % (55-77)`, or a dash where there is nothing to share."""
        if not self.whole:
            return "-"
        return f"{self.part:.0%} ({self.low * 100:.0f}-{self.high * 100:.0f})".replace("%", " %")


def share(part: float, whole: int) -> Share:
    """Wilson's score interval of a proportion `part` seen in `whole` independent trials.

    E. B. Wilson, JASA 22 (1927) 209; unlike p ± z·sd it is sound at 0, at 1 and for few trials.
    """
    if whole <= 0:
        return Share(part=0.0, low=0.0, high=1.0, whole=0)
    z2 = Z_95 * Z_95
    middle = part + z2 / (2 * whole)
    reach = Z_95 * math.sqrt(part * (1 - part) / whole + z2 / (4 * whole * whole))
    scale = 1 + z2 / whole
    return Share(
        part=part,
        low=max(0.0, (middle - reach) / scale),
        high=min(1.0, (middle + reach) / scale),
        whole=whole,
    )


def sign_test(worse: int, better: int) -> float:
    """How likely a split at least this uneven is where neither way is favoured (two-sided)."""
    changed = worse + better
    outcomes = sum(math.comb(changed, k) for k in range(min(worse, better) + 1))
    return min(1.0, 2 * outcomes / float(2**changed))
