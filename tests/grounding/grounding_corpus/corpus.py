"""Right answers, each with its question and evidence, and wrong ones made of them."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.tool_output import ToolOutput, ToolStatus

FOLDER = Path(__file__).parent
_HEAD = re.compile(
    r"^%%% (?P<name>\w+) \| (?P<evidence>[\w, -]+) \| (?P<question>.+)$", re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One answer; `invented` is what is wrong in it, if anything, and `kind` of what kind."""

    name: str
    question: str
    evidence: tuple[str, ...]
    text: str
    kind: str = ""
    invented: str = ""

    def log(self) -> EvidenceLog:
        return log_of(self.evidence)


def log_of(names: tuple[str, ...]) -> EvidenceLog:
    entries = EvidenceLog()
    for number, name in enumerate(names, start=1):
        tool, output = output_of(name)
        entries.append(
            Evidence(
                number=number,
                tool=tool,
                arguments={},
                output=output,
                excerpt=output.text,
                seconds=0,
            )
        )
    return entries


@cache
def output_of(name: str) -> tuple[str, ToolOutput]:
    head, _, text = (FOLDER / "evidence" / f"{name}.txt").read_text("utf-8").partition("\n")
    tool, status, command = head.split(" ", 2)
    known: dict[str, ToolStatus] = {value: value for value in get_args(ToolStatus)}
    return tool, ToolOutput(status=known[status], text=text.rstrip("\n"), command=command)


def right_answers() -> list[Case]:
    cases = []
    for path in sorted(FOLDER.glob("right_answers_*.md")):
        text = path.read_text("utf-8")
        heads = list(_HEAD.finditer(text))
        ends = [head.start() for head in heads[1:]] + [len(text)]
        for head, end in zip(heads, ends, strict=True):
            cases.append(
                Case(
                    name=head["name"],
                    question=head["question"],
                    evidence=tuple(part.strip() for part in head["evidence"].split(",")),
                    text=text[head.end() : end].strip(),
                )
            )
    return cases


def wrong_answers() -> list[Case]:
    right = {case.name: case for case in right_answers()}
    cases = []
    for number, line in enumerate(
        (FOLDER / "wrong_answers.txt").read_text("utf-8").splitlines(), 1
    ):
        if line.startswith("#"):
            continue
        name, kind, change = line.split(" | ", 2)
        base = right[name]
        if change.startswith("+ "):
            invented, text = change[2:], f"{base.text}\n\n{change[2:]}"
        else:
            before, invented = change.split(" => ")
            assert before in base.text, line
            text = base.text.replace(before, invented, 1)
        cases.append(
            Case(
                name=f"{name}-{number}",
                question=base.question,
                evidence=base.evidence,
                text=text,
                kind=kind,
                invented=invented,
            )
        )
    return cases
