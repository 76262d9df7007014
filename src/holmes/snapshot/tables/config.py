"""ConfigMaps, Secrets, namespaces and their limits; roles and their bindings."""

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.tables.base import AGE, CREATED, NAME, Column, column, text, wide


def _entries(value: JsonObject) -> int:
    return len(fields.mapping(value, "data")) + len(fields.mapping(value, "binaryData"))


def _used(name: str, *, limits: bool) -> Column:
    """Used and hard amounts of a quota: its limits, or everything else."""

    def cell(value: JsonObject) -> str:
        used = fields.mapping(value, "status", "used")
        hard = sorted(fields.mapping(value, "status", "hard").items())
        return ", ".join(
            f"{what}: {used.get(what, '0')}/{amount}"
            for what, amount in hard
            if what.startswith("limits.") is limits
        )

    return column(name, cell)


def _role(value: JsonObject) -> str:
    role = fields.mapping(value, "roleRef")
    return f"{fields.text(role, 'kind')}/{fields.text(role, 'name')}"


def _subjects(kind: str) -> Column:
    def cell(value: JsonObject) -> str:
        return ", ".join(
            "/".join(filter(None, (fields.text(one, "namespace"), fields.text(one, "name"))))
            for one in fields.objects(value, "subjects")
            if fields.text(one, "kind") == kind
        )

    return column(f"{kind}s", cell)


_ROLES = (NAME, CREATED)
_BINDINGS = (
    NAME,
    column("Role", _role),
    AGE,
    *wide(_subjects("User"), _subjects("Group"), _subjects("ServiceAccount")),
)
TABLES = {
    "configmaps": (NAME, column("Data", _entries), AGE),
    "secrets": (
        NAME,
        text("Type", "type"),
        column("Data", lambda value: len(fields.mapping(value, "data"))),
        AGE,
    ),
    "namespaces": (NAME, text("Status", "status.phase"), AGE),
    "resourcequotas": (
        NAME,
        _used("Request", limits=False),
        _used("Limit", limits=True),
        AGE,
    ),
    "limitranges": (NAME, CREATED),
    "roles.rbac.authorization.k8s.io": _ROLES,
    "clusterroles.rbac.authorization.k8s.io": _ROLES,
    "rolebindings.rbac.authorization.k8s.io": _BINDINGS,
    "clusterrolebindings.rbac.authorization.k8s.io": _BINDINGS,
}
