"""What an installation without extras brings along."""

from pathlib import Path

from contenders import Contender
from meter import MIB, Spread
from report import Budget, Row

_PACKAGE_BUDGET = Budget(most=25)


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """Packages (itself included) and disk, with the bytecode that an installer leaves."""
    del rounds
    measures = (
        ("itself and what it needs", "packages", _packages, _PACKAGE_BUDGET),
        ("disk, with bytecode", "MiB", _mebibytes, None),
        ("bytecode aside", "files", _files, None),
    )
    return [
        Row(
            measure=f"install, {name}",
            unit=unit,
            ours=Spread.of([of(ours.environment)]),
            peer=None if peer is None else Spread.of([of(peer.environment)]),
            budget=budget,
        )
        for name, unit, of, budget in measures
    ]


def _packages(environment: Path) -> float:
    return len(list(environment.glob("lib/python*/site-packages/*.dist-info")))


def _mebibytes(environment: Path) -> float:
    """Blocks on disk, as `du` counts them."""
    return sum(path.lstat().st_blocks * 512 for path in environment.rglob("*")) / MIB


def _files(environment: Path) -> float:
    return sum(path.is_file() for path in environment.rglob("*") if "__pycache__" not in path.parts)
