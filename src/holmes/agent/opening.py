"""The first observation: what code finds by itself, before the model says a word.

A small model asked what is wrong describes the first object that it can think of and reads its
cause out of the status (Qwen2.5-Coder-1.5B, 24 Nov 2026: `kubectl describe pods checkout`, and no
word of the missing variable that the log names). Told first what the checks found, it explains
that, and verifies where it doubts.

Any model is spared a turn where the question is what is wrong at all: it would ask for that first.
"""

import re
from collections.abc import Sequence

from holmes.agent.focus import (
    focused,
    names_nothing,
    told_by_none,
    told_healthy,
)
from holmes.agent.leading import ANSWERING_WINDOW, SMALL_WINDOW
from holmes.core.messages import JsonValue, ToolCall
from holmes.tools.base import Toolset

TOLD_SHARE = 0.5
"""Of a finding's telling words; below that the answer leaves its cause out."""

TELLING_LENGTH = 5
"""Letters of a word that tells something: no "the", no "pod"."""

MOST_ADDED = 5
"""Findings that are added to an answer at most; where more are left out, it was a choice."""

_FINDING = re.compile(r"^- \w+ \S+: .+$", re.MULTILINE)
_DIAGNOSTIC = re.compile(
    r"\b(?:wrong|fine|okay|ok|unhealthy|healthy|health|problems?|issues?|broken"
    r"|incidents?|alerts?|errors?|why|cause[ds]?|fail(?:s|ed|ing|ures?)?"
    r"|crash\w*|restart\w*|pending|stuck|evicted|oom\w*"
    r"|down|unavailable|unreachable|slow|degraded|not (?:working|ready|running|starting|responding)"
    r"|diagnos\w+|investigat\w+|troubleshoot\w*|[45]0\d|timeouts?|backoff)\b",
    re.IGNORECASE,
)
_ASKS_IF_WELL = re.compile(
    r"\b(?:is|are|does|do)\b[^.?!]*\b(?:healthy|unhealthy|well|fine|okay|ok|all right|ready"
    r"|anything wrong|any problems?|any issues?)\b[^.!]*\?",
    re.IGNORECASE,
)
# What people say of a thing that does not do what it should; it may also be said of other things
# ("which pods do not have a limit?"), so that it takes a finding that it fits.
_SYMPTOM = re.compile(
    r"\b(?:can ?not|could not|will not|did not|does not|do not|has not|have not|is not|are not"
    r"|was not|were not|\w+n['\u2019]t|never|no longer|nothing|missing|lacks?|stop(?:s|ped)?"
    r"|hangs?|hung|waits?|waiting|blocked|refus\w+|denied|forbidden|rejected|lost|lose[sd]?|gone"
    r"|disappear\w*|again and again|over and over|what happened|what is going on|keeps?)\b",
    re.IGNORECASE,
)
_ASKS_FOR_REASONS = frozenset({"why", "cause", "caused", "causes"})
_VALUE = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|(?<![-\w.])v?\d[\w.]+")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")
_NAME = r"[`'\"]?([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)[`'\"]?"
_NAMESPACE = (
    re.compile(rf"(?<![-\w]){_NAME}\s+namespace\b"),
    re.compile(rf"\bnamespace:?\s+{_NAME}"),
    re.compile(rf"(?:^|\s)-n\s+{_NAME}"),
    re.compile(r"\bin\s+[`'\"]?([a-z0-9]+(?:-[a-z0-9]+)+)\b"),
)
# Words that can only be names; "checkout" may be a word, and is left to the model to make out.
_OBJECT = re.compile(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b")
_NOT_NAMES = frozenset(
    {"a", "all", "an", "and", "any", "are", "each", "every", "has", "have", "in", "is", "it"}
    | {"its", "my", "of", "or", "that", "the", "this", "what", "which", "with"}
)


def opening_calls(question: str, toolsets: Sequence[Toolset], window: int) -> list[ToolCall]:
    """The calls to make unasked, best first; the next one only where the one before failed.

    None where the question is no diagnosis, the model is no small one and the question not broad,
    or no enabled toolset names an opening tool.
    """
    tool = next((t.opening for t in toolsets if t.opening and t.status.state == "enabled"), "")
    fits = complains(question) if window <= SMALL_WINDOW else broad(question)
    if not tool or not fits:
        return []
    scopes: list[dict[str, JsonValue]] = [{}]
    if namespace := named_namespace(question):
        scopes.insert(0, {"namespace": namespace})
    return [
        ToolCall(id=f"opening{number}", name=tool, arguments=scope, raw_arguments="")
        for number, scope in enumerate(scopes, start=1)
    ]


def complains(question: str) -> bool:
    """Whether a question may be about something that does not work."""
    return bool(_DIAGNOSTIC.search(question) or _SYMPTOM.search(question))


def broad(question: str) -> bool:
    """Whether a question is what is wrong at all, or in one namespace, and names no one thing."""
    troubles = {found.lower() for found in _DIAGNOSTIC.findall(question)} - _ASKS_FOR_REASONS
    rest = _DIAGNOSTIC.sub(" ", _without_namespace(question))
    return bool(troubles) and names_nothing(rest)


def settles(question: str, found: str, window: int, *, clean: bool = False) -> bool:
    """Whether a small model should answer from what was `found`, rather than look further.

    Not where the question names something that was not found to be unhealthy, or only may be a
    complaint; but where it asks whether something is well and nothing was found (`clean`).
    """
    if window > ANSWERING_WINDOW:
        return False
    if clean and named_namespace(question) and _ASKS_IF_WELL.search(question):
        return True
    if focused(question, found):
        return True
    names = _OBJECT.findall(question)
    named = not names or any(name in found for name in names)
    return named and bool(_DIAGNOSTIC.search(question))


def narrowed(question: str, found: str, window: int) -> str:
    """What of the first look a small model is shown: what the question is about, else everything.

    What is left out is counted.
    """
    if window > SMALL_WINDOW or not _FINDING.search(found):
        return found
    about = focused(question, found) or _well(question, found)
    if not about:
        return f"{found}{_unfit(question, found)}"
    left_out = len(_FINDING.findall(found)) - len(_FINDING.findall(about))
    counted = "1 finding" if left_out == 1 else f"{left_out} findings"
    return f"{about}\n[left out here: {counted} about other objects]"


def _well(question: str, found: str) -> str:
    """What a question asks after and was found to be well, in a line that says so, or nothing."""
    if not _ASKS_IF_WELL.search(question):
        return ""
    well = told_healthy(_without_namespace(question), found)
    return f"healthy, nothing was found wrong with it: {', '.join(well)}" if well else ""


def _unfit(question: str, found: str) -> str:
    """What a question asks after that no finding is about, in a line that says so, or nothing.

    The 1.5B takes any finding for one about what was asked (26 Nov 2026).
    """
    if not _ASKS_IF_WELL.search(question):
        return ""
    unfit = told_by_none(_without_namespace(question), found)
    return f"\n[nothing was found wrong with {', '.join(unfit)}]" if unfit else ""


def unexplained(question: str, found: str, answer: str) -> list[str]:
    """The findings, as they stand in `found`, whose cause the answer does not tell.

    Of a question about one thing only the finding that it means: an answer about that may leave
    the others out. Asked for three causes at once, the 1.5B sometimes tells two (24 Nov 2026);
    asked for one, it tells that the registry refuses and leaves out the image (26 Nov 2026).
    """
    missed = [line for line in _meant(question, found) if _leaves_out(line, answer)]
    return missed if len(missed) <= MOST_ADDED else []


def _meant(question: str, found: str) -> list[str]:
    if _well(question, found):
        return []
    namespace = named_namespace(question)
    rest = _without_namespace(question)
    if about := focused(rest, found):
        return _FINDING.findall(about)[:1]
    findings = _FINDING.findall(found)
    if _OBJECT.search(rest):
        return []
    return [line for line in findings if not namespace or f" {namespace}/" in line]


def _leaves_out(finding: str, answer: str) -> bool:
    """Whether an answer tells too few of a finding's telling words, or not the value it turns on.

    That is one of the values before the first semicolon: an image's tag, a variable, a port.
    """
    cause = finding.partition(": ")[2]
    words = {word.strip(".,:;()").lower() for word in cause.split()}
    telling = [word for word in words if len(word) >= TELLING_LENGTH]
    told = sum(word in answer.lower() for word in telling) / max(1, len(telling))
    values = _VALUE.findall(_TIMESTAMP.sub(" ", cause.partition(";")[0]))
    return told < TOLD_SHARE or bool(values and not any(value in answer for value in values))


def _without_namespace(question: str) -> str:
    namespace = named_namespace(question)
    return question.replace(namespace, " ") if namespace else question


def named_namespace(question: str) -> str:
    """The namespace that a question names, or "" where it names none that is easy to see."""
    for pattern in _NAMESPACE:
        for match in pattern.finditer(question):
            if match[1] not in _NOT_NAMES:
                return match[1]
    return ""
