"""Hold an answer against the evidence: what it says specifically occurs there."""

from holmes.investigation.grounding.checker import Checker, Unfounded, struck, unfounded
from holmes.investigation.grounding.citations import citations, without_dangling
from holmes.investigation.grounding.citing import Citer
from holmes.investigation.grounding.gaps import nothing_seen
from holmes.investigation.grounding.review import review

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
