"""A tool that is a command template of a toolset file."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.kubectl import aim, script_environment
from holmes.kubernetes.preparations import (
    LOOKUP_SECONDS,
    Preparation,
    Prepared,
    everywhere,
    find_again,
    find_object,
    is_not_found,
    tidied,
)
from holmes.kubernetes.target import KubeTarget
from holmes.policy import (
    judge,
    names_secrets,
    refusal,
    verb_positions,
)
from holmes.policy.scripts import refused_verb
from holmes.tools.output import not_started, output_of
from holmes.tools.process import find_executable, run_process
from holmes.tools.template import (
    OptionValueError,
    Rendered,
    TemplateError,
    render_command,
)
from holmes.tools.transformers import Transformer

# Programs that read KUBECONFIG; what else a line starts has no use for the choice of a cluster.
_CLUSTER_PROGRAMS = ("kubectl", "helm", "oc", "flux", "istioctl", "cilium", "argocd", "kustomize")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What is about to run; `display` is the line for people."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] | None
    display: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandTool:
    """A tool whose command is a template.

    `builtin` commands are held to the kubectl policy whole: their arguments are a model's and
    their templates are made for reading. A user's template is the user's own word; of it the
    policy judges only what a model could turn into something else (see `_refused`).
    """

    definition: ToolDefinition
    template: str
    target: KubeTarget
    seconds: float = 60.0
    builtin: bool = False
    prepare: Preparation | None = None
    transformers: tuple[Transformer, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def timeout(self) -> float:
        """The command's own seconds, time to look an object up, and a moment to end it."""
        return self.seconds + (LOOKUP_SECONDS if self.prepare else 0.0) + 1.0

    def preview(self, arguments: JsonObject) -> str:
        """The command line, or nothing where these arguments can't fill it."""
        if self.prepare is not None:
            arguments = tidied(arguments, self.target)
        planned = self._plan(arguments)
        return planned.display if isinstance(planned, _Plan) else ""

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Fill the template and run it; a missing required argument never runs."""
        missing = [name for name in self._required() if not _given(arguments.get(name))]
        if missing:
            note = f'The argument "{missing[0]}" is missing.'
            return ToolOutput(status="invalid_arguments", note=note)
        prepared: Prepared | ToolOutput = Prepared(arguments=arguments)
        if self.prepare is not None:
            prepared = await self.prepare(arguments, self.target)
        if isinstance(prepared, ToolOutput):
            return prepared
        output = await self._run(prepared)
        return await self._looked_elsewhere(arguments, output) or output

    async def _looked_elsewhere(
        self, arguments: JsonObject, output: ToolOutput
    ) -> ToolOutput | None:
        """What the call gives where its object, or anything at all, is; None where it was right."""
        found: Prepared | ToolOutput | None = None
        if self.prepare is find_object and is_not_found(output):
            found = await find_again(arguments, self.target)
        elif self.prepare is not None and output.status == "no_data":
            found = await everywhere(arguments, self.target)
        if isinstance(found, Prepared):
            return await self._run(found)
        # Where to look is a note beside kubectl's own words.
        return replace(output, note=found.note) if found is not None else None

    def _required(self) -> tuple[str, ...]:
        required = self.definition.parameters.get("required")
        return tuple(map(str, required)) if isinstance(required, list) else ()

    async def _run(self, prepared: Prepared) -> ToolOutput:
        planned = self._plan(prepared.arguments)
        if isinstance(planned, ToolOutput):
            return planned
        try:
            result = await run_process(
                planned.argv,
                timeout=self.seconds,
                env=planned.environment,
                # Half a document can't be reshaped; lines can be told by their kinds.
                condense=not self.transformers,
            )
        except OSError as error:
            return not_started(error, planned.argv[0], planned.display)

        def reshape(text: str) -> str:
            for transformer in self.transformers:
                text = transformer(text, prepared.arguments)
            return text

        output = output_of(result, planned.display, reshape if self.transformers else None)
        return replace(output, note=f"{prepared.note} {output.note}".strip())

    def _plan(self, arguments: JsonObject) -> _Plan | ToolOutput:
        try:
            values = {"config": self.config, "request_context": {}, **arguments}
            rendered = render_command(self.template, values, os.environ)
        except OptionValueError as error:
            return ToolOutput(status="invalid_arguments", note=f"Nothing ran: {error}.")
        except TemplateError as error:
            return ToolOutput(status="failed", note=f"Nothing ran: {error}.")
        if rendered.script:
            return self._script(rendered)
        if reason := self._refused(rendered):
            note = f"Nothing ran: {reason}."
            return ToolOutput(status="denied", command=rendered.display, note=note)
        if Path(rendered.argv[0]).name == "kubectl":
            aimed = aim(rendered.argv, self.target, shown=rendered.shown)
            return _Plan(argv=aimed.argv, environment=None, display=aimed.display)
        variables = self._cluster_variables(rendered.display)
        shown = _assignments(variables) + rendered.display
        return _Plan(argv=rendered.argv, environment=_environment(variables), display=shown)

    def _refused(self, rendered: Rendered) -> str:
        """The policy's refusal of a command.

        A user's own command is judged only where a model chose what it does, or chose Secrets: a
        template that prints any kind as YAML is made for reading, not for passwords.
        """
        argv, chosen = rendered.argv, rendered.chosen
        kubectl = Path(argv[0]).name == "kubectl"
        if self.builtin and kubectl:
            return refusal(argv, values_removed=bool(self.transformers))
        if self.builtin:
            return judge(argv).refusal
        if kubectl and any(names_secrets(argv[i]) for i in chosen):
            return refusal(argv)
        if chosen & verb_positions(argv):
            verdict = judge((Path(argv[0]).name, *argv[1:]))
            # Nothing takes the values out of what a template prints.
            return verdict.refusal or ("it may print secret values" if verdict.scrub else "")
        return ""

    def _script(self, rendered: Rendered) -> _Plan | ToolOutput:
        # Where in a script a value ends up is the shell's secret: naming Secrets is enough.
        if "kubectl" in rendered.script and any(map(names_secrets, rendered.values)):
            note = "Nothing ran: the values of Secrets are not shown."
            return ToolOutput(status="denied", command=rendered.display, note=note)
        if reason := refused_verb(rendered.script, rendered.values, rendered.variables):
            note = f"Nothing ran: {reason}."
            return ToolOutput(status="denied", command=rendered.display, note=note)
        variables = {**self._cluster_variables(rendered.script), **rendered.variables}
        display = rendered.display
        if variables:
            display = f"{_assignments(variables)}bash -c {shlex.quote(rendered.script)}"
        argv = (find_executable("bash") or "/bin/bash", "-c", rendered.script)
        return _Plan(argv=argv, environment=_environment(variables), display=display)

    def _cluster_variables(self, line: str) -> Mapping[str, str]:
        if any(program in line for program in _CLUSTER_PROGRAMS):
            return script_environment(self.target)
        return {}


def _given(value: object) -> bool:
    return value is not None and value != ""


def _assignments(variables: Mapping[str, str]) -> str:
    return "".join(f"{name}={shlex.quote(value)} " for name, value in variables.items())


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with the variables, and with kubectl's folder in PATH."""
    environment = {**os.environ, **variables}
    kubectl = find_executable("kubectl")
    if kubectl is not None and find_executable("kubectl", beside=False) is None:
        environment["PATH"] = os.pathsep.join(
            (environment.get("PATH", os.defpath), str(Path(kubectl).parent))
        )
    return environment
