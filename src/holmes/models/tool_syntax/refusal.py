"""Recognises a reply that should have been a tool call and is something else.

Four kinds are told apart. (24 Nov 2026: llama-cpp-python's chatml format and FastChat drop the
tools without a word, and Qwen2.5-Coder then advises kubectl; SmolLM2-135M made up pods.)

no_access        "I can't access your cluster"
told_to_run      a command or a way to look things up, left to the person
invented_output  output of a command that was never run
announced        "Let me check the pods." and then nothing

An answer that states findings and ends with a command that mends them is none of these.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from holmes.core.messages import ToolDefinition

NoCallKind: TypeAlias = Literal["no_access", "told_to_run", "invented_output", "announced"]

_HEAD_CHARS = 700
_ADVICE_CHARS = 400
_ANNOUNCEMENT_CHARS = 400
_QUOTE_CHARS = 160

_NO_ACCESS = re.compile(
    r"\b(?:I|we)(?:'m| am)? ?(?:currently |also |unfortunately )?"
    r"(?:can(?:'t|not| not)|(?:do|does)(?: not|n't)|could(?: not|n't)|not able|unable"
    r"|(?:am |'m )?(?:not able|unable)|lack|have no|won't be able)\b[^.\n]{0,60}?"
    r"\b(?:access|connect|interact|execute|run|retrieve|check|view|query|see|inspect|perform"
    r"|ability|capability|look up|browse)\b[^.\n]{0,70}?"
    r"\b(?:cluster|clusters|environment|systems?|infrastructure|kubernetes|commands?|kubectl"
    r"|real-time|live|external|servers?|namespaces?|pods?|logs?|tools?|machine|data)\b"
    r"|\bas an AI\b[^.\n]{0,80}\b(?:can(?:'t|not)|do(?: not|n't)|unable|not able|no access|lack)\b"
    r"|\b(?:only|just) (?:a|an) (?:text-based|language|AI)\b[^.\n]{0,60}"
    r"|\b(?:please|could you|can you) (?:provide|share|paste|send|post)\b[^.\n]{0,60}"
    r"\b(?:output|logs?|results?|kubectl|yaml)\b",
    re.IGNORECASE,
)
_REFUSED_BY_SYSTEM = re.compile(
    r"forbidden|denied|rbac|permission|refused|timed? ?out|returned|unauthori[sz]ed|not found"
    r"|error from server|because the|\b40[134]\b|no longer|terminated",
    re.IGNORECASE,
)
_LOOK_UP = re.compile(
    r"\b(?:kubectl|oc|k) +(?:-n +\S+ +|--?\S+ +){0,3}(?:get|describe|logs?|top|events|cluster-info"
    r"|explain|api-resources|exec|version)\b"
    r"|\b(?:helm (?:list|ls|status|history)|docker (?:ps|logs|inspect)|systemctl status"
    r"|journalctl|crictl (?:ps|logs)|promtool query|stern)\b"
)
_ADVICE = re.compile(
    r"\byou (?:can|could|should|may|might|will need|need|would)\b|\byou'll (?:need|want)\b"
    r"|\b(?:run|use|using|execute|try|enter|type)\b[^.\n]{0,60}\b(?:command|kubectl|following)\b"
    r"|\bfollowing (?:command|steps)|\bhere(?:'s| is| are) (?:how|the (?:steps|command))"
    r"|\b(?:run|execute|try|use):|\bfollow these steps|\bplease run\b|\bby running\b",
    re.IGNORECASE,
)
# The way to look, where looking was asked for (embedded 1.5B, two of forty questions, 26 Nov 2026).
_WAY_TO_LOOK = re.compile(
    r"(?:in order )?to (?:determine|find(?: out)?|check|see|identify|get|retrieve|view|know"
    r"|understand|investigate|diagnose|troubleshoot)\b[^\n]{0,250}?,? you"
    r" (?:can|could|should|would|will|may|might|need|have to)\b",
    re.IGNORECASE,
)
_FINDING = re.compile(
    r"CrashLoopBackOff|OOMKilled|ImagePullBackOff|ErrImagePull|\bPending\b|\bEvicted\b"
    r"|exit(?:ed| code|s)|\brestart(?:s|ed|ing)\b|\broot cause\b|\bcaused by\b|\bbecause\b"
    r"|\bfail(?:s|ed|ing)\b|\bthe (?:logs?|events?|output) shows?\b|\b\d+/\d+\b|\bis (?:un)?healthy"
    r"|\bare (?:un)?healthy\b|\bFailedScheduling\b|\bfound\b|\bdoes not exist\b|\bmissing\b"
    r"|\bis running\b|\bare running\b|\bis set to\b|\bmismatch\b|\bexpired?\b|\bfull\b",
    re.IGNORECASE,
)
_INVENTED = re.compile(
    r"\b(?:output|result|response|it|list|logs?)\b[^.\n]{0,30}"
    r"\b(?:might|may|could|would|should|will)\b[^.\n]{0,20}"
    r"\b(?:look(?:s)? (?:something )?like|be (?:something like|similar)|resemble)"
    r"|\b(?:example|sample|hypothetical|simulated|expected|mock) (?:output|response|result)s?\b"
    r"|\b(?:let'?s|let us|I'll|I will|we) (?:assume|imagine|pretend|simulate)\b"
    r"|\bassum(?:e|ing)\b[^.\n]{0,40}\b(?:output|returns?|shows?|result)\b"
    r"|\bfor (?:the sake of|illustration|demonstration)\b"
    r"|example\.com/pod",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b(pod|node|deployment|service|container)[ -_]?1\b", re.IGNORECASE)
_TRANSCRIPT = re.compile(
    r"^\s*NAME(?:SPACE)? {2,}\S.*$|^[$#>] ?(?:kubectl|helm|oc) .*\n\s*\S"
    r"|^(?:Observation|Output|Result|Tool output):",
    re.MULTILINE,
)
_ANNOUNCED = re.compile(
    r"\b(?:let me(?! know)|I'll|I will|I'm going to|I am going to|let's|first,? I|I need to"
    r"|(?<!if )I should|we need to|next,? I)\b[^.\n]{0,40}?"
    r"\b(?:check|list|get|look|start|inspect|fetch|run|query|examine|investigate|call|use"
    r"|retrieve|gather|review|see|find|describe|pull)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")


@dataclass(frozen=True, kw_only=True, slots=True)
class NoCall:
    """A reply in place of a call; `quote` is the passage that gives it away."""

    kind: NoCallKind
    quote: str


def no_call_made(
    text: str, tools: Collection[ToolDefinition], *, observed: bool = True
) -> NoCall | None:
    """Tell why a reply without calls should have had one, or None where it is an answer.

    `observed` says that some tool has already returned something in this investigation. Where
    none has, findings and tables in the reply can't be real and excuse nothing.
    """
    text = text.strip()
    if not tools or not text:
        return None
    return (
        _no_access(text)
        or _invented(text, observed=observed)
        or _told_to_run(text, observed=observed)
        or _announced(text)
    )


def _no_access(text: str) -> NoCall | None:
    for sentence in _SENTENCE.split(text[:_HEAD_CHARS]):
        if _NO_ACCESS.search(_straight(sentence)) and not _REFUSED_BY_SYSTEM.search(sentence):
            return _no_call("no_access", sentence)
    return None


def _invented(text: str, *, observed: bool) -> NoCall | None:
    found = _INVENTED.search(_straight(text))
    if found and (not observed or not _FINDING.search(text[: found.start()])):
        return _no_call("invented_output", text[found.start() :])
    numbered = _NUMBERED.search(text)
    if numbered and _counts_on(text, numbered):
        return _no_call("invented_output", text[numbered.start() :])
    transcript = None if observed else _TRANSCRIPT.search(text)
    return _no_call("invented_output", transcript[0]) if transcript else None


def _counts_on(text: str, first: re.Match[str]) -> bool:
    """Tell a made-up series: Pod 1, Pod 2, Pod 3, Pod 4."""
    stem = first[0][:-1]
    return all(f"{stem}{n}" in text for n in (2, 3, 4))


def _told_to_run(text: str, *, observed: bool) -> NoCall | None:
    command = _LOOK_UP.search(text)
    if not command:
        way = None if observed else _WAY_TO_LOOK.match(_straight(text))
        return _no_call("told_to_run", text) if way else None
    before = text[: command.start()]
    if observed and (len(before) > _ADVICE_CHARS or _states_finding(before)):
        return None
    line = text[command.start() :].partition("\n")[0]
    if _ADVICE.search(_straight(before + line)) or not before.strip("`$ \nabhs"):
        return _no_call("told_to_run", line)
    return None


def _states_finding(prose: str) -> bool:
    """Tell a finding from "You can see which pods are unhealthy by running"."""
    sentences = _SENTENCE.split(prose)
    return any(_FINDING.search(s) and not _ADVICE.search(_straight(s)) for s in sentences)


def _announced(text: str) -> NoCall | None:
    if len(text) > _ANNOUNCEMENT_CHARS:
        return None
    last = _SENTENCE.split(text)[-1]
    found = _ANNOUNCED.search(_straight(last))
    return _no_call("announced", last) if found and not _FINDING.search(last) else None


def _straight(text: str) -> str:
    """Typewriter apostrophes, so that one pattern fits both."""
    return text.replace("\u2019", "'")


def _no_call(kind: NoCallKind, quote: str) -> NoCall:
    quote = " ".join(quote.split())
    cut = quote if len(quote) <= _QUOTE_CHARS else quote[: _QUOTE_CHARS - 1] + "…"
    return NoCall(kind=kind, quote=cut)
