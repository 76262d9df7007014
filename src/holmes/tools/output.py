"""From a finished program to a ToolOutput."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from anyio import to_thread

from holmes.core.tool_output import ToolData, ToolOutput
from holmes.policy.secrets import secrets_hidden
from holmes.tools.data import data_of
from holmes.tools.process import ProcessResult

_NOTE_LENGTH = 300
_LARGE = 200_000

OTHER_SHAPE = (ValueError, TypeError, AttributeError, KeyError, RecursionError)
"""What reading JSON by its keys raises where a program printed JSON of another shape, or none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shaped:
    """What people read of an output, and the same typed."""

    text: str
    data: ToolData | None


Reshape: TypeAlias = Callable[[str], str | Shaped]


def output_of(result: ProcessResult, command: str, reshape: Reshape | None = None) -> ToolOutput:
    """What a program's end means.

    ok       it ended with 0 and printed something, or was cut off by the output limit
    no_data  it ended with 0, or like grep with 1, and printed nothing
    timeout  it was ended; the text is what it had printed
    failed   anything else, with stdout and stderr as the text

    `reshape` turns the whole output of a success into what people should read, and may say what
    its data is, and takes values out of Secrets; without it that is done here, and the data is read
    from the text. Where it can't read it, the output was not what it claimed to be.
    """
    if reshape is None or result.exit_code != 0:
        out, err = secrets_hidden(result.stdout), secrets_hidden(result.stderr)
        result = replace(result, stdout=out, stderr=err)
    if result.binary:
        note = "it prints binary data, of which nothing is shown"
        return ToolOutput(status="failed", command=command, note=note)
    if result.timed_out:
        note = f"ended after {result.seconds:.0f} s without finishing"
        if result.condensed:
            note += f". {result.condensed}"
        # Half a document can't be reshaped, and unshaped it may hold what reshaping removes.
        text = "" if reshape else result.stdout or result.stderr
        return ToolOutput(status="timeout", text=text, command=command, note=note)
    if result.truncated:
        return _cut_off(result, command, reshapes=reshape is not None)
    if result.exit_code != 0 and not _found_nothing(result):
        return ToolOutput(
            status="failed",
            text=_joined(result.stdout if reshape is None else "", result.stderr),
            command=command,
            note=_note(result.stderr.strip().splitlines()[-1:], f"exit code {result.exit_code}"),
            exit_code=result.exit_code,
        )
    return _finished(result, command, reshape)


async def read_output(
    result: ProcessResult, command: str, reshape: Reshape | None = None
) -> ToolOutput:
    """The same as `output_of`, in a thread where it takes long: JSON of 10 MB takes seconds."""
    if len(result.stdout) + len(result.stderr) <= _LARGE:
        return output_of(result, command, reshape)
    read = partial(output_of, result, command, reshape)
    return await to_thread.run_sync(read, abandon_on_cancel=True)


def not_started(error: OSError, program: str, command: str) -> ToolOutput:
    """A program that could not be started."""
    if isinstance(error, FileNotFoundError):
        note = f'the program "{program}" was not found in PATH'
    else:
        note = f'the program "{program}" could not be started: {error.strerror or error}'
    return ToolOutput(status="failed", command=command, note=note)


def _finished(result: ProcessResult, command: str, reshape: Reshape | None) -> ToolOutput:
    shaped: str | Shaped = result.stdout
    if reshape is not None and result.stdout.strip():
        try:
            shaped = reshape(result.stdout)
        except OTHER_SHAPE as error:
            why = f": {error}" if type(error) is ValueError else ""
            note = _note([f"the output is not what was asked for{why}"], "")
            return ToolOutput(status="failed", command=command, note=note, exit_code=0)
    if isinstance(shaped, str):
        shaped = Shaped(text=shaped, data=data_of(shaped))
    text = shaped.text
    warnings = [result.condensed, *result.stderr.strip().splitlines()]
    return ToolOutput(
        status="ok" if text.strip() else "no_data",
        text=text if text.strip() else "",
        command=command,
        note=_note(warnings, "" if text.strip() else "it printed nothing"),
        exit_code=result.exit_code,
        data=shaped.data if text.strip() else None,
    )


def _cut_off(result: ProcessResult, command: str, *, reshapes: bool) -> ToolOutput:
    size = f"{(len(result.stdout) + len(result.stderr)) / 1_000_000:.1f} MB"
    if reshapes:
        note = f"stopped after {size}: too much to read; name a namespace or an object"
        return ToolOutput(status="failed", command=command, note=note)
    note = f"stopped after {size}: the rest of the output is missing"
    return ToolOutput(status="ok", text=result.stdout, command=command, note=note)


def _found_nothing(result: ProcessResult) -> bool:
    return result.exit_code == 1 and not result.stdout.strip() and not result.stderr.strip()


def _joined(stdout: str, stderr: str) -> str:
    return "\n".join(part.rstrip("\n") for part in (stdout, stderr) if part.strip())


def _note(lines: list[str], otherwise: str) -> str:
    note = " ".join(line.strip() for line in lines if line.strip()) or otherwise
    return note if len(note) <= _NOTE_LENGTH else note[: _NOTE_LENGTH - 1] + "…"
