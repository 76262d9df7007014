"""The one tool call that confirms a finding."""

from holmes.core.finding import NextCall, ObjectRef


def describe(ref: ObjectRef) -> NextCall:
    """`kubectl describe` of one object."""
    arguments: dict[str, str | bool] = {"kind": ref.kind.lower(), "name": ref.name}
    where = ""
    if ref.namespace:
        arguments["namespace"] = ref.namespace
        where = f" -n {ref.namespace}"
    return NextCall(
        tool="kubectl_describe",
        arguments=arguments,
        command=f"kubectl describe {ref.kind.lower()} {ref.name}{where}",
    )


def read_all_logs(workload: ObjectRef) -> NextCall:
    """`kubectl logs` of all pods of a workload."""
    name = f"{workload.kind.lower()}/{workload.name}"
    arguments: dict[str, str | bool] = {
        "name": name, "namespace": workload.namespace, "all": True,
    }  # fmt: skip
    command = f"kubectl logs {name} -n {workload.namespace} --all-pods"
    return NextCall(tool="kubectl_logs", arguments=arguments, command=command)


def read_logs(pod: ObjectRef, container: str = "", *, previous: bool = False) -> NextCall:
    """`kubectl logs` of one container, of its previous run when it keeps restarting."""
    arguments: dict[str, str | bool] = {"name": pod.name, "namespace": pod.namespace}
    command = f"kubectl logs {pod.name} -n {pod.namespace}"
    if container:
        arguments["container"] = container
        command += f" -c {container}"
    if previous:
        arguments["previous"] = True
        command += " --previous"
    return NextCall(tool="kubectl_logs", arguments=arguments, command=command)
