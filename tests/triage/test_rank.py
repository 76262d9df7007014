from holmes.core.finding import Finding, ObjectRef, Severity
from holmes.triage.next_calls import describe
from holmes.triage.rank import rank


def ref(name: str) -> ObjectRef:
    return ObjectRef(kind="Service", namespace="shop", name=name)


def finding(
    name: str,
    *because: str,
    severity: Severity = "warning",
    affects: tuple[str, ...] = (),
    generic: bool = False,
) -> Finding:
    return Finding(
        check="test",
        severity=severity,
        kind="Service",
        namespace="shop",
        name=name,
        cause=f"{name} is broken",
        evidence=(f"{name} says so",),
        affected=tuple(map(ref, affects)),
        explained_by=tuple(map(ref, because)),
        next_call=describe(ref(name)),
        generic=generic,
    )


def test_a_chain_ends_up_in_its_first_cause() -> None:
    [merged] = rank([
        finding("frontend", "cart", severity="critical"),
        finding("redis"),
        finding("cart", "redis", generic=True),
    ])  # fmt: skip

    assert merged.name == "redis"
    assert merged.severity == "critical"
    assert merged.chain == (
        "redis is broken",
        "Service cart: cart is broken",
        "Service frontend: frontend is broken",
    )
    assert [each.name for each in merged.affected] == ["cart", "frontend"]
    assert merged.evidence == ("redis says so", "frontend says so")


def test_what_a_finding_affects_is_explained_by_it() -> None:
    [merged] = rank([finding("node", affects=("pod",)), finding("service", "pod")])

    assert merged.name == "node"


def test_a_remark_about_an_object_does_not_hide_what_is_wrong_with_it() -> None:
    merged = rank([
        finding("cart", severity="info"), finding("cart", "redis"), finding("frontend", "cart"),
    ])  # fmt: skip

    assert [(each.severity, len(each.chain)) for each in merged] == [("warning", 2), ("info", 0)]


def test_an_explanation_without_a_finding_explains_nothing() -> None:
    [alone] = rank([finding("cart", "redis")])

    assert alone.name == "cart"


def test_findings_that_explain_each_other_become_one() -> None:
    [merged] = rank([finding("a", "b"), finding("b", "a")])

    assert merged.name == "a"


def test_the_worst_comes_first() -> None:
    names = [
        each.name
        for each in rank([
            finding("remark", severity="info"),
            finding("small"),
            finding("wide", affects=("x", "y")),
            finding("fatal", severity="critical"),
        ])
    ]  # fmt: skip

    assert names == ["fatal", "wide", "small", "remark"]


def test_of_findings_that_explain_each_other_the_telling_one_is_the_root() -> None:
    [merged] = rank([finding("a", "b", severity="critical", generic=True), finding("b", "a")])

    assert (merged.name, merged.severity) == ("b", "critical")
