"""What a run left behind: one JSON line a finished question, written so that a kill loses none.

OUT/settings.json    what was measured; a folder holds runs of one setting only
OUT/results.jsonl    one Result a line, whole transcripts included
OUT/report.html      made from the two
"""

import fcntl
import json
import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from holmes.core.errors import UsageError
from holmes.core.evidence import Evidence, EvidenceLog
from holmes.core.tool_output import ToolOutput
from holmes.evals.scenario import Case, CaseKey, Expectation
from holmes.evals.scoring import Parts, Score, score, swapped
from holmes.evals.view import elsewhere
from holmes.files import write_atomically
from holmes.grounding import Checker

RESULTS = "results.jsonl"
SETTINGS = "settings.json"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One question asked once.

    document  the run as `holmes ask --json` prints it
    elsewhere the namespaces that the question is not about
    said      the model's texts in order, those that were not the answer included
    error     why there was no run to the end; such a case is asked again
    judge     a judge model's mark from 1 to 5 with its words, where one was asked
    """

    case: str
    repeat: int
    fingerprint: str
    set: str
    kind: str
    about: str
    question: str
    truth: str
    expect: Expectation
    elsewhere: list[str]
    document: dict[str, Any]
    said: list[str]
    score: Score
    error: str = ""
    judge: dict[str, Any] | None = None

    @property
    def key(self) -> CaseKey:
        """The key of the case that it is of."""
        return self.case, self.fingerprint, self.repeat

    @property
    def answer(self) -> str:
        """The answer's text, empty where there was none."""
        whole = self.document.get("state") == "answered"
        return str(self.document.get("answer", "")) if whole else ""

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """The calls as `holmes ask --json` prints them."""
        return list(self.document.get("tool_calls", []))

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return float(self.document.get("seconds", {}).get("total", 0.0))


def result_of(case: Case, document: dict[str, Any], said: list[str], *, error: str = "") -> Result:
    """The result of a finished run, scored."""
    bare = Result(
        case=case.name,
        repeat=case.repeat,
        fingerprint=case.fingerprint,
        set=case.scenario.set,
        kind=case.question.kind,
        about=case.scenario.about,
        question=case.question.ask,
        truth=case.truth,
        expect=case.expect,
        elsewhere=elsewhere(case),
        document=document,
        said=said,
        score=score("", case.expect),
        error=error,
    )
    return msgspec.structs.replace(bare, score=scored(bare, case.expect))


def scored(result: Result, expect: Expectation) -> Score:
    """The score of a recorded answer."""
    log = EvidenceLog()
    for call in result.tool_calls:
        log.append(_evidence(call))
    invented = Checker(result.question, log).review(result.answer).invented
    document = result.document
    stated = [each for each in document.get("statements", ()) if each.get("object")]
    causes = [str(each["text"]) for each in stated]
    specifics = document.get("specifics", ())
    parts = _parts(result, by_code=bool(stated or document.get("more")))
    return score(
        result.answer,
        expect,
        question=result.question,
        evidence=[f"{entry.output.text}\n{entry.output.note}" for entry in log],
        elsewhere=result.elsewhere,
        unfounded=[item.text for item in invented if item.kind in {"pod", "uid"}],
        wrong=[
            *(f"{s['text']} for {s['instead']}" for s in specifics if s.get("instead")),
            *swapped(parts.said, [result.truth, *causes]),
        ],
        parts=parts,
    )


def _parts(result: Result, *, by_code: bool) -> Parts:
    """Who wrote what: a run that tells it, else all that the model did not say is code's."""
    answer, last = result.answer, result.said[-1] if result.said and result.answer else ""
    if "explanation" not in result.document:
        return Parts(said=last or answer)
    explained = str(result.document["explanation"])
    if by_code or explained:
        cut = answer.removesuffix(explained)
        rows = tuple(line for line in cut.splitlines() if line.startswith("|"))
        return Parts(by_code=cut, said=explained, rows=rows)
    return Parts(said=answer)


def _evidence(call: Mapping[str, Any]) -> Evidence:
    """The evidence that a recorded call was."""
    output = ToolOutput(
        status=call["status"], text=call["output"], command=call["command"], note=call["note"]
    )
    return Evidence(
        number=call["number"],
        tool=call["tool"],
        arguments=call["arguments"],
        output=output,
        excerpt=output.text,
        seconds=call["seconds"],
    )


def read(folder: Path) -> list[Result]:
    """The latest result of each question; UsageError where the folder holds none."""
    path = folder / RESULTS
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(f'"{folder}" holds no results: {error.strerror}.') from error
    latest: dict[CaseKey, Result] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result = msgspec.json.decode(line, type=Result)
        except msgspec.DecodeError as error:
            if number == len(lines):
                continue  # killed while it was written: the question counts as not asked
            raise UsageError(f'"{path}", line {number}: {error}.') from error
        latest[result.key] = result
    return list(latest.values())


def _made() -> dict[str, Any]:
    """When and on what a run began; told in reports, and no reason to refuse to go on."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "holmes": metadata.version("holmesgpt"),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }


def settings_of(folder: Path) -> dict[str, Any]:
    """The settings that a folder's results were made with."""
    try:
        found = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f'"{folder}" holds no results: no readable {SETTINGS}.') from error
    return dict(found)


class ResultFile:
    """Appends to a folder's results; each line is on the disk before the next question begins.

    UsageError where it can't be written, has other settings, or another run is writing to it.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.folder = folder
        self._path = folder / RESULTS
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f'Results can\'t be written to "{folder}": {error.strerror}.', hint="Check --out."
            ) from error
        self._claim(settings)
        self._lock_out()
        self._mend()

    def finished(self) -> dict[CaseKey, Result]:
        """What need not be asked again."""
        found = read(self.folder) if self._path.is_file() else []
        return {result.key: result for result in found if not result.error}

    def add(self, result: Result) -> None:
        """Write one line, and wait until it is on the disk."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(result) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def replace(self, results: Iterable[Result]) -> None:
        """Write all anew, at once."""
        lines = b"".join(msgspec.json.encode(result) + b"\n" for result in results)
        write_atomically(self._path, lines)

    def _claim(self, settings: Mapping[str, Any]) -> None:
        path = self.folder / SETTINGS
        if not path.is_file():
            whole = {**settings, "made": _made()}
            write_atomically(path, json.dumps(whole, indent=1) + "\n")
            return
        before = settings_of(self.folder)
        other = [key for key, value in settings.items() if before.get(key) != value]
        if other:
            told = ", ".join(f"{k} {before.get(k)!r} (now {settings[k]!r})" for k in other)
            raise UsageError(
                f'"{self.folder}" holds results of other settings: {told}.',
                hint="Give another --out.",
            )

    def _lock_out(self) -> None:
        """Two runs into one folder would ask everything twice, at half the speed."""
        self._lock = (self.folder / SETTINGS).open("rb")  # until this run's process ends
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise UsageError(
                f'Another `holmes eval` is writing to "{self.folder}".',
                hint="Wait for it, or give another --out.",
            ) from error

    def _mend(self) -> None:
        """Take off a last line that was being written when the process was killed."""
        if not self._path.is_file():
            return
        whole = self._path.read_bytes()
        end = whole.rfind(b"\n") + 1
        if end != len(whole):
            os.truncate(self._path, end)
