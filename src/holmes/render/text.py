"""Small pieces of text that every renderer shares: safe characters, durations, result lines."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from holmes.core.answer import Answer, Statement, Verdict
from holmes.core.events import ToolFinished
from holmes.core.evidence import Evidence

# ANSI sequences (CSI, OSC and the two-character ones) and the other control characters: tool
# output and model text are untrusted, and a terminal obeys them.
_CONTROL = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])(?:[^\x07\x1b\x9c\n]{0,2000}(?:\x07|\x1b\\|\x9c))?|\x1b.?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    # Characters that reorder what stands around them, or that nobody sees: bidi controls, variation
    # selectors beyond the emoji's, the tag block, which spells ASCII that only a model reads.
    "|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e01ef]"
)
# What JSON may hold as it is, and a terminal obeys.
_OBEYED_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\U000e0000-\U000e01ef]"
)

_CITATION = re.compile(r"\[([\d, ]+)\]")
_MARKDOWN = re.compile(r"\*{1,3}|`|^[#>\s|]+", re.MULTILINE)

_MARKS = {
    "ok": "✓",
    "no_data": "∅",
    "failed": "✗",
    "timeout": "⏱",
    "denied": "⊘",
    "invalid_arguments": "✗",
    "unknown_tool": "✗",
}


def safe(text: str) -> str:
    """The text without anything that a terminal would obey rather than show."""
    return _CONTROL.sub("", text)


def visible(command: str) -> str:
    """The command with everything that a terminal would obey, or nobody would see, spelled out."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in command
    )


def as_json(value: object, indent: int | None = 2) -> str:
    """A document as JSON that may be looked at in a terminal: what that obeys is escaped."""
    written = json.dumps(value, indent=indent, ensure_ascii=False)
    return _OBEYED_IN_JSON.sub(lambda match: json.dumps(match[0])[1:-1], written)


def duration(seconds: float) -> str:
    """`0.31 s`, `4.2 s`, `75 s`."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    return f"{seconds:.1f} s" if seconds < 20 else f"{seconds:.0f} s"


def counted(number: int, singular: str) -> str:
    """`1 call`, `2 calls`; the plural adds an "s"."""
    return f"{number} {singular}" if number == 1 else f"{number} {singular}s"


def result_line(event: ToolFinished) -> str:
    """One line for a finished call: mark, number, exact command, state, time, note."""
    evidence, output = event.evidence, event.evidence.output
    parts = [f"{_MARKS[output.status]} {numbered(evidence)}"]
    if output.status != "ok":
        parts.append(output.status.replace("_", " "))
    parts.append("(from the record)" if event.recorded else duration(evidence.seconds))
    line = "  ".join(parts)
    return safe(f"{line}  — {output.note}" if output.note else line)


def repeated_line(evidence: Evidence) -> str:
    """One line for a call that an earlier result answers."""
    mark = _MARKS[evidence.output.status]
    return safe(f"{mark} {numbered(evidence)}  (asked again; not run again)")


def numbered(evidence: Evidence) -> str:
    """`[1] kubectl get pods`."""
    return f"[{evidence.number}] {called(evidence)}"


def called(evidence: Evidence) -> str:
    """The exact command, or the call as the model wrote it where nothing ran."""
    if evidence.output.command:
        return evidence.output.command
    arguments = ", ".join(f"{name}={value!r}" for name, value in evidence.arguments.items())
    return f"{evidence.tool}({arguments})"


EXPLAINED = "In the model's words"
_LONGEST_CAUSE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line under an answer, the lines of evidence below it, the verdict of a statement."""

    text: str
    quotes: tuple[str, ...] = ()
    verdict: Verdict = "confirmed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One line of what code states: its label, what is so, and the call that shows it."""

    label: str
    text: str
    shown_by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """A problem as code states it, to be taken in at a glance: its first line, then its facts."""

    number: int
    object: str
    problem: str
    verdict: Verdict
    facts: tuple[Fact, ...]


def stated(answer: Answer, evidence: Mapping[int, Evidence]) -> list[Stated]:
    """What code states in an answer, root causes first; each cause with the call that shows it."""
    return [
        Stated(
            number=number,
            object=safe(each.object),
            problem=safe(each.problem),
            verdict=each.verdict,
            facts=tuple(
                Fact(label=label, text=safe(said), shown_by=_shown_by(each, label, evidence))
                for label, said in each.facts
            ),
        )
        for number, each in enumerate(answer.stated, start=1)
    ]


def _shown_by(statement: Statement, label: str, evidence: Mapping[int, Evidence]) -> str:
    entry = evidence.get(statement.citations[-1]) if statement.citations else None
    return safe(numbered(entry)) if entry and label == "cause" else ""


def blocks(answer: Answer, evidence: Mapping[int, Evidence]) -> dict[str, list[Row]]:
    """What stands under an answer by its heading: verdicts, commands to run again; no fact twice.

    The lines of evidence that decide stand below the command that printed them.
    """
    if answer.state == "none":
        return found_so_far(evidence)
    beside = {each.citations[-1] for each in answer.stated if each.citations}
    cited = [evidence[n] for n in answer.citations if n in evidence and n not in beside]
    shown = cited or (() if answer.stated else evidence.values())
    judged = [each for each in answer.statements if not each.object]
    quotes = [quote for each in judged for quote in each.quotes]
    return {
        "Causes": [_statement(each) for each in judged],
        "Evidence": [
            Row(
                text=safe(numbered(each)),
                quotes=tuple(
                    dict.fromkeys(
                        safe(line) for q in quotes if q.evidence == each.number for line in q.lines
                    )
                ),
            )
            for each in shown
        ],
    }


def found_so_far(evidence: Mapping[int, Evidence]) -> dict[str, list[Row]]:
    """What every call printed, where there is no answer."""
    found = [each for each in evidence.values() if not each.output.invalid]
    rows = [
        Row(text=safe(numbered(each)), quotes=tuple(safe(each.excerpt).splitlines()))
        for each in found
    ]
    return {"What was found so far": rows}


def _statement(statement: Statement) -> Row:
    """`CONFIRMED  web crashes for want of its config [1]`: enough to find it in the answer."""
    said = " ".join(_MARKDOWN.sub("", statement.text).split())
    if len(said) > _LONGEST_CAUSE:
        said = f"{said[:_LONGEST_CAUSE].rsplit(' ', 1)[0]} …"
    cited = {number for listed in _CITATION.findall(said) for number in listed.split(",")}
    more = [f"[{n}]" for n in statement.citations if str(n) not in {c.strip() for c in cited}]
    line = " ".join([f"{statement.verdict.upper():<12}", said, *more])
    return Row(
        text=safe(f"{line} Open: {statement.open}" if statement.open else line),
        verdict=statement.verdict,
    )


def dollars(cost: float) -> str:
    """`$1.25`, with as many digits as a small sum needs."""
    return f"${cost:,.2f}" if cost >= 1 else f"${cost:.4f}"
