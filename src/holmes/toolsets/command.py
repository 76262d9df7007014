"""run_command: one reading command line, for what the typed tools have no argument for."""

import json
import os
import shlex
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from anyio import to_thread

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes import paths
from holmes.policy import Verdict, judge
from holmes.policy.programs import find
from holmes.policy.programs.kubectl import PLAIN_ORDER
from holmes.tools.base import Aimed, ToolContext, Toolset
from holmes.tools.masking import masked_json
from holmes.tools.output import OTHER_SHAPE, not_started, read_output
from holmes.tools.permissions import ASKING_SECONDS, Permissions, not_run
from holmes.tools.process import ProcessResult, find_executable, run_process

NAME = "command"
_SECONDS = 60.0
_LOOKING_SECONDS = 10.0
_DEFINITION = ToolDefinition(
    name="run_command",
    description=(
        "Run one read-only command line: kubectl, helm, docker, journalctl …, with pipes to grep, "
        "jq, head, sort. No other shell syntax."
    ),
    parameters={
        "type": "object",
        "properties": {
            "command": {"type": "string", "description": "e.g. helm list -A | grep -v deployed"}
        },
        "required": ["command"],
    },
)
_Argv: TypeAlias = tuple[str, ...]


def toolset(_config: Mapping[str, Any], context: ToolContext) -> Toolset:
    """The toolset command; off unless a config file names it or `--allow` needs it."""
    return Toolset(
        name=NAME,
        description="Runs reading command lines: kubectl, helm, docker and others, and filters",
        tools=(RunCommand(context=context),),
        instructions=_instructions(context.permissions),
        optional=True,
    )


def _instructions(permissions: Permissions) -> str:
    if not permissions.grants:
        return ""
    allowed = ", ".join(f"`{grant}`" for grant in permissions.grants)
    return (
        f"run_command may also run {allowed}: the user is asked before each. Call it only where "
        "the user wants the change."
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stage:
    """One program of a pipeline, as it runs and as a person types it."""

    argv: _Argv
    display: str
    environment: Mapping[str, str]
    verdict: Verdict
    whole: _Argv = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    """A command that runs only after a person said yes."""

    stage: _Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCommand:
    """Takes a command line apart, judges each program of it, and runs them without a shell.

    A command outside the tables that the user's `--allow` covers is asked for on the terminal.
    """

    context: ToolContext
    seconds: float = _SECONDS

    @property
    def definition(self) -> ToolDefinition:
        """`run_command(command)`."""
        return _DEFINITION

    @property
    def timeout(self) -> float:
        """The pipeline's seconds, and where a person may be asked, theirs."""
        return self.seconds + 1.0 + (ASKING_SECONDS if self.context.permissions.grants else 0.0)

    def preview(self, arguments: JsonObject) -> str:
        """The line as it would run; nothing where it would not."""
        plan = self._plan(str(arguments.get("command") or ""))
        if isinstance(plan, _Question):
            return plan.stage.display
        return "" if isinstance(plan, ToolOutput) else _display(plan)

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Run the line where all of it reads, or where a person allows it."""
        plan = self._plan(str(arguments.get("command") or ""))
        if isinstance(plan, ToolOutput):
            return plan
        if isinstance(plan, _Question):
            answer = await self.context.permissions.ask(plan.stage.display)
            if answer != "yes":
                note = not_run(answer)
                return ToolOutput(status="denied", command=plan.stage.display, note=note)
            return await self._run((plan.stage,))
        return await self._run(plan)

    def _plan(self, line: str) -> tuple[_Stage, ...] | _Question | ToolOutput:
        from holmes.policy.line import split  # noqa: PLC0415  (only once it is called)

        stages = split(line)
        if isinstance(stages, str):
            return _denied(stages)
        planned: list[_Stage] = []
        for argv in stages:
            verdict = judge(argv, self.context.permissions.files)
            if not verdict.refusal:
                planned.append(self._stage(argv, verdict))
            elif len(stages) == 1:
                return self._granted(argv, verdict)
            else:
                return _denied(verdict.refusal)
        return tuple(planned)

    def _granted(self, argv: _Argv, verdict: Verdict) -> _Question | ToolOutput:
        """A question for the person where one of the grants covers the command."""
        grant = next((item for item in self.context.permissions.grants if item.covers(argv)), None)
        if grant is None:
            return _denied(verdict.refusal)
        if refused := grant.refusal(argv):
            return _denied(refused)
        return _Question(stage=self._stage(argv, Verdict(program=find(argv[0]))))

    def _stage(self, argv: _Argv, verdict: Verdict) -> _Stage:
        shown = tuple(map(shlex.quote, argv))
        kind = verdict.program.environment if verdict.program else "bare"
        own = self.context.environment
        if kind == "bare":
            environment = {"PATH": own.get("PATH", os.defpath), "LANG": "C.UTF-8"}
            display = " ".join(shown)
            return _Stage(argv=argv, display=display, environment=environment, verdict=verdict)
        aimed = Aimed(argv=argv, display=" ".join(shown))
        if kind == "cluster":
            aimed = self.context.aim(argv, shown)
        return _Stage(
            argv=aimed.argv,
            display=aimed.prefix + aimed.display,
            environment={**own, **_NO_PAGER, **aimed.variables},
            verdict=verdict,
            whole=aimed.whole,
        )

    async def _run(self, stages: tuple[_Stage, ...]) -> ToolOutput:
        """Run one program after the other, each with what the one before it printed."""
        deadline = time.monotonic() + self.seconds
        display = _display(stages)
        output = ToolOutput(status="no_data")
        notes: list[str] = []
        for stage in stages:
            if find_executable(stage.argv[0]) is None:
                note = f'the program "{stage.argv[0]}" was not found in PATH'
                return ToolOutput(status="failed", command=display, note=note)
            if stage.whole and (refused := await self._see(stage)):
                return replace(_denied(refused), command=display)
            try:
                result = await run_process(
                    stage.argv,
                    timeout=max(0.1, deadline - time.monotonic()),
                    env=stage.environment,
                    stdin=await self._handed_on(output.text),
                )
            except OSError as error:
                return not_started(error, stage.argv[0], display)
            ended = _judged_end(result, stage)
            output = await read_output(ended, display, stage.verdict.scrub)
            notes += [output.note] if output.note else []
            if output.status not in {"ok", "no_data"}:
                return output
        return replace(output, note=" ".join(dict.fromkeys(notes)))

    async def _see(self, stage: _Stage) -> str:
        """Let the mask see whole objects before a template drops the names of their values.

        What it took for a secret there it knows again in whatever the template prints. Returns why
        the command may not run: an order by what is masked would tell it bit by bit.
        """
        order = _order_of(stage.argv)
        with suppress(OSError, *OTHER_SHAPE):
            result = await run_process(stage.whole, timeout=_LOOKING_SECONDS, env=stage.environment)
            value = json.loads(result.stdout)
            masked = await to_thread.run_sync(masked_json, value, self.context.mask)
            if not order or _column(value, order) == _column(masked, order):
                return ""
        return f'the order by "{order}" may give away what is masked' if order else ""

    async def _handed_on(self, text: str) -> bytes:
        """What one program printed, as the next one may read it."""
        if not text:
            return b""
        # In a thread: a scan of 10 MB takes over a second.
        return (await to_thread.run_sync(self.context.mask, text)).encode()


def _order_of(argv: _Argv) -> str:
    """The path that objects are ordered by, where it could be one of a masked value."""
    said = (
        word.partition("=")[2] or following
        for word, following in zip(argv, (*argv[1:], ""), strict=True)
        if word.partition("=")[0] == "--sort-by"
    )
    # `kubectl top --sort-by=cpu` names a column.
    return next((p for p in said if paths.is_path(p) and not PLAIN_ORDER.fullmatch(p)), "")


def _column(document: Any, path: str) -> list[str]:  # noqa: ANN401  (JSON is anything)
    return [column.cell(item) for column in paths.columns(path) for item in document["items"]]


_NO_PAGER = {"PAGER": "cat", "SYSTEMD_PAGER": "", "NO_COLOR": "1"}


def _denied(refusal: str) -> ToolOutput:
    return ToolOutput(status="denied", note=f"Nothing ran: {refusal}.")


def _display(stages: tuple[_Stage, ...]) -> str:
    return " | ".join(stage.display for stage in stages)


def _judged_end(result: ProcessResult, stage: _Stage) -> ProcessResult:
    """The result with an exit code that is an answer (grep's 1, systemctl's 3) as a success."""
    if result.exit_code in stage.verdict.ends:
        return replace(result, exit_code=0)
    return result
