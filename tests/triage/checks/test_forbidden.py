from holmes.triage.fields import Obj
from triage import builders as b

LINE = (
    '{"level": "error", "msg": "configmaps is forbidden: '
    'User \\"system:serviceaccount:shop:sync\\" cannot list resource \\"configmaps\\" '
    'in API group \\"\\" in the namespace \\"shop\\""}'
)
LOG = {"web-7d9f-abcde": LINE}
ROLE = b.obj(
    "Role", "reader", rules=[{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}]
)


def binding(account: str, role: str = "reader") -> Obj:
    return b.obj(
        "RoleBinding", "sync",
        roleRef={"kind": "Role", "name": role},
        subjects=[{"kind": "ServiceAccount", "name": account, "namespace": "shop"}],
    )  # fmt: skip


def test_a_binding_that_names_another_account() -> None:
    [finding] = b.found_by("forbidden", b.pod(ready=True), ROLE, binding("syncer"), logs=LOG)

    assert finding.cause == (
        "403: ServiceAccount sync may not list configmaps in namespace shop: "
        "RoleBinding sync grants it to ServiceAccount syncer instead"
    )
    assert "RoleBinding shop/sync subjects: ServiceAccount shop/syncer" in finding.evidence


def test_a_role_that_does_not_allow_it() -> None:
    weak = b.obj("Role", "weak", rules=[])

    [finding] = b.found_by("forbidden", b.pod(ready=True), weak, binding("sync", "weak"), logs=LOG)

    assert finding.cause.endswith("it is bound to Role weak, which does not allow that")


def test_no_binding_at_all() -> None:
    [finding] = b.found_by("forbidden", b.pod(ready=True), logs=LOG)

    assert finding.cause.endswith("no RoleBinding or ClusterRoleBinding names it")


def test_a_403_of_an_application_is_not_rbac() -> None:
    assert not b.found_by("forbidden", b.pod(ready=True), logs={"web-7d9f-abcde": "HTTP 403"})
