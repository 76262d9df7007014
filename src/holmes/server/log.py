"""What a server says on standard error: one JSON object a line, without secrets."""

import sys
import time
import traceback
from typing import TextIO

from holmes.redaction.redactor import Redactor
from holmes.server.encoding import encode


class Log:
    """Writes lines; `redactor` knows the keys of model servers."""

    def __init__(self, redactor: Redactor, out: TextIO | None = None) -> None:
        self._redactor = redactor
        self._out = out or sys.stderr

    def line(self, values: dict[str, object]) -> None:
        """One line; a log that can't be written is no reason to end."""
        text = self._redactor.secrets(encode(values).decode())
        try:
            self._out.write(text + "\n")
            self._out.flush()
        except (OSError, ValueError):
            return

    def say(self, text: str) -> None:
        """Something that a person should know."""
        self.line({"at": round(time.time(), 3), "notice": text})

    def unforeseen(self, error: BaseException) -> None:
        """A bug, for whoever mends it; the caller is told nothing of it."""
        text = "".join(traceback.format_exception(error))
        self.line({"at": round(time.time(), 3), "fault": self._redactor.text(text)})
