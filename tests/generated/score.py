"""How often the first finding is right: `python -m generated.score [--half HALF] [-v]`."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from generated.fault import Expect, Fault, Half, faults
from generated.incident import VARIANTS, Incident, healthy, incident
from generated.shapes import SHAPES
from holmes.core.finding import Finding
from holmes.triage.run import triage


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What triage made of one incident."""

    fault: str
    shape: str
    variant: str
    half: Half
    expected: tuple[Expect, ...]
    findings: tuple[Finding, ...]

    @property
    def first(self) -> bool:
        """Whether the first finding is right, object and cause; with two faults, about either."""
        return any(each.right(finding) for finding in self.findings[:1] for each in self.expected)

    @property
    def named(self) -> bool:
        """Whether the first finding is about the right object."""
        return any(each.names(finding) for finding in self.findings[:1] for each in self.expected)

    @property
    def shown(self) -> bool:
        """Whether the first finding is right where its evidence counts, too."""
        return any(each.shown(finding) for finding in self.findings[:1] for each in self.expected)

    @property
    def in_three(self) -> bool:
        """Whether every fault is among the first three findings."""
        return all(
            any(each.right(finding) for finding in self.findings[:3]) for each in self.expected
        )


def judge(made: Incident) -> tuple[Finding, ...]:
    """What triage finds in an incident's objects and logs."""
    return triage(made.objects, made.logs)


def outcome(fault: Fault, shape: str, variant: str, seed: int = 0) -> Outcome | None:
    """What triage made of a fault; None where the variant can't be had of it."""
    made = incident(fault, shape, variant, seed)
    if made is None:
        return None
    return Outcome(
        fault=fault.name,
        shape=shape,
        variant=variant,
        half=fault.half,
        expected=made.expected,
        findings=judge(made),
    )


def outcomes(chosen: Iterable[Fault], seed: int = 0) -> list[Outcome]:
    """Every fault in every shape and variant."""
    every = (
        outcome(fault, shape, variant, seed)
        for fault in chosen
        for shape in SHAPES
        for variant in VARIANTS
    )
    return [each for each in every if each is not None]


def false_alarms(seeds: int) -> list[tuple[str, Finding]]:
    """The findings above "info" about healthy clusters, each with its cluster."""
    return [
        (f"{shape} {seed}", finding)
        for shape in SHAPES
        for seed in range(seeds)
        for finding in judge(healthy(shape, seed))
        if finding.severity != "info"
    ]


def _share(found: Sequence[bool]) -> str:
    return f"{sum(found) / max(1, len(found)):.3f} ({sum(found)} of {len(found)})"


def _summary(title: str, found: Sequence[Outcome]) -> Iterable[str]:
    yield f"{title}: {len({each.fault for each in found})} faults, {len(found)} incidents"
    yield f"  first finding right, object and cause   {_share([each.first for each in found])}"
    yield f"  … where its evidence counts, too        {_share([each.shown for each in found])}"
    yield f"  … right object                          {_share([each.named for each in found])}"
    yield f"  right among the first three             {_share([each.in_three for each in found])}"


def _by(found: Sequence[Outcome], key: str) -> Iterable[str]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for each in found:
        groups[getattr(each, key)].append(each)
    for name, group in sorted(
        groups.items(), key=lambda item: sum(e.first for e in item[1]) / len(item[1])
    ):
        yield (
            f"  {name:40} first {_share([each.first for each in group]):20} "
            f"object {_share([each.named for each in group]):20} "
            f"{group[0].half if key == 'fault' else ''}"
        )


def _misses(found: Sequence[Outcome]) -> Iterable[str]:
    for each in found:
        if not each.first:
            wanted = " or ".join(
                f"{'/'.join(expect.subjects[0])} {expect.words}" for expect in each.expected
            )
            got = "; ".join(f"[{f.check}] {f.summary}" for f in each.findings[:3]) or "nothing"
            yield f"{each.fault} {each.shape} {each.variant}\n    want {wanted}\n    got  {got}"


def report(half: str, pattern: str, seed: int, *, verbose: bool) -> Iterable[str]:
    """The whole report, line by line."""
    chosen = [each for each in faults() if half in {"", each.half} and pattern in each.name]
    found = outcomes(chosen, seed)
    for each in get_args(Half):
        of_half = [one for one in found if one.half == each]
        if of_half:
            yield from _summary(each, of_half)
    alarms = false_alarms(20)
    sets = 20 * len(SHAPES)
    yield f"healthy clusters with a finding: {len({where for where, _ in alarms})} of {sets}"
    yield "by variant"
    yield from _by(found, "variant")
    yield "by shape"
    yield from _by(found, "shape")
    yield "by fault"
    yield from _by(found, "fault")
    if verbose:
        yield "misses"
        # Those of the other half are for nobody who works on the checks to see, unless asked for.
        yield from _misses([each for each in found if each.half == (half or "development")])
        yield from (f"false alarm {where}: [{f.check}] {f.summary}" for where, f in alarms)


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=get_args(Half), default="")
    parser.add_argument("--fault", default="", help="only faults with this in their name")
    parser.add_argument("--seed", type=int, default=0, help="other names, numbers and choices")
    parser.add_argument("-v", "--verbose", action="store_true", help="also every miss")
    given = parser.parse_args()
    for line in report(cast("str", given.half), given.fault, given.seed, verbose=given.verbose):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
