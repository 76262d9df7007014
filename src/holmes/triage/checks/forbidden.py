"""Requests that RBAC forbids to a ServiceAccount, joined to the Roles and RoleBindings."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import Obj, items, name_of, namespace_of, ref_of, text, words
from holmes.triage.fixes import kubectl
from holmes.triage.logs import LogReader, quote
from holmes.triage.names import nearest
from holmes.triage.next_calls import read_logs
from holmes.triage.objects import ObjectSet
from holmes.triage.tails import Tail, tails

# What of a refused request its line names; no namespace where it asked for the whole cluster.
Denial: TypeAlias = Mapping[str, str]
_DENIED = re.compile(
    r'User "system:serviceaccount:(?P<home>[\w-]+):(?P<account>[\w.-]+)" cannot (?P<verb>\w+) '
    r'resource "(?P<resource>[\w./-]+)" in API group "(?P<group>[\w.-]*)"'
    r'(?: in the namespace "(?P<namespace>[\w-]+)")?'
)


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each container whose log ends in 403s for its ServiceAccount."""
    for tail in tails(objects, logs):
        for line in reversed(tail.failures):
            denied = _DENIED.search(line.replace('\\"', '"'))
            if denied:
                yield _finding(objects, tail, line, denied.groupdict(default=""))
                break


def _finding(objects: ObjectSet, tail: Tail, line: str, denial: Denial) -> Finding:
    why, binding, fix = _why(objects, denial)
    where = f"in namespace {denial['namespace']}" if denial["namespace"] else "in the cluster"
    group = f" of API group {denial['group']}" if denial["group"] else ""
    evidence = [f"{tail.request.source}: {quote(line, 260)}"]
    if binding:
        evidence.append(f"{ref_of(binding)} subjects: {_subjects(binding)}")
    workload = tail.workload
    cause = (
        f"403: ServiceAccount {denial['account']} may not {denial['verb']} {denial['resource']}"
        f"{group} {where}: {why}"
    )
    return about(
        "forbidden", workload, "critical", cause, evidence,
        affected=(ref_of(tail.pod), *([ref_of(binding)] if binding else [])),
        next_call=read_logs(ref_of(tail.pod), tail.container.name), fix=fix,
    )  # fmt: skip


def _why(objects: ObjectSet, denial: Denial) -> tuple[str, Obj | None, str]:
    """Why RBAC does not allow it, the binding that shows it, and the command that would mend it."""
    bindings = _bindings(objects, denial)
    granting = [each for each in bindings if _grants(objects, each, denial)]
    others = {text(subject, "name"): each for each in granting for subject in _accounts(each)}
    near = nearest(denial["account"], others)
    if near:
        binding = others[near]
        name = f"{text(binding, 'kind')} {name_of(binding)}"
        account = f"--serviceaccount={denial['home']}:{denial['account']}"
        # An account that exists may be meant to have the right as well.
        known = objects.knows("ServiceAccount", denial["home"])
        gone = known and not objects.get("ServiceAccount", denial["home"], near)
        fix = kubectl("set subject", ref_of(binding), account) if gone else ""
        return f"{name} grants it to ServiceAccount {near} instead", binding, fix
    bound = [each for each in bindings if _binds(each, denial)]
    if bound:
        role = _role(bound[0])
        return f"it is bound to {role}, which does not allow that", bound[0], ""
    if not objects.knows("RoleBinding", denial["namespace"]):
        return "RoleBindings could not be read", None, ""
    if granting:
        role = _role(granting[0])
        return f"{role} allows it, but no binding names this ServiceAccount", granting[0], ""
    return "no RoleBinding or ClusterRoleBinding names it", None, ""


def _bindings(objects: ObjectSet, denial: Denial) -> list[Obj]:
    """What can grant the request: bindings of its namespace, and those of the cluster."""
    local = objects.within(denial["namespace"], "RoleBinding") if denial["namespace"] else []
    return [*local, *objects.all("ClusterRoleBinding")]


def _role(binding: Obj) -> str:
    """The role of a binding, as `Role name`."""
    return f"{text(binding, 'roleRef', 'kind')} {text(binding, 'roleRef', 'name')}"


def _accounts(binding: Obj) -> list[Obj]:
    return [each for each in items(binding, "subjects") if text(each, "kind") == "ServiceAccount"]


def _binds(binding: Obj, denial: Denial) -> bool:
    return any(
        text(each, "name") == denial["account"]
        and (text(each, "namespace") or namespace_of(binding)) == denial["home"]
        for each in _accounts(binding)
    )


def _subjects(binding: Obj) -> str:
    return ", ".join(
        f"{text(each, 'kind')} {text(each, 'namespace')}/{text(each, 'name')}".replace(" /", " ")
        for each in items(binding, "subjects")
    )


def _grants(objects: ObjectSet, binding: Obj, denial: Denial) -> bool:
    kind, name = text(binding, "roleRef", "kind"), text(binding, "roleRef", "name")
    home = namespace_of(binding) if kind == "Role" else ""
    role = objects.find(ObjectRef(kind=kind, namespace=home, name=name))
    return role is not None and any(_allows(rule, denial) for rule in items(role, "rules"))


def _allows(rule: Obj, denial: Denial) -> bool:
    wanted = (
        (words(rule, "verbs"), denial["verb"]),
        (words(rule, "resources"), denial["resource"]),
        (words(rule, "apiGroups"), denial["group"]),
    )
    return all("*" in allowed or asked in allowed for allowed, asked in wanted)
