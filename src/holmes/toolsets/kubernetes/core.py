"""The tools that run one kubectl each.

Descriptions are short: the smallest models read all of this with 4,000 tokens in all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from holmes.core.messages import JsonObject, JsonValue, ToolDefinition
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes import paths
from holmes.kubernetes.kubectl import aim
from holmes.kubernetes.objects import (
    LOOKUP_SECONDS,
    Prepared,
    everywhere,
    find_again,
    find_object,
    is_not_found,
    refused_name,
    tidied,
)
from holmes.kubernetes.target import KubeTarget
from holmes.policy import refusal
from holmes.tools.base import Mask, Tool, Transformer
from holmes.tools.output import not_started, read_output
from holmes.tools.process import run_process
from holmes.toolsets.kubernetes import columns, shapes

_Words: TypeAlias = Callable[[JsonObject], list[str]]

_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class KubectlTool:
    """A tool that runs one kubectl.

    words   from arguments to the words after "kubectl"; raises ValueError for what can't be meant
    shape   from what kubectl prints to what people read; of Secrets it takes the values out
    named   whether the arguments may name an object, which is then looked for
    """

    definition: ToolDefinition
    target: KubeTarget
    words: _Words
    shape: Transformer
    named: bool = False
    timeout: float = _SECONDS + LOOKUP_SECONDS + 1.0

    def preview(self, arguments: JsonObject) -> str:
        """The command line, or nothing where these arguments are none."""
        try:
            words = self.words(tidied(arguments, self.target))
        except (KeyError, ValueError):
            return ""
        return aim(["kubectl", *words], self.target).display

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Find the object, run kubectl, and look elsewhere where nothing was there."""
        required = self.definition.parameters.get("required")
        for name in required if isinstance(required, list) else ():
            if not arguments.get(str(name)):
                note = f'The argument "{name}" is missing.'
                return ToolOutput(status="invalid_arguments", note=note)
        prepared = await self._prepared(arguments)
        if isinstance(prepared, ToolOutput):
            return prepared
        output = await self._run(prepared)
        found: Prepared | ToolOutput | None = None
        if self.named and is_not_found(output):
            found = await find_again(arguments, self.target)
        elif output.status == "no_data":
            found = await everywhere(arguments, self.target)
        if isinstance(found, Prepared):
            return await self._run(found)
        # Where to look is a note beside kubectl's own words.
        return output if found is None else replace(output, note=found.note)

    async def _prepared(self, arguments: JsonObject) -> Prepared | ToolOutput:
        if self.named:
            return await find_object(arguments, self.target)
        tidy = tidied(arguments, self.target)
        return refused_name(tidy) or Prepared(arguments=tidy)

    async def _run(self, prepared: Prepared) -> ToolOutput:
        try:
            argv = ["kubectl", *self.words(prepared.arguments)]
        except ValueError as error:
            return ToolOutput(status="invalid_arguments", note=f"Nothing ran: {error}.")
        command = aim(argv, self.target)
        if reason := refusal(argv, values_removed=argv[-2:] == ["-o", "json"]):
            note = f"Nothing ran: {reason}."
            return ToolOutput(status="denied", command=command.display, note=note)
        try:
            result = await run_process(command.argv, timeout=_SECONDS)
        except OSError as error:
            return not_started(error, "kubectl", command.display)

        def shape(text: str) -> Any:  # noqa: ANN401  (what a transformer gives)
            return self.shape(text, prepared.arguments)

        output = await read_output(result, command.display, shape)
        return replace(output, note=f"{prepared.note} {output.note}".strip())


def tools(target: KubeTarget, mask: Mask) -> tuple[Tool, ...]:
    """All of them, aimed at one cluster."""
    return tuple(
        KubectlTool(
            definition=each.definition,
            target=target,
            words=each.words,
            shape=each.shape(mask),
            named=each.named,
        )
        for each in _TOOLS
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Design:
    """A tool before it has a cluster; `more` are its optional arguments beside `namespace`."""

    name: str
    description: str
    words: _Words
    shape: Callable[[Mask], Transformer]
    required: Mapping[str, JsonObject] = field(default_factory=dict)
    more: Mapping[str, JsonObject] = field(default_factory=dict)
    named: bool = False

    @property
    def definition(self) -> ToolDefinition:
        properties = {**self.required, **self.more}
        schema: dict[str, JsonValue] = {
            "type": "object",
            "properties": {key: {"type": "string", **part} for key, part in properties.items()},
        }
        if self.required:
            schema["required"] = list[JsonValue](self.required)
        return ToolDefinition(name=self.name, description=self.description, parameters=schema)


def _where(arguments: JsonObject) -> list[str]:
    """The flags for a namespace, or for all where no object is named."""
    if namespace := arguments.get("namespace"):
        return ["-n", str(namespace)]
    return [] if arguments.get("name") else ["-A"]


def _object(arguments: JsonObject) -> list[str]:
    name = arguments.get("name")
    return [str(arguments["kind"]), *([str(name)] if name else []), *_where(arguments)]


def _get(arguments: JsonObject) -> list[str]:
    given = ("selector", "field_selector")
    chosen = {name.replace("_", "-"): arguments.get(name) for name in given}
    flags = [f"--{name}={value}" for name, value in chosen.items() if value]
    form = "json" if columns.need_objects(arguments) else "wide"
    return ["get", *_object(arguments), *flags, "-o", form]


def _describe(arguments: JsonObject) -> list[str]:
    # A Secret is never described: kubectl prints the token of a service account. Of a ConfigMap
    # kubectl describes the values, which are masked by their keys where they are still typed.
    kind = str(arguments.get("kind") or "").lower().partition(".")[0]
    if arguments.get("secret") or kind in {"cm", "configmap", "configmaps"}:
        return _get_yaml(arguments)
    return ["describe", *_object(arguments)]


def _get_yaml(arguments: JsonObject) -> list[str]:
    return ["get", *_object(arguments), "-o", "json"]


def _events(arguments: JsonObject) -> list[str]:
    warnings = ["--types=Warning"] if arguments.get("warnings_only") else []
    namespace = {"namespace": arguments.get("namespace")}  # whatever the object is that is named
    return ["events", *_where(namespace), *warnings, "-o", "json"]


def _top(arguments: JsonObject) -> list[str]:
    kind = str(arguments["kind"])
    return ["top", kind, *(_where(arguments) if kind == "pods" else [])]


def _count(arguments: JsonObject) -> list[str]:
    by = {"kind": arguments["kind"], "namespace": arguments.get("namespace")}
    return ["get", *_object(by), "-o", "json" if paths.is_path(arguments.get("by")) else "wide"]


def _api_resources(_arguments: JsonObject) -> list[str]:
    return ["api-resources", "--verbs=list"]


def _as(transformer: Transformer) -> Callable[[Mask], Transformer]:
    return lambda _mask: transformer


_ANY: JsonObject = {}
_TOOLS: Sequence[_Design] = (
    _Design(
        name="kubectl_get",
        description="List objects of a kind with status. No namespace means all namespaces.",
        required={"kind": {"description": "e.g. pods, deployments, nodes"}},
        more={
            "name": _ANY,
            "namespace": _ANY,
            "selector": {"description": "labels, e.g. app=web"},
            "field_selector": _ANY,
            "columns": {"description": "e.g. .spec.nodeName,.status.phase"},
            "sort_by": {"description": "column or path"},
        },
        words=_get,
        shape=columns.table,
        named=True,
    ),
    _Design(
        name="kubectl_describe",
        description="Details and events of one object. Shows why a pod is pending, waiting or "
        "crashing.",
        required={"kind": _ANY, "name": _ANY},
        more={"namespace": _ANY},
        words=_describe,
        shape=shapes.description,
        named=True,
    ),
    _Design(
        name="kubectl_get_yaml",
        description="One object as YAML. Of Secrets, keys only.",
        required={"kind": _ANY, "name": _ANY},
        more={"namespace": _ANY},
        words=_get_yaml,
        shape=shapes.description,
        named=True,
    ),
    _Design(
        name="kubectl_events",
        description="Events, warnings first.",
        more={
            "namespace": _ANY,
            "name": {"description": "of the object, or of its deployment"},
            "warnings_only": {"type": "boolean"},
        },
        words=_events,
        shape=_as(shapes.kubernetes_events),
    ),
    _Design(
        name="kubectl_top",
        description="CPU and memory in use.",
        required={"kind": {"enum": ["pods", "nodes"]}},
        more={"namespace": _ANY},
        words=_top,
        shape=columns.table,
    ),
    _Design(
        name="kubectl_count",
        description="Count objects by a column of kubectl_get, e.g. STATUS, NODE, NAMESPACE.",
        required={"kind": _ANY},
        more={"by": _ANY, "namespace": _ANY},
        words=_count,
        shape=columns.counted,
    ),
    _Design(
        name="kubectl_api_resources",
        description="The kinds that this cluster has.",
        words=_api_resources,
        shape=columns.table,
    ),
)
