"""How closely a model is led, before it has said a word: by what is known of its ability.

Unknown means capable. The context window says nothing: whoever has a large model may serve it with
a short window, and a hosted model's server states none.
"""

import re

from holmes.agent.strategies.base import Strategy
from holmes.config.choices import Guidance

SMALL_MODEL = 4.0
"""Billions of parameters; up to here a model is small by its name."""

# "8x7b" is eight sevens; "a3b" are the three that are active of more; "e4b" counts as four.
_SIZE = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?e?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])")


def strategy_for(model: str, guidance: Guidance = "auto", *, weak: bool = False) -> Strategy:
    """The strategy to begin with; `weak` is what `holmes model check` remembers of the model."""
    from holmes.agent.strategies.plain import Plain  # noqa: PLC0415

    size = parameters(model)
    small = weak or (size is not None and size <= SMALL_MODEL)
    return guided() if guidance == "on" or (guidance == "auto" and small) else Plain()


def guided() -> Strategy:
    """The strategy that leads step by step."""
    from holmes.agent.strategies.guided import Guided  # noqa: PLC0415  # for small models only

    return Guided()


def parameters(name: str) -> float | None:
    """How many billions of parameters a model has by its name, or None where that says nothing."""
    sizes = [
        int(times or 1) * float(number) * (1.0 if unit == "b" else 0.001)
        for times, number, unit in _SIZE.findall(name.lower())
    ]
    return max(sizes, default=None)
