"""What matters in a log: its first and last lines, and one line of each kind with a count."""

import re
from collections.abc import Sequence

from holmes.agent.excerpts.selection import (
    Weighed,
    asked_about,
    choose,
    shortened,
    with_gaps,
)
from holmes.tools.log_templates import LogPatterns, Pattern

_CONTINUED = re.compile(r"(?:\S+Z )?(?:\s+\S|Caused by|Traceback|at \S+\()")
_RECENT = 0.9  # the weight of the last line of all; the ones before it a little less each


def excerpt_of_log(lines: Sequence[str], room: int, question: str, most: int) -> list[str]:
    """First, last, rare and telling lines; `[n lines like this]` stands for those like them."""
    patterns = LogPatterns()
    patterns.feed("\n".join(lines).encode("utf-8", "surrogatepass"))
    patterns.close()
    asked = asked_about(lines, question)
    count = len(lines)
    weights = {index: _RECENT * (index + 1) / count for index in range(count)}
    suffix: dict[int, str] = {}
    for pattern in patterns.patterns():
        _weigh(pattern, weights, suffix)
    last = max((index for index, line in enumerate(lines) if line.strip()), default=0)
    weights[last] = max(weights[last], 5.0)
    weights[0] = max(weights[0], 3.5)
    weighed = [
        Weighed(
            text=shortened(line, most) + suffix.get(index, ""),
            weight=weights[index] + _more(line, asked=asked[index]),
        )
        for index, line in enumerate(lines)
    ]
    return with_gaps(choose(weighed, room), count)


def _weigh(pattern: Pattern, weights: dict[int, float], suffix: dict[int, str]) -> None:
    """The last line of a kind stands for all; where it tells of trouble the first counts, too."""
    rare = 1.0 / pattern.count
    weights[pattern.last_at] += (6.0 if pattern.telling else 2.0) + rare
    if pattern.count > 1:
        suffix[pattern.last_at] = f" [{pattern.count:,} lines like this]"
        weights[pattern.first_at] = max(weights[pattern.first_at], 1.5 if pattern.telling else 1.0)


def _more(line: str, *, asked: bool) -> float:
    return (2.0 if asked else 0.0) + (0.5 if _CONTINUED.match(line) else 0.0)
