"""Hold an answer against the evidence: mark what no result shows, judge what it gives as cause."""

from holmes.grounding.checker import REPLACED, Checker, Review
from holmes.grounding.citations import citations, without_dangling
from holmes.grounding.gaps import gaps, nothing_seen

__all__ = [
    "REPLACED",
    "Checker",
    "Review",
    "citations",
    "gaps",
    "nothing_seen",
    "without_dangling",
]
