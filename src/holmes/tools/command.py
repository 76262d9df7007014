"""A tool that is a command template of a toolset file."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.policy import judge, names_secrets, refusal, verb_positions
from holmes.policy.scripts import refused_verb
from holmes.tools.base import Aimed, ToolContext, Transformer, assignments
from holmes.tools.output import Shaped, not_started, output_of
from holmes.tools.process import find_executable, run_process
from holmes.tools.template import (
    OptionValueError,
    Rendered,
    TemplateError,
    render_command,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandTool:
    """A tool whose command is a template.

    The template is the user's own word; of it the policy judges only what a model could turn into
    something else (see `_refused`).
    """

    definition: ToolDefinition
    template: str
    context: ToolContext
    seconds: float = 60.0
    transformers: tuple[Transformer, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def timeout(self) -> float:
        """The command's own seconds, and a moment to end it."""
        return self.seconds + 1.0

    def preview(self, arguments: JsonObject) -> str:
        """The command line, or nothing where these arguments can't fill it."""
        planned = self._plan(arguments)
        return planned.display if isinstance(planned, Aimed) else ""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Fill the template and run it; a missing required argument never runs."""
        missing = [name for name in self._required() if not _given(arguments.get(name))]
        if missing:
            note = f'The argument "{missing[0]}" is missing.'
            return ToolOutput(status="invalid_arguments", note=note)
        planned = self._plan(arguments)
        if isinstance(planned, ToolOutput):
            return planned
        try:
            result = await run_process(
                planned.argv,
                timeout=self.seconds,
                env=_environment(self.context.environment, planned.variables),
                # Half a document can't be reshaped; lines can be told by their kinds.
                condense=not self.transformers,
            )
        except OSError as error:
            return not_started(error, planned.argv[0], planned.display)

        def reshape(text: str) -> str | Shaped:
            shaped: str | Shaped = text
            for transformer in self.transformers:
                text = shaped if isinstance(shaped, str) else shaped.text
                shaped = transformer(text, arguments)
            return shaped

        return output_of(result, planned.display, reshape if self.transformers else None)

    def _required(self) -> tuple[str, ...]:
        required = self.definition.parameters.get("required")
        return tuple(map(str, required)) if isinstance(required, list) else ()

    def _plan(self, arguments: JsonObject) -> Aimed | ToolOutput:
        """What is about to run, or why nothing is."""
        try:
            values = {"config": self.config, "request_context": {}, **arguments}
            rendered = render_command(self.template, values, self.context.environment)
        except OptionValueError as error:
            return ToolOutput(status="invalid_arguments", note=f"Nothing ran: {error}.")
        except TemplateError as error:
            return ToolOutput(status="failed", note=f"Nothing ran: {error}.")
        reason = self._refused_script(rendered) if rendered.script else self._refused(rendered)
        if reason:
            note = f"Nothing ran: {reason}."
            return ToolOutput(status="denied", command=rendered.display, note=note)
        return self._script(rendered) if rendered.script else self._command(rendered)

    def _refused(self, rendered: Rendered) -> str:
        """The policy's refusal of a command.

        It is judged only where a model chose what it does, or chose Secrets: a template that
        prints any kind as YAML is made for reading, not for passwords.
        """
        argv, chosen = rendered.argv, rendered.chosen
        if Path(argv[0]).name == "kubectl" and any(names_secrets(argv[i]) for i in chosen):
            return refusal(argv)
        if chosen & verb_positions(argv):
            verdict = judge((Path(argv[0]).name, *argv[1:]))
            # Nothing takes the values out of what a template prints.
            return verdict.refusal or ("it may print secret values" if verdict.scrub else "")
        return ""

    def _refused_script(self, rendered: Rendered) -> str:
        # Where in a script a value ends up is the shell's secret: naming Secrets is enough.
        if "kubectl" in rendered.script and any(map(names_secrets, rendered.values)):
            return "the values of Secrets are not shown"
        return refused_verb(rendered.script, rendered.values, rendered.variables)

    def _command(self, rendered: Rendered) -> Aimed:
        aimed = self.context.aim(rendered.argv, rendered.shown)
        return replace(aimed, display=aimed.prefix + aimed.display)

    def _script(self, rendered: Rendered) -> Aimed:
        argv = (find_executable("bash") or "/bin/bash", "-c", rendered.script)
        aimed = self.context.aim(argv, ())
        display = rendered.display
        if prefix := aimed.prefix + assignments(rendered.variables):
            display = f"{prefix}bash -c {shlex.quote(rendered.script)}"
        variables = {**aimed.variables, **rendered.variables}
        return Aimed(argv=argv, display=display, variables=variables)


def _given(value: object) -> bool:
    return value is not None and value != ""


def _environment(environment: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """The environment with the variables, and with the folder of this Python's programs in PATH.

    A program from a wheel, such as kubectl, lies there.
    """
    path = (environment.get("PATH", os.defpath), str(Path(sys.executable).parent))
    return {**environment, "PATH": os.pathsep.join(path), **variables}
