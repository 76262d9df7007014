"""Roles and their bindings."""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.tables.base import Table, columns, created

_SUBJECTS = ("Users", "Groups", "ServiceAccounts")


def _role(value: JsonObject, _: datetime) -> Sequence[JsonValue]:
    return (fields.name_of(value), fields.text(value, "metadata", "creationTimestamp"))


def _binding(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    role = fields.mapping(value, "roleRef")
    return (
        fields.name_of(value),
        f"{fields.text(role, 'kind')}/{fields.text(role, 'name')}",
        created(value, now),
        *(_subjects(value, kind) for kind in ("User", "Group", "ServiceAccount")),
    )


def _subjects(value: JsonObject, kind: str) -> str:
    return ", ".join(
        "/".join(filter(None, (fields.text(one, "namespace"), fields.text(one, "name"))))
        for one in fields.objects(value, "subjects")
        if fields.text(one, "kind") == kind
    )


_ROLES = Table(columns=columns("Name", "Created At"), cells=_role)
_BINDINGS = Table(columns=columns("Name", "Role", "Age", wide=_SUBJECTS), cells=_binding)
TABLES = {
    "roles.rbac.authorization.k8s.io": _ROLES,
    "clusterroles.rbac.authorization.k8s.io": _ROLES,
    "rolebindings.rbac.authorization.k8s.io": _BINDINGS,
    "clusterrolebindings.rbac.authorization.k8s.io": _BINDINGS,
}
