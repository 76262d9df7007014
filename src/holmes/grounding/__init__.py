"""Hold an answer against the evidence: what it says specifically occurs there."""

from holmes.grounding.checker import (
    Checker,
    Unfounded,
    struck,
    unfounded,
)
from holmes.grounding.citations import citations, without_dangling
from holmes.grounding.citing import Citer
from holmes.grounding.gaps import nothing_seen
from holmes.grounding.review import review

__all__ = [
    "Checker",
    "Citer",
    "Unfounded",
    "citations",
    "nothing_seen",
    "review",
    "struck",
    "unfounded",
    "without_dangling",
]
