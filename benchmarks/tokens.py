"""How many tokens a text is, with a real tokenizer where one is at hand without a download."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contenders import Contender

_COUNT = """\
import os, pathlib, sys
import importlib.util
package = pathlib.Path(importlib.util.find_spec("litellm").origin).parent
os.environ["TIKTOKEN_CACHE_DIR"] = str(package / "litellm_core_utils" / "tokenizers")
import tiktoken
encoding = tiktoken.get_encoding("o200k_base")
print(len(encoding.encode(sys.stdin.read(), disallowed_special=())))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counter:
    """Counts with o200k_base, whose file the peer's environment holds, else by characters / 4."""

    unit: str
    python: Path | None = None

    @classmethod
    def of(cls, peer: Contender | None) -> Self:
        """The counter that is possible here; its unit says which one it is."""
        if peer is None:
            return cls(unit="tokens (estimate: characters / 4)")
        return cls(unit="tokens (o200k_base)", python=Path(peer.python))

    def __call__(self, text: str) -> int:
        """Tokens of `text`."""
        if self.python is None:
            return round(len(text) / 4)
        done = subprocess.run(
            [self.python, "-c", _COUNT], input=text, capture_output=True, text=True, check=True
        )
        return int(done.stdout)
