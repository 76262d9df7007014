"""Where this program keeps what it writes down by itself."""

import os
from collections.abc import Mapping
from pathlib import Path


def state_folder(name: str, environment: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_STATE_HOME/holmesgpt/NAME`, or the same under `~/.local/state`; makes nothing."""
    own = environment.get("XDG_STATE_HOME", "")
    # The specification of these folders says to pass over a relative one.
    base = Path(own) if own.startswith("/") else Path("~/.local/state").expanduser()
    return base / "holmesgpt" / name
