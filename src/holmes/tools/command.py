"""A tool that is a command template of a toolset file."""

import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.policy import judge, names_secrets, refusal, verb_positions
from holmes.tools.arguments import InvalidArguments, validate
from holmes.tools.base import Aimed, ToolContext, Transformer, assignments
from holmes.tools.output import Shaped, not_started, read_output
from holmes.tools.process import find_executable, run_process
from holmes.tools.template import (
    CodeError,
    OptionValueError,
    Rendered,
    TemplateError,
    render_command,
)

_CLUSTER = re.compile(r"kubectl|(?<![\w-])oc(?![\w-])", re.IGNORECASE)


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
        """Fill the template and run it; arguments that the schema does not allow never run."""
        valid = validate(self.definition, arguments)
        if isinstance(valid, InvalidArguments):
            return ToolOutput(status="invalid_arguments", note=valid.message)
        arguments = valid.arguments
        planned = self._plan(arguments)
        if isinstance(planned, ToolOutput):
            return planned
        try:
            result = await run_process(
                planned.argv,
                timeout=self.seconds,
                env=environment_for(self.context.environment, planned.variables),
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

        return await read_output(result, planned.display, reshape if self.transformers else None)

    def _plan(self, arguments: JsonObject) -> Aimed | ToolOutput:
        """What is about to run, or why nothing is."""
        try:
            values = {"config": self.config, "request_context": {}, **arguments}
            rendered = render_command(
                self.template, values, self.context.environment, self._authored()
            )
        except CodeError as error:
            return ToolOutput(status="denied", note=f"Nothing ran: {error}.")
        except OptionValueError as error:
            return ToolOutput(status="invalid_arguments", note=f"Nothing ran: {error}.")
        except TemplateError as error:
            return ToolOutput(status="failed", note=f"Nothing ran: {error}.")
        if reason := self._refused(rendered):
            note = f"Nothing ran: {reason}."
            return ToolOutput(status="denied", command=rendered.display, note=note)
        return self._script(rendered) if rendered.script else self._command(rendered)

    def _authored(self) -> frozenset[str]:
        """Texts that are the author's: what the configuration says, and members of enums."""
        enums = (value for key, value in _items(self.definition.parameters) if key == "enum")
        texts = (value for _, value in _items([self.config, list(enums)]))
        return frozenset(text for text in texts if isinstance(text, str))

    def _refused(self, rendered: Rendered) -> str:
        """The policy's refusal of a command.

        It is judged only where a model chose what it does, or chose Secrets: a template that
        prints any kind as YAML is made for reading, not for passwords.
        """
        if rendered.script:
            # Where in a script a value ends up is the shell's secret: naming Secrets is enough.
            named = _CLUSTER.search(rendered.script) and any(map(names_secrets, rendered.values))
            return "the values of Secrets are not shown" if named else ""
        carried = [word for word in rendered.argv[1:] if " " in word and _CLUSTER.search(word)]
        if carried and any(names_secrets(rendered.argv[at]) for at in rendered.chosen):
            return "the values of Secrets are not shown"
        for at, word in enumerate(rendered.argv):
            name = Path(word).name
            argv = (name, *rendered.argv[at + 1 :])
            chosen = {each - at for each in rendered.chosen}
            if name in {"kubectl", "oc"} and any(names_secrets(argv[i]) for i in chosen if i > 0):
                return refusal(argv)
            if chosen & verb_positions(argv):
                found = judge(argv)
                # Nothing takes the values out of what a template prints.
                return found.refusal or ("it may print secret values" if found.scrub else "")
        return ""

    def _command(self, rendered: Rendered) -> Aimed:
        aimed = self.context.aim(rendered.argv, rendered.shown)
        return replace(aimed, display=aimed.prefix + aimed.display)

    def _script(self, rendered: Rendered) -> Aimed:
        argv = (find_executable("bash") or "/bin/bash", "-c", rendered.script)
        aimed = self.context.aim(argv, ())
        display = rendered.display
        if prefix := aimed.prefix + assignments(rendered.shown_variables):
            display = f"{prefix}bash -c {shlex.quote(display)}"
        variables = {**aimed.variables, **rendered.variables}
        return Aimed(argv=argv, display=display, variables=variables)


def _items(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (JSON is anything)
    """Whatever stands in a document, each with its key."""
    yield key, value
    inner = value.items() if isinstance(value, Mapping) else ()
    listed = ((key, item) for item in value) if isinstance(value, list) else inner
    for name, item in listed:
        yield from _items(item, str(name))


def environment_for(environment: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """The environment with the variables, and with the folder of this Python's programs in PATH.

    A program from a wheel, such as kubectl, lies there.
    """
    path = (environment.get("PATH", os.defpath), str(Path(sys.executable).parent))
    return {**environment, "PATH": os.pathsep.join(path), **variables}
