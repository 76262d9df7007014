"""What was learned about a server and model, kept from one run to the next.

One small JSON file a pair of address and model, in `$XDG_STATE_HOME/holmesgpt/models` or
`~/.local/state/holmesgpt/models`. A result of `holmes model check` holds for seven days; what a
run learns by itself rests on a reply or two and holds for one. A file that is gone, broken,
outdated or of another server behind the same address counts as nothing remembered.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from holmes.config.state import state_folder
from holmes.files import write_atomically
from holmes.models.modes.requests import Form, Manner, Rung

DAY = 86_400.0
Source: TypeAlias = Literal["check", "ask"]
_HOLDS_FOR: dict[Source, float] = {"check": 7 * DAY, "ask": DAY}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fingerprint:
    """Which server it was; an empty part is one that the server did not tell.

    listing   hash of the model's entry in /v1/models, the part that later runs compare
    template  hash of the chat template, where /props shows it
    """

    kind: str = ""
    version: str = ""
    listing: str = ""
    template: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """How to talk to one model of one server; `at` is in seconds since the epoch.

    weak  a check found that the model does not call tools rightly each time: it is led
    """

    address: str
    model: str
    manner: Manner
    source: Source
    at: float
    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    weak: bool = False

    def holds(self, now: float) -> bool:
        """Whether it is young enough; a clock that was set back makes it no older."""
        return now - self.at < _HOLDS_FOR[self.source]


def state_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder for what is remembered."""
    return state_folder("models", environment)


class Memory:
    """The folder of remembered results; makes nothing before there is something to remember."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or state_dir()

    def recall(self, address: str, model: str) -> Remembered | None:
        """What is remembered of a pair, unless it is too old."""
        try:
            document = json.loads(self._path(address, model).read_text(encoding="utf-8"))
            found = _read(document)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        same = (found.address, found.model) == (address, model)
        return found if same and found.holds(time.time()) else None

    def keep(self, remembered: Remembered) -> str:
        """Write it down; returns why that was not possible, or nothing."""
        path = self._path(remembered.address, remembered.model)
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, json.dumps(asdict(remembered), indent=1) + "\n")
        except OSError as error:
            reason = error.strerror or str(error)
            return f'What was learned about the model can\'t be kept in "{path}": {reason}.'
        return ""

    def forget(self, address: str, model: str) -> str:
        """Remember nothing of a pair any more; returns why that was not possible, or nothing."""
        path = self._path(address, model)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            return f'"{path}" is out of date and can\'t be removed: {error.strerror or error}.'
        return ""

    def _path(self, address: str, model: str) -> Path:
        pair = hashlib.sha256(f"{address}\n{model}".encode()).hexdigest()[:24]
        return self._directory / f"{pair}.json"


class Recollection:
    """The memory of one pair, as a run uses it; `listing` gives the fingerprint seen by now."""

    def __init__(
        self, memory: Memory, address: str, model: str, listing: Callable[[], str]
    ) -> None:
        self._memory = memory
        self._pair = (address, model)
        self._listing = listing

    def recall(self) -> Remembered | None:
        """What is remembered, unless the server now describes the model differently."""
        found = self._memory.recall(*self._pair)
        now = self._listing()
        known = found.fingerprint.listing if found else ""
        return None if known and now and known != now else found

    def learned(self, manner: Manner) -> str:
        """Begin with this next time; returns why that can't be kept, or nothing."""
        address, model = self._pair
        before = self.recall()
        return self._memory.keep(
            Remembered(
                address=address,
                model=model,
                manner=manner,
                source="ask",
                at=time.time(),
                fingerprint=Fingerprint(listing=self._listing()),
                weak=before is not None and before.weak,
            )
        )

    def refuted(self) -> str:
        """Begin at the top next time; returns why that can't be kept, or nothing."""
        return self._memory.forget(*self._pair)


def _read(document: dict[str, Any]) -> Remembered:
    """Raises KeyError, TypeError, ValueError or AttributeError for a file of another form."""
    manner, fingerprint = document["manner"], document["fingerprint"]
    rung, form, source = manner["rung"], manner["form"], document["source"]
    known = (get_args(Rung), get_args(Form), get_args(Source))
    if any(word not in words for word, words in zip((rung, form, source), known, strict=True)):
        raise ValueError(document)
    return Remembered(
        address=document["address"],
        model=document["model"],
        manner=Manner(rung=rung, form=form, system_role=bool(manner["system_role"])),
        source=source,
        at=float(document["at"]),
        weak=document.get("weak") is True,
        fingerprint=Fingerprint(**{key: str(value) for key, value in fingerprint.items()}),
    )
