"""Starting programs: the only module of the project that does."""

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio.abc import ByteReceiveStream, Process

if TYPE_CHECKING:
    from holmes.tools.log_digest import LogDigest

# How long a program that was told to end may take before it is killed. Ctrl-C waits this long.
GRACE_SECONDS = 0.25

MEMORY_BYTES = 2 * 1024**3
"""Of each process that a tool starts. A large cluster's `kubectl get -o json` takes a tenth."""

# The server's keys, and those of `holmes.models.hosted`.
_OURS_ALONE = frozenset({
    "OPENAI_API_KEY", "HOLMES_SERVER_KEY", "HOLMES_API_KEY", "ANTHROPIC_API_KEY",
    "AWS_BEARER_TOKEN_BEDROCK", "AZURE_API_KEY",
    "AZURE_OPENAI_API_KEY", "CEREBRAS_API_KEY", "DEEPSEEK_API_KEY", "FIREWORKS_AI_API_KEY",
    "FIREWORKS_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY",
    "MOONSHOT_API_KEY", "OPENROUTER_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_API_KEY",
    "XAI_API_KEY",
})  # fmt: skip
# What a process may write to, not what it maps: Go and Java map many times what they use. The
# shell sets it before the program starts, so that no child of the program is without it.
_LIMIT = f'ulimit -d {MEMORY_BYTES // 1024} 2>/dev/null; unset {{}}; exec "$@"'
_SET_BY_SHELLS = ("PWD", "OLDPWD", "SHLVL", "_")
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b"))
# Random bytes are a ninth control characters, names from `find -print0` rarely a twelfth.
_BINARY_SHARE, _BINARY_SAMPLE = 0.09, 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessResult:
    """What one program printed, and how it ended.

    `exit_code` is None where the program was ended from here (`timed_out`, `truncated`); a program
    that died of another signal has minus that signal's number. `truncated` means that it printed
    more than the limit: what it printed first is kept. `condensed` says what was not kept of an
    output that was read to its end all the same. `binary` means that it was no text: the program
    was ended and nothing kept. `seconds` is wall time.
    """

    argv: tuple[str, ...]
    exit_code: int | None
    stdout: str
    stderr: str
    truncated: bool
    timed_out: bool
    seconds: float
    condensed: str = ""
    binary: bool = False


async def run_process(
    argv: Sequence[str],
    *,
    timeout: float,  # noqa: ASYNC109  (a timeout is a result with the output so far, not an error)
    env: Mapping[str, str] | None = None,
    max_bytes: int = 16 * 1024 * 1024,
    stdin: bytes = b"",
    condense: bool = False,
) -> ProcessResult:
    """Run a program to its end and return what it printed, decoded as UTF-8.

    No shell reads `argv`; `argv[0]` is looked up in PATH. `env` is the whole environment; None
    passes on this process's own. The program leads a session of its own, and nothing of that
    session outlives the call: it is ended on timeout, on cancellation, and when the program itself
    has ended. `max_bytes` limits stdout and stderr each; a program that prints more is ended, or,
    to `condense`, read on: its stdout is then a digest, in constant memory. One that prints no
    text is ended as well, and each process of the session has `MEMORY_BYTES` at most.

    Raises OSError where the program can't be started: FileNotFoundError and PermissionError for
    the executable, EINVAL for arguments that no program can take (NUL bytes, lone surrogates),
    E2BIG for too many.
    """
    started = time.monotonic()
    outputs = (_Output(max_bytes, condense=condense), _Output(max_bytes))
    finished = False
    async with await _start(_limited(argv, env), env) as process:
        try:
            with anyio.move_on_after(timeout):
                await _communicate(process, stdin, outputs)
                finished = not any(output.overflowed for output in outputs)
        finally:
            with anyio.CancelScope(shield=True):
                await _end_session(process)
    truncated = any(output.overflowed for output in outputs)
    return ProcessResult(
        argv=tuple(argv),
        exit_code=process.returncode if finished else None,
        stdout=outputs[0].text(),
        stderr=outputs[1].text(),
        truncated=truncated,
        timed_out=not finished and not truncated,
        seconds=time.monotonic() - started,
        condensed=outputs[0].condensed,
        binary=any(output.binary for output in outputs),
    )


async def foreground(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Lend this process's terminal to a program until it ends; its exit code. Raises OSError."""
    process = await anyio.open_process(
        list(argv), env=without_keys(env), stdin=None, stdout=None, stderr=None
    )
    async with process:
        return await process.wait()


@dataclass(frozen=True, slots=True)
class Background:
    """A program that runs beside."""

    process: Process

    @property
    def ended(self) -> bool:
        """Whether it is no longer there."""
        return self.process.returncode is not None


@asynccontextmanager
async def background(argv: Sequence[str]) -> AsyncIterator[Background]:
    """A program that runs while the `async with` block does, and its children no longer.

    What it prints is dropped. Its standard input is a pipe that nothing is written to, and that is
    closed first at the end: a program that ends there ends with this process, however that ends.
    Raises OSError where it can't be started.
    """
    nowhere = subprocess.DEVNULL
    async with await _start(argv, None, stdout=nowhere, stderr=nowhere) as process:
        try:
            yield Background(process)
        finally:
            with anyio.CancelScope(shield=True):
                if process.stdin is not None:
                    await process.stdin.aclose()
                with anyio.move_on_after(GRACE_SECONDS):
                    await process.wait()
                await _end_session(process)


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment for a child: the keys of model servers are for nobody else."""
    return {name: value for name, value in environment.items() if name not in _OURS_ALONE}


def find_executable(name: str, *, beside: bool = True) -> str | None:
    """The path of a program in PATH, else (`beside`) in the folder of this Python, or None.

    A kubectl from a wheel lies there, and PATH does not name the folder unless the environment is
    activated.
    """
    found = shutil.which(name)
    if found is None and beside:
        found = shutil.which(name, path=str(Path(sys.executable).parent))
    return found


def _limited(argv: Sequence[str], env: Mapping[str, str] | None) -> tuple[str, ...]:
    """The command behind a shell that sets its limits; OSError where it can't be started."""
    name, given = argv[0], os.environ if env is None else env
    path = given.get("PATH", os.defpath)
    if "\0" not in name and shutil.which(name, path=path) is None:
        number = errno.EACCES if "/" in name and Path(name).exists() else errno.ENOENT
        raise OSError(number, os.strerror(number), name)
    added = " ".join(each for each in _SET_BY_SHELLS if each not in given)
    return ("/bin/sh", "-c", _LIMIT.format(added), "sh", *argv)


class _Output:
    """The head of one stream, up to a limit; past it, its digest or nothing."""

    def __init__(self, limit: int, *, condense: bool = False) -> None:
        self._data = bytearray()
        self._limit = limit
        self._condense = condense
        self._digest: LogDigest | None = None
        self.overflowed = False
        self.binary = False

    @property
    def condensed(self) -> str:
        """What was not kept, or nothing."""
        return self._digest.note if self._digest else ""

    async def read(self, stream: ByteReceiveStream) -> None:
        """Collect until the end of the stream, or one byte over the limit, or what is no text."""
        async for chunk in stream:
            if _is_binary(chunk):
                self._data.clear()
                self._digest = None
                self.overflowed = self.binary = True
                return
            if self._digest is not None:
                self._digest.feed(chunk)
                continue
            self._data += chunk
            if len(self._data) > self._limit and self._condense:
                self._digest = self._begin_digest()
                self._data.clear()
            elif len(self._data) > self._limit:
                del self._data[self._limit :]
                self.overflowed = True
                return

    def _begin_digest(self) -> "LogDigest":
        from holmes.tools.log_digest import LogDigest  # noqa: PLC0415  # few outputs are that long

        digest = LogDigest()
        digest.feed(bytes(self._data))
        return digest

    def text(self) -> str:
        if self._digest is not None:
            return self._digest.text()
        return self._data.decode(errors="replace")


def _is_binary(chunk: bytes) -> bool:
    controls = len(chunk) - len(chunk.translate(None, _CONTROLS))
    return len(chunk) >= _BINARY_SAMPLE and controls > len(chunk) * _BINARY_SHARE


async def _start(
    argv: Sequence[str],
    env: Mapping[str, str] | None,
    *,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> Process:
    environment = without_keys(os.environ if env is None else env)
    opened = anyio.open_process(
        list(argv), env=environment, start_new_session=True, stdout=stdout, stderr=stderr
    )
    # In a task of its own: cancelled half-way, asyncio kills the program and not its children.
    starting = asyncio.ensure_future(opened)
    try:
        return await asyncio.shield(starting)
    except ValueError as error:
        # A model may write "\u0000" or half a surrogate pair into an argument.
        raise OSError(errno.EINVAL, f"an argument can't be passed on: {error}") from error
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            while not starting.done():
                with suppress(asyncio.CancelledError):  # a second signal
                    await asyncio.wait({starting})
            if starting.exception() is None:
                async with starting.result() as process:
                    await _end_session(process)
        raise


async def _communicate(process: Process, stdin: bytes, outputs: tuple[_Output, _Output]) -> None:
    """Feed and read the program until it has ended or printed too much."""
    streams = (process.stdout, process.stderr)

    async def read(output: _Output, stream: ByteReceiveStream) -> None:
        await output.read(stream)
        if output.overflowed:
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for output, stream in zip(outputs, streams, strict=True):
            if stream is not None:
                group.start_soon(read, output, stream)
        if process.stdin is not None:
            # A program need not read its input, nor wait for it.
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
                if stdin:
                    await process.stdin.send(stdin)
                await process.stdin.aclose()
        await process.wait()


async def _end_session(process: Process) -> None:
    """End the program and everything it started: TERM, a moment, KILL."""
    if process.returncode is None:
        _signal_group(process.pid, signal.SIGTERM)
        with anyio.move_on_after(GRACE_SECONDS):
            await process.wait()
    _signal_group(process.pid, signal.SIGKILL)
    with anyio.move_on_after(GRACE_SECONDS):
        await process.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
