"""How often right answers are marked, and how often an error in one is noticed.

PYTHONPATH=tests python -m grounding.measure development -v
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from grounding.cases import FOLDER, Case, Seed, cases
from holmes.core.markdown import blocks
from holmes.grounding import Checker
from holmes.grounding.checker import Doubt


@dataclass(kw_only=True)
class Figures:
    """What was counted over one set."""

    cases: int = 0
    lines: int = 0
    lines_kept: int = 0
    specifics: int = 0
    marked: int = 0
    code_changed: int = 0
    withheld: int = 0
    seeded: Counter[str] = field(default_factory=Counter)
    noticed: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    def text(self) -> str:
        counts = [
            ("lines as written", self.lines_kept, self.lines),
            ("right specifics marked", self.marked, self.specifics),
            ("errors noticed", self.noticed.total(), self.seeded.total()),
            *((f"  {kind}", self.noticed[kind], n) for kind, n in sorted(self.seeded.items())),
        ]
        lines = [f"cases: {self.cases}", f"code blocks changed: {self.code_changed}"]
        lines += [f"right answers sent back: {self.withheld}"]
        lines += [f"{what}: {n} of {of} ({_share(n, of)})" for what, n, of in counts]
        return "\n".join(lines)


def measured(which: str) -> Figures:
    """The figures of a set."""
    figures = Figures()
    for case in cases(which):
        checker = Checker(case.question, case.evidence)
        right = checker.doubts(case.answer)[1]
        _right(case, checker, right, figures)
        before = {(d.said, case.answer[d.start : d.end]) for d in right}
        for seed in case.seeds:
            figures.seeded[seed.kind] += 1
            new = [
                d
                for d in checker.doubts(seed.text)[1]
                if (d.said, seed.text[d.start : d.end]) not in before
            ]
            if any(_touches(d, seed) for d in new):
                figures.noticed[seed.kind] += 1
            else:
                figures.details.append(
                    f"MISS {case.name} {seed.kind}: {seed.find!r} -> {seed.replace!r}"
                )
    return figures


def _right(case: Case, checker: Checker, doubts: Sequence[Doubt], figures: Figures) -> None:
    review = checker.review(case.answer)
    text = review.answer.text
    written, came = case.answer.split("\n"), text.split("\n")
    figures.cases += 1
    figures.lines += len(written)
    figures.lines_kept += sum(a == b for a, b in zip(written, came, strict=False))
    bad = [s for s in review.answer.specifics if s.status in {"unverified", "contradicted"}]
    figures.specifics += len(review.answer.specifics)
    figures.marked += len(doubts)
    figures.withheld += bool(review.invented)
    figures.code_changed += sum(
        case.answer[b.start : b.end] not in text for b in blocks(case.answer) if b.form == "code"
    )
    for doubt in doubts:
        around = case.answer[max(0, doubt.start - 40) : doubt.end + 20].replace("\n", " ⏎ ")
        figures.details.append(f"FALSE {case.name}: {doubt.said!r} in …{around}…")
    assert len(doubts) >= len(bad), case.name


def _touches(doubt: Doubt, seed: Seed) -> bool:
    if doubt.start <= seed.end and doubt.end >= seed.start:
        return True
    between = seed.text[min(doubt.start, seed.end) : max(doubt.start, seed.end)]
    return seed.kind == "wrong citation" and doubt.start < seed.end and "\n" not in between


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser()
    sets = sorted(path.name for path in FOLDER.iterdir())
    parser.add_argument("set", choices=sets)
    parser.add_argument("-v", action="store_true", help="each false mark and each miss")
    options = parser.parse_args()
    figures = measured(options.set)
    sys.stdout.write(figures.text() + "\n")
    if options.v:
        sys.stdout.write("\n".join(figures.details) + "\n")


if __name__ == "__main__":
    main()
