"""Scenarios: a recorded cluster, questions about it, and what a right answer says."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import yaml

from holmes.core.errors import UsageError

FILE = "scenario.yaml"
OVERLAY = "objects"
"""Folder of a scenario with objects that are laid over the cluster, as a snapshot keeps them."""

CaseKey: TypeAlias = tuple[str, str, int]
"""Case name, fingerprint, repeat."""

ScenarioSet: TypeAlias = Literal[
    "recorded", "heldout", "healthy", "heldout-2026-11-30", "development-2026-11-30",
    "evidence", "evidence-heldout", "imported",
]  # fmt: skip


class Expectation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a right answer says, in the phrases of `holmes.evals.phrases`.

    verdict  "incident": object and cause; "healthy": nothing is wrong; "fact": the cause's phrases;
             "general": the same of a question about no system, where trouble's words are no alarm;
             "judged": prose, of which a judge model says whether it is right
    object   names of which one must stand in the answer
    cause    groups of which each must have one of its phrases affirmed
    never    phrases none of which may be affirmed
    """

    verdict: Literal["incident", "healthy", "fact", "general", "judged"] = "incident"
    object: list[str] = []
    cause: list[list[str]] = []
    never: list[str] = []

    @property
    def calm(self) -> bool:
        """Whether a right answer raises no alarm."""
        return self.verdict in {"healthy", "fact"}


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question, of the scenario's own part of the cluster or of the whole."""

    kind: str
    ask: str
    part: bool = False
    truth: str = ""
    expect: Expectation | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of a cluster that concerns one scenario.

    namespaces     the namespaces that stay, beside those that every cluster has
    without_nodes  nodes that are taken out, with everything that is about them
    """

    namespaces: list[str]
    without_nodes: list[str] = []


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scenario file; `folder` is where it lies, `cluster` is relative to that in the file.

    toolsets  a toolset file, relative to the folder: back ends that are asked beside the cluster
    """

    folder: Path
    about: str
    set: ScenarioSet
    cluster: Path
    part: Part
    questions: list[Question]
    truth: str = ""
    expect: Expectation = Expectation()
    toolsets: str = ""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.resolve().name


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One question of one scenario, the `repeat`-th time."""

    scenario: Scenario
    question: Question
    repeat: int = 1

    @property
    def name(self) -> str:
        """`shop-checkout/symptom`: the same for each repeat."""
        return f"{self.scenario.name}/{self.question.kind}"

    @property
    def key(self) -> CaseKey:
        """What makes it the same question in another run."""
        return self.name, self.fingerprint, self.repeat

    @property
    def expect(self) -> Expectation:
        """What a right answer says."""
        return self.question.expect or self.scenario.expect

    @property
    def truth(self) -> str:
        """A right answer in one sentence."""
        return self.question.truth or self.scenario.truth

    @property
    def fingerprint(self) -> str:
        """Changes with what is asked and of what data, not with what is expected."""
        asked = f"{self.question.ask}|{self.question.part}|{self.scenario.part}"
        digest = hashlib.sha256(asked.encode())
        for path in sorted(self.scenario.folder.rglob("*")):
            if path.is_file() and path.name != FILE:
                digest.update(path.read_bytes())
        return digest.hexdigest()[:12]


def load(folder: Path) -> Scenario:
    """Read one scenario's folder; UsageError says what is wrong with it."""
    path = folder / FILE
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        said = {**msgspec.convert(document, dict[str, Any]), "folder": folder}
        scenario = msgspec.convert(said, Scenario, dec_hook=lambda kind, value: kind(value))
        scenario = msgspec.structs.replace(scenario, cluster=folder / scenario.cluster)
    except OSError as error:
        raise UsageError(f'Scenario "{path}" can\'t be read: {error.strerror}.') from error
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise UsageError(f'Scenario "{path}": {" ".join(str(error).split())}.') from error
    _check(scenario, path)
    return scenario


def _check(scenario: Scenario, path: Path) -> None:
    kinds = [question.kind for question in scenario.questions]
    if len(set(kinds)) != len(kinds) or not kinds:
        raise UsageError(f'Scenario "{path}": each question needs a "kind" of its own.')
    if not (scenario.cluster / "snapshot.json").is_file():
        raise UsageError(
            f'Scenario "{path}": "{scenario.cluster}" is not a snapshot.',
            hint='Give "cluster" relative to the scenario\'s folder.',
        )
    for question in scenario.questions:
        expect = question.expect or scenario.expect
        if expect.verdict not in {"healthy", "judged"} and not expect.cause:
            raise UsageError(f'Scenario "{path}", question "{question.kind}": no "cause" expected.')


def select(
    root: Path, wanted: Sequence[str] = (), *, sets: Iterable[str] = (), kinds: Iterable[str] = ()
) -> list[Case]:
    """The cases of `root`, or those of the names and folders in `wanted`; UsageError."""
    sets, kinds = set(sets), set(kinds)
    if wanted:
        cases = [case for item in wanted for case in _named(root, item)]
    else:
        cases = [case for folder in _folders(root) for case in _cases(load(folder))]
    once = {case.name: case for case in cases}
    chosen = [
        case
        for case in once.values()
        if (not sets or case.scenario.set in sets) and (not kinds or case.question.kind in kinds)
    ]
    if not chosen:
        raise UsageError("No question is left to ask.", hint="Look at `holmes eval --list`.")
    return chosen


def _named(root: Path, item: str) -> list[Case]:
    if (Path(item) / FILE).is_file():
        return _cases(load(Path(item)))
    name, _, kind = item.strip("/").partition("/")
    if not (root / name / FILE).is_file():
        raise UsageError(
            f'There is no scenario "{name}" in "{root}".', hint="Look at `holmes eval --list`."
        )
    cases = [case for case in _cases(load(root / name)) if kind in {"", case.question.kind}]
    if not cases:
        raise UsageError(f'Scenario "{name}" has no question "{kind}".')
    return cases


def _folders(root: Path) -> list[Path]:
    folders = sorted(path.parent for path in root.glob(f"*/{FILE}"))
    if not folders:
        raise UsageError(
            f'No scenario in "{root}".',
            hint="Run it where the repository's evals/ lies, or give --scenarios DIR.",
        )
    return folders


def _cases(scenario: Scenario) -> list[Case]:
    return [Case(scenario=scenario, question=question) for question in scenario.questions]
