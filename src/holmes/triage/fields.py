"""Reading fields of Kubernetes JSON, where every level may be missing or null."""

from datetime import datetime
from typing import Any, TypeAlias

from holmes.core.finding import ObjectRef

Obj: TypeAlias = dict[str, Any]

_SUFFIXES = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50,
}  # fmt: skip


def dig(obj: object, *path: str) -> object:
    """The value at a path of keys, or None where any level is missing or null."""
    for key in path:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(key)
    return obj


def text(obj: object, *path: str) -> str:
    """The value as text; empty where missing."""
    for key in path:  # as `dig`, which costs a call more: there are half a million in a large scan
        obj = obj.get(key) if isinstance(obj, dict) else None
    return "" if obj is None else str(obj)


def number(obj: object, *path: str) -> int:
    """The value as a whole number; 0 where missing or not a number."""
    value = dig(obj, *path)
    return int(value) if isinstance(value, (int, float)) else 0


def flag(obj: object, *path: str) -> bool:
    """Whether the value is true."""
    return dig(obj, *path) is True


def mapping(obj: object, *path: str) -> Obj:
    """The object at a path; empty where missing."""
    value = dig(obj, *path)
    return value if isinstance(value, dict) else {}


def items(obj: object, *path: str) -> list[Obj]:
    """The list of objects at a path; empty where missing."""
    value = dig(obj, *path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def words(obj: object, *path: str) -> list[str]:
    """The list of strings at a path; empty where missing."""
    value = dig(obj, *path)
    return [str(item) for item in value] if isinstance(value, list) else []


def name_of(obj: Obj) -> str:
    """`metadata.name`."""
    return text(obj, "metadata", "name")


def namespace_of(obj: Obj) -> str:
    """`metadata.namespace`, empty for a cluster-scoped object."""
    return text(obj, "metadata", "namespace")


def ref_of(obj: Obj) -> ObjectRef:
    """The reference of an object that carries its kind."""
    return ObjectRef(kind=text(obj, "kind"), namespace=namespace_of(obj), name=name_of(obj))


def labels_of(obj: Obj) -> Obj:
    """`metadata.labels`."""
    return mapping(obj, "metadata", "labels")


def shown(labels: Obj) -> str:
    """Labels as people write them: `key=value, key=value`."""
    return ", ".join(f"{key}={value}" for key, value in labels.items())


def condition(obj: Obj, kind: str) -> Obj:
    """The status condition of one type; empty where the object has none."""
    for each in items(obj, "status", "conditions"):
        if each.get("type") == kind:
            return each
    return {}


def rule_matches(labels: Obj, rule: Obj) -> bool:
    """Whether labels fulfil one expression of a label selector or of a node selector."""
    value, values = labels.get(text(rule, "key")), words(rule, "values")
    match text(rule, "operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case operator:  # Gt or Lt, of whole numbers; anything else never matches
            numbers = [each for each in (str(value), *values) if each.lstrip("-").isdigit()]
            if len(numbers) != 2:
                return False
            return (
                int(numbers[0]) > int(numbers[1])
                if operator == "Gt"
                else int(numbers[0]) < int(numbers[1])
            )


def wanted_pods(workload: Obj) -> int:
    """How many pods a workload should have; a manifest may leave out the one that is meant."""
    if text(workload, "kind") == "DaemonSet":
        return number(workload, "status", "desiredNumberScheduled")
    replicas = dig(workload, "spec", "replicas")
    return 1 if replicas is None else number(workload, "spec", "replicas")


def service_ref(named: Obj) -> ObjectRef:
    """The Service that a webhook or an APIService names."""
    return ObjectRef(kind="Service", namespace=text(named, "namespace"), name=text(named, "name"))


def when(timestamp: str) -> datetime | None:
    """A Kubernetes timestamp (RFC 3339), or None where it is missing or malformed."""
    try:
        return datetime.fromisoformat(timestamp)
    except ValueError:
        return None


def quantity(value: object) -> float:
    """A Kubernetes quantity ("500m", "128Mi", 2) in cores or bytes; 0 where malformed."""
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str):
        return 0.0
    for suffix in (value[-2:], value[-1:]):
        if suffix in _SUFFIXES:
            digits, factor = value.removesuffix(suffix), _SUFFIXES[suffix]
            break
    else:
        digits, factor = value, 1.0
    try:
        return float(digits) * factor
    except ValueError:
        return 0.0
