"""Finding the name that somebody meant: near misses among names that exist."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_ALIKE = 0.7
_SEPARATORS = re.compile(r"[-_./]")


def nearest(wanted: str, existing: Iterable[str]) -> str:
    """The existing name that is most like `wanted`, or "" where none is near.

    Names are near when their letters mostly agree ("ledgr" and "ledger"), or when they begin with
    the same word ("mailer-settings" and "mailer-config").
    """
    best, best_score = "", 0.0
    for name in sorted(existing):
        if name == wanted:
            continue
        score = SequenceMatcher(None, wanted, name).ratio()
        if _same_first_word(wanted, name):
            score = max(score, _ALIKE) + 0.1
        if score >= _ALIKE and score > best_score:
            best, best_score = name, score
    return best


def _same_first_word(one: str, other: str) -> bool:
    first, second = _SEPARATORS.split(one), _SEPARATORS.split(other)
    return first[0] == second[0] and len(first[0]) > 2
