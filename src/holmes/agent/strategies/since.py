"""What is otherwise than when it was last looked at."""

from collections.abc import Sequence

from holmes.core.finding import Finding
from holmes.core.tool_output import Findings


def since(before: Findings, then: int, now: Findings, look: int, about: Sequence[str]) -> str:
    """A sentence for each finding that came or went, of objects `about`; "" where nothing did.

    then, look  the numbers of the two looks
    about       names of objects ("shop/web"), none for all
    """
    old, new = _by_name(before, about), _by_name(now, about)
    gone = [f"- no longer found: {each.summary}" for key, each in old.items() if key not in new]
    came = [f"- new: {each.summary}" for key, each in new.items() if key not in old]
    return "\n".join([f"Since [{then}], by [{look}]:", *gone, *came]) if gone or came else ""


def _by_name(look: Findings, about: Sequence[str]) -> dict[tuple[str, str, str], Finding]:
    return {
        (each.check, each.kind, each.subject.path): each
        for each in look.findings
        if not about or {each.subject.path, *(ref.path for ref in each.affected)} & set(about)
    }
