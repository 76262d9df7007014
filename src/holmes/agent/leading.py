"""How far a model is led: for a small one code looks first, and it is soon asked for the answer.

Whoever has little hardware serves a small model with a short context window; so the window tells
most. But a small one may be served with a long window, too, and only looks about longer then: at
16,384 tokens the embedded 1.5B took 3 to 5 calls and 37 to 132 s for what it answers as well with
one call in 24 s (seven questions, 26 Nov 2026).
"""

import re

SMALL_WINDOW = 16_384
"""Tokens; a model that is served with more is left to choose its first call itself, unless the
question is broad."""

ANSWERING_WINDOW = 8192
"""Tokens; up to here the model is asked for the answer at once. With tools on offer the 1.5B went
on to list the pods of one namespace and called the healthy ones unhealthy (24 Nov 2026)."""

SMALL_MODEL = 4.0
"""Billions of parameters; up to here a model is small, whatever its window."""

# "8x7b" is eight sevens; "a3b" are the three that are active of more; "e4b" counts as four.
_SIZE = re.compile(r"(?<![a-z0-9.])(?:(\d+)x)?e?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])")


def led_window(name: str, window: int) -> int:
    """The window by which a model is led, in tokens: a short one if its name says it is small."""
    size = parameters(name)
    return min(window, ANSWERING_WINDOW) if size and size <= SMALL_MODEL else window


def parameters(name: str) -> float | None:
    """How many billions of parameters a model has by its name, or None where that says nothing."""
    sizes = [
        int(times or 1) * float(number) * (1.0 if unit == "b" else 0.001)
        for times, number, unit in _SIZE.findall(name.lower())
    ]
    return max(sizes, default=None)
