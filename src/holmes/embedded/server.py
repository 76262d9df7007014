"""The embedded model: llama.cpp's HTTP server on a loopback port for as long as it is needed."""

import importlib.util
import json
import os
import select
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from holmes.core.errors import ServerUnreachable, UsageError
from holmes.embedded.manifest import CODER_1_5B
from holmes.tools.process import without_keys

MODEL_NAME = CODER_1_5B.name

START_SECONDS = 180.0
"""Loading takes 3-6 s from a warm disk cache on 2 cores; a cold disk or a busy machine, minutes."""

# Answer tokens are bound by memory bandwidth: more threads than this only wait for each other.
_MOST_THREADS = 8

# llama.cpp's threads spin at every barrier, thousands a second. Where something else wants a core,
# each waits out the other's time slice: 0.8-1.2 answer tokens/s beside a test run on 2 cores, 6.7
# with threads that sleep instead (GNU OpenMP, xllamacpp 2026.10.11549, 24 Nov 2026).
_PATIENT_THREADS = {"OMP_WAIT_POLICY": "passive"}


class LocalServer:
    """The embedded model's server: started on entry, ended on exit.

    `base_url` (http://127.0.0.1:PORT/v1) and `process_id` are set while the context is open. The
    server answers to any model name and gives its own as `MODEL_NAME`. Entering blocks until the
    weights are loaded (about 2 GB of memory with an 8k window). Raises UsageError where the
    `[local]` extra is not installed and ServerUnreachable where the model does not start.
    `shipped_template` leaves the chat template as the weights have it (calls then stay in the
    text), for measuring and tests. `debug` shows llama.cpp's log on stderr.
    """

    def __init__(
        self,
        model_path: Path,
        *,
        context_window: int = 8192,
        threads: int | None = None,
        shipped_template: bool = False,
        debug: bool = False,
    ) -> None:
        self._settings = {
            "model": str(model_path),
            "name": MODEL_NAME,
            "context_window": context_window,
            "threads": threads or usable_cores(),
            "shipped_template": shipped_template,
            "debug": debug,
        }
        self._debug = debug
        self._log: IO[bytes] | None = None
        self.process_id = 0
        self._lifeline = -1
        self._aborted = False
        self.base_url = ""

    def __enter__(self) -> Self:
        if importlib.util.find_spec("xllamacpp") is None:
            raise UsageError(
                'The embedded model needs the package "xllamacpp", which is not installed.',
                hint="Run `pip install 'holmesgpt[local]'`.",
            )
        try:
            answer = self._spawn()
            with open(answer, "rb", buffering=0) as pipe:  # noqa: PTH123  # a file descriptor
                address = self._first_line(pipe)
        except BaseException:
            # Ctrl-C while the weights load must not leave a process behind.
            self._end()
            raise
        self.base_url = f"{address}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def abort(self) -> None:
        """End a start that another thread waits in; entering then raises ServerUnreachable."""
        self._aborted = True
        self._kill()

    def _spawn(self) -> int:
        """Start the process; returns the read end of the pipe on which it writes its address."""
        stdin, self._lifeline = os.pipe()
        answer, stdout = os.pipe()
        redirect = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)]
        if not self._debug:
            self._log = tempfile.TemporaryFile()  # noqa: SIM115  # `_end` closes it
            redirect.append((os.POSIX_SPAWN_DUP2, self._log.fileno(), 2))
        try:
            # Not `toolsets.process`: that runs a tool to its end under a deadline; this is our own
            # module, kept beside us. -P: no module of the current folder may stand in for ours.
            # A process group of its own: Ctrl-C in the terminal is for us, who then end it.
            self.process_id = os.posix_spawn(
                sys.executable,
                [sys.executable, "-P", "-m", "holmes.embedded.llama_cpp"],
                {**_PATIENT_THREADS, **without_keys(os.environ)},
                file_actions=redirect,
                setpgroup=0,
            )
        finally:
            os.close(stdin)
            os.close(stdout)
        if self._aborted:  # before there was a process to end
            self._kill()
        with suppress(BrokenPipeError):  # dead already: reading its answer says so
            os.write(self._lifeline, json.dumps(self._settings).encode() + b"\n")
        return answer

    def _first_line(self, pipe: IO[bytes]) -> str:
        deadline = time.monotonic() + START_SECONDS
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise self._failure(f"was not ready after {START_SECONDS:.0f} s")
            piece = pipe.read(4096)
            if not piece:
                raise self._failure("did not start")
            line += piece
        return line.decode().strip()

    def _failure(self, what: str) -> ServerUnreachable:
        model = self._settings["model"]
        lines = []
        if self._log is not None:
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        reason = f": {said}" if said else "."
        return ServerUnreachable(
            f'The embedded model ("{model}") {what}{reason}',
            hint="Check that 3 GB of memory are free, and run `holmes model pull` to verify it.",
            address="http://127.0.0.1",
        )

    def _end(self) -> None:
        """End the process at once: it has nothing to save."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        if self.process_id:
            self._kill()
            with suppress(ChildProcessError):
                os.waitpid(self.process_id, 0)
            self.process_id = 0
        if self._log is not None:
            self._log.close()
            self._log = None
        self.base_url = ""

    def _kill(self) -> None:
        if self.process_id:
            with suppress(ProcessLookupError):
                os.kill(self.process_id, signal.SIGKILL)


def usable_cores() -> int:
    """Cores this process may really use: affinity and container quota count, at most 8."""
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    return max(1, min(cores, _quota(), _MOST_THREADS))


def _quota() -> int:
    """The cores that this container's cgroup allows, or a great number."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):  # no cgroup v2, or "max 100000"
        return sys.maxsize
