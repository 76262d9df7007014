"""What was learned about a server and model, kept from one run to the next.

One small JSON file a pair of address and model, in `$XDG_STATE_HOME/holmesgpt/models` or
`~/.local/state/holmesgpt/models`. A result of `holmes model check` holds for seven days; what a
run learns by itself rests on a reply or two and holds for one. A file that is gone, broken,
outdated or of another server behind the same address counts as nothing remembered.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from holmes.config.state import state_folder
from holmes.core import codec
from holmes.files import write_atomically
from holmes.models.modes.requests import CallFormat

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
    call_format: CallFormat
    source: Source
    at: float
    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    weak: bool = False


class ModelMemory:
    """The memory of one model of one server; makes no folder before there is something to keep.

    `listing` gives the fingerprint of what the server lists, as far as it is known by now.
    """

    def __init__(
        self,
        address: str,
        model: str,
        *,
        listing: Callable[[], str] = lambda: "",
        folder: Path | None = None,
    ) -> None:
        self._pair = (address, model)
        self._listing = listing
        pair = hashlib.sha256(f"{address}\n{model}".encode()).hexdigest()[:24]
        self._path = (folder or state_folder("models")) / f"{pair}.json"

    def recall(self) -> Remembered | None:
        """What is remembered, unless it is too old or the server describes the model otherwise."""
        try:
            found = codec.decode(Remembered, json.loads(self._path.read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None
        # A clock that was set back makes nothing older.
        fresh = time.time() - found.at < _HOLDS_FOR[found.source]
        known, now = found.fingerprint.listing, self._listing()
        same = (found.address, found.model) == self._pair and (not known or now in ("", known))
        return found if same and fresh else None

    def keep(self, remembered: Remembered) -> str:
        """Write it down; returns why that was not possible, or nothing."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            text = json.dumps(codec.encode(remembered), indent=2, ensure_ascii=False)
            write_atomically(self._path, text.encode())
        except OSError as error:
            reason = error.strerror or error
            return f'What was learned about the model can\'t be kept in "{self._path}": {reason}.'
        return ""

    def learned(self, call_format: CallFormat) -> str:
        """Begin with this next time; returns why that can't be kept, or nothing."""
        address, model = self._pair
        before = self.recall()
        return self.keep(
            Remembered(
                address=address,
                model=model,
                call_format=call_format,
                source="ask",
                at=time.time(),
                fingerprint=Fingerprint(listing=self._listing()),
                weak=before is not None and before.weak,
            )
        )

    def forget(self) -> str:
        """Remember nothing any more; returns why that was not possible, or nothing."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            return (
                f'"{self._path}" is out of date and can\'t be removed: {error.strerror or error}.'
            )
        return ""
