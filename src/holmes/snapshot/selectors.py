"""Label and field selectors, as the API server reads them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from holmes.core.messages import JsonObject
from holmes.snapshot import fields

Matcher: TypeAlias = Callable[[JsonObject], bool]

_SET = re.compile(r"(?P<key>[\w./-]+)\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)")
_COMPARISON = re.compile(r"(?P<key>[\w./-]+)\s*(?P<operator>==|=|!=|>|<)\s*(?P<value>[\w./-]*)")
_EXISTENCE = re.compile(r"(?P<not>!?)\s*(?P<key>[\w./-]+)")
_TERM_ENDS = re.compile(r",(?![^()]*\))")
_FIELD_TERM = re.compile(r"(?P<key>[\w./-]+?)(?P<operator>!=|==|=)(?P<value>.*)", re.DOTALL)

# What the API server can select by, beside metadata.name and metadata.namespace.
_FIELDS: Mapping[str, Sequence[str]] = {
    "pods": (
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName"),
        *("spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"),
    ),
    "events": (
        *("involvedObject.kind", "involvedObject.namespace", "involvedObject.name"),
        *("involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion"),
        *("involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"),
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "replicasets.apps": ("status.replicas",),
    "replicationcontrollers": ("status.replicas",),
    "jobs.batch": ("status.successful",),
}


class SelectorError(ValueError):
    """A selector that the API server would refuse; the text is the reason."""


def label_matcher(selector: str) -> Matcher:
    """Objects whose labels satisfy every term of `selector`; an empty one matches all."""
    if not selector.strip():
        return lambda _: True
    tests = [_label_test(term.strip()) for term in _TERM_ENDS.split(selector)]

    def matches(value: JsonObject) -> bool:
        found = fields.labels(value, "metadata", "labels")
        return all(test(found) for test in tests)

    return matches


def field_matcher(selector: str, resource: str) -> Matcher:
    """Objects of `resource` (plural.group) whose fields satisfy every term of `selector`."""
    tests = [_field_test(term, resource) for term in re.split(r"(?<!\\),", selector) if term]
    return lambda value: all(test(value) for test in tests)


def _label_test(term: str) -> Callable[[Mapping[str, str]], bool]:
    if match := _SET.fullmatch(term):
        return _set_test(match)
    if match := _COMPARISON.fullmatch(term):
        return _comparison_test(match)
    if match := _EXISTENCE.fullmatch(term):
        key, wanted = match["key"], not match["not"]
        return lambda found: (key in found) is wanted
    raise SelectorError(f"unable to parse requirement: found '{term}', expected: identifier")


def _set_test(match: re.Match[str]) -> Callable[[Mapping[str, str]], bool]:
    key, wanted = match["key"], match["operator"] == "in"
    values = {value.strip() for value in match["values"].split(",")}
    # An absent key is never "in" and always "notin".
    return lambda found: (key in found and found[key] in values) is wanted


def _comparison_test(match: re.Match[str]) -> Callable[[Mapping[str, str]], bool]:
    key, operator, value = match["key"], match["operator"], match["value"]
    if operator in {">", "<"}:
        if not re.fullmatch(r"-?\d+", value):
            raise SelectorError(
                f"values: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, "
                "the value must be an integer"
            )
        sign = 1 if operator == ">" else -1

        def compares(found: Mapping[str, str]) -> bool:
            actual = found.get(key, "")
            number = re.fullmatch(r"-?\d+", actual)
            return number is not None and sign * int(actual) > sign * int(value)

        return compares
    # An absent key satisfies `!=`.
    return lambda found: (found.get(key) == value) is (operator != "!=")


def _field_test(term: str, resource: str) -> Matcher:
    match = _FIELD_TERM.fullmatch(term)
    if match is None:
        raise SelectorError(f"invalid selector: '{term}'; can't understand '{term}'")
    key = match["key"]
    value = re.sub(r"\\([\\,=])", r"\1", match["value"])
    wanted = match["operator"] != "!="
    if key not in {"metadata.name", "metadata.namespace", *_FIELDS.get(resource, ())}:
        raise SelectorError(f"field label not supported: {key}")
    return lambda found: (_field(found, resource, key) == value) is wanted


def _field(value: JsonObject, resource: str, key: str) -> str:
    if resource == "events" and key == "source":
        return fields.text(value, "source", "component") or fields.text(value, "reportingComponent")
    if resource == "jobs.batch" and key == "status.successful":
        return str(fields.whole(value, "status", "succeeded"))
    found = fields.text(value, *key.split("."))
    if key in {"spec.hostNetwork", "spec.unschedulable"}:
        return found or "false"
    return found or ("0" if key == "status.replicas" else "")
