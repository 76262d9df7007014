"""One tool that looks at the whole cluster and says what is wrong with it, without a model."""

from dataclasses import dataclass, replace

from holmes.core.errors import UsageError
from holmes.core.messages import JsonObject, ToolDefinition
from holmes.core.tool_output import Findings, ToolOutput
from holmes.kubernetes.target import KubeTarget

_DEFINITION = ToolDefinition(
    name="find_problems",
    description=(
        "List everything unhealthy in the cluster (pods, workloads, services, nodes, volumes), "
        "each with its cause and evidence. Call it first."
    ),
    parameters={
        "type": "object",
        "properties": {
            "namespace": {
                "type": "string",
                "description": "Only this namespace; leave out for all.",
            }
        },
        "additionalProperties": False,
    },
)
# Thousands of pods take tens of seconds to list.
_TIMEOUT_SECONDS = 180.0
_RUNS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_WORK = frozenset({"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"})


@dataclass(frozen=True, kw_only=True, slots=True)
class FindProblems:
    """Lists what is unhealthy, worst first, with causes and exact evidence."""

    target: KubeTarget

    @property
    def definition(self) -> ToolDefinition:
        """`find_problems(namespace?)`."""
        return _DEFINITION

    @property
    def timeout(self) -> float:
        """Three minutes: a large cluster is listed in pages."""
        return _TIMEOUT_SECONDS

    def preview(self, arguments: JsonObject) -> str:
        """The `holmes scan` that prints the same."""
        from holmes.triage.report import command  # noqa: PLC0415  # loads msgspec

        return command(self._aimed(arguments))

    async def run(self, arguments: JsonObject) -> ToolOutput:
        """Scan; no problem is a `no_data` that says what was looked at.

        Where what decides could not be read, that no problem was found is a `failed`: it tells
        nothing, and the answer must name it as not seen.
        """
        # Loaded with the first call: a session that never calls it should not pay for it.
        from holmes.triage import own_checks  # noqa: PLC0415
        from holmes.triage.collect import scan  # noqa: PLC0415
        from holmes.triage.next_calls import describe, read_all_logs  # noqa: PLC0415
        from holmes.triage.report import command, conclusion, render  # noqa: PLC0415

        target = self._aimed(arguments)
        note = ""
        try:
            # A file of the user's that does not load must not cost the rest of the look.
            own, faults = own_checks.load_usable(own_checks.folders())
            report = await scan(target, own)
            if target != self.target and not report.missed and not _WORK & report.counts.keys():
                # A small model fills in "default" unasked (Qwen2.5-Coder-1.5B, 24 Nov 2026); that
                # nothing is wrong where nothing runs is no answer to anybody.
                note = f'Nothing runs in namespace "{target.namespace}": this is everything else.'
                target = self.target
                report = await scan(target, own)
        except UsageError as error:
            return ToolOutput(status="failed", command=command(target), note=str(error))
        except OSError as error:
            note = f"kubectl could not be started: {error}"
            return ToolOutput(status="failed", command=command(target), note=note)
        wrong = [ref for each in report.findings for ref in (each.subject, *each.affected)]
        unwell = {ref.path for ref in wrong}
        # Of those with one name the first stands for all: a Deployment before its Service.
        well = {each.ref.path: each.ref for each in reversed(report.healthy)}
        well = {path: ref for path, ref in reversed(well.items()) if path not in unwell}
        # What suffers is asked about as well; a Service goes by the name of the workload behind it.
        seen = sorted((*well.values(), *wrong), key=lambda ref: ref.kind in _WORK)
        blind = conclusion(report) if report.verdict == "unknown" else ""
        return ToolOutput(
            status="failed" if blind else "ok" if report.findings else "no_data",
            text=render(report).removeprefix(f"{blind}\n"),  # the note says it
            command=command(target),
            note=" ".join([note, blind, *faults]).strip(),
            exit_code=0,
            data=Findings(
                findings=report.findings,
                healthy=tuple(well),
                scope=report.scope,
                looks={ref.path: describe(ref) for ref in seen},
                logs={ref.path: read_all_logs(ref) for ref in seen if ref.kind in _RUNS},
            ),
        )

    def _aimed(self, arguments: JsonObject) -> KubeTarget:
        namespace = arguments.get("namespace")
        # Without one, the namespace that the user gave on the command line, else all.
        named = isinstance(namespace, str) and namespace
        return replace(self.target, namespace=str(namespace)) if named else self.target
