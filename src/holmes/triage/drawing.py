"""Findings as trees, roots first: as text, as a Mermaid flowchart and as an SVG picture."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Literal, TypeAlias

from holmes.core.finding import Finding, Link
from holmes.triage.logs import cut

Form: TypeAlias = Literal["text", "mermaid", "svg"]

_CAUSE = 110
_EVIDENCE = 160
# Of the picture: a box's size in pixels, and how many letters of 12 px sans-serif fit into it.
_WIDTH, _HEIGHT, _GAP, _INDENT, _LETTERS = 640, 46, 14, 40, 84
_COLORS = {"critical": "#c62828", "warning": "#b26a00", "info": "#546e7a"}


def draw(findings: Sequence[Finding], form: Form) -> str:
    """The findings as trees, in one of three forms."""
    return {"text": _text, "mermaid": _mermaid, "svg": _svg}[form](findings)


def below(finding: Finding) -> list[tuple[int, Link]]:
    """The links of a finding in the order of its tree, each with its depth (1 below the root)."""
    found: list[tuple[int, Link]] = []
    waiting = [(1, link) for link in finding.links if link.on == finding.subject]
    while waiting:
        depth, link = waiting.pop(0)
        found.append((depth, link))
        if link.subject != finding.subject:
            under = [(depth + 1, each) for each in finding.links if each.on == link.subject]
            waiting = [*under, *waiting]
    return found


def step(finding: Finding, link: Link, limit: int = _CAUSE) -> str:
    """One line about a symptom: the object, how it hangs on the one above, what is wrong."""
    if link.subject == finding.subject:
        return cut(link.cause, limit)
    same = link.subject.namespace in {"", finding.namespace}
    name = link.subject.name if same else link.subject.path
    return f"{link.subject.kind} {name} ({link.relation} {link.on.kind}): {cut(link.cause, limit)}"


def _text(findings: Sequence[Finding]) -> str:
    lines = []
    for number, finding in enumerate(findings, 1):
        lines.append(f"{number}  {finding.summary}")
        lines += [f"     evidence: {cut(line, _EVIDENCE)}" for line in finding.evidence[:1]]
        for depth, link in below(finding):
            lines.append(f"   {'   ' * (depth - 1)}└─ {step(finding, link)}")
            room = "   " * depth
            lines += [f"   {room}  evidence: {cut(line, _EVIDENCE)}" for line in link.evidence]
    return "\n".join(lines)


def _mermaid(findings: Sequence[Finding]) -> str:
    lines = ["flowchart TD"]
    for number, finding in enumerate(findings):
        root = f"f{number}"
        lines.append(
            f'  {root}["{_label(str(finding.subject), finding.cause)}"]:::{finding.severity}'
        )
        names = {finding.subject: root}
        for at, (_, link) in enumerate(below(finding)):
            name = f"{root}s{at}"
            lines.append(f'  {name}["{_label(str(link.subject), link.cause)}"]')
            arrow = "" if link.subject == finding.subject else f"|{link.relation}|"
            lines.append(f"  {names[link.on]} -->{arrow} {name}")
            names.setdefault(link.subject, name)
    lines += [
        f"  classDef {each} stroke:{color},stroke-width:3px" for each, color in _COLORS.items()
    ]
    return "\n".join(lines)


def _label(name: str, cause: str) -> str:
    """A label's text; quotes, brackets and the rest of Mermaid's own signs as entities."""
    said = f"{name}\n{cut(cause, _CAUSE)}"
    signs = (each if each.isalnum() or each in " /.,:-\n" else f"#{ord(each)};" for each in said)
    return "".join(signs).replace("\n", "<br/>")


def _svg(findings: Sequence[Finding]) -> str:
    boxes = [*_boxes(findings)]
    wide = max((x for x, *_ in boxes), default=0) + _WIDTH + _GAP
    high = len(boxes) * (_HEIGHT + _GAP) + _GAP
    drawn = [part for at, box in enumerate(boxes) for part in _box(at, *box)]
    size = f'width="{wide}" height="{high}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, f'<rect {size} fill="#ffffff"/>', *drawn, "</svg>"])


def _boxes(findings: Sequence[Finding]) -> Iterator[tuple[int, int, str, str, str]]:
    """Each box's indent, the row of the box that it hangs on, colour, heading and text."""
    row = 0
    for finding in findings:
        rows = {finding.subject: row}
        yield _GAP, -1, _COLORS[finding.severity], str(finding.subject), finding.cause
        row += 1
        for depth, link in below(finding):
            heading = str(link.subject)
            if link.subject != finding.subject:
                heading += f" ({link.relation} {link.on.kind} {link.on.name})"
            yield _GAP + depth * _INDENT, rows[link.on], "#90a4ae", heading, link.cause
            rows.setdefault(link.subject, row)
            row += 1


def _box(at: int, x: int, parent: int, color: str, heading: str, cause: str) -> Iterator[str]:
    y = _GAP + at * (_HEIGHT + _GAP)
    if parent >= 0:
        from_y = _GAP + parent * (_HEIGHT + _GAP) + _HEIGHT
        turn = x - _INDENT // 2
        yield f'<path d="M{turn} {from_y}V{y + _HEIGHT // 2}H{x}" fill="none" stroke="#90a4ae"/>'
    yield (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" fill="#fafafa" '
        f'stroke="{color}" stroke-width="2"/>'
    )
    for line, weight, down in ((heading, "bold", 18), (cause, "normal", 36)):
        told = escape(cut(line, _LETTERS))
        yield f'<text x="{x + 10}" y="{y + down}" font-weight="{weight}">{told}</text>'
