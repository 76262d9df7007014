"""kubectl: what reads a cluster, with no other cluster, no other identity and no file."""

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from holmes.policy.secrets import (
    Form,
    description_without_values,
    kubeconfig_without_values,
    manifests_without_values,
    names_secrets,
    only_secrets,
)
from holmes.policy.tables import (
    NAME,
    Command,
    Invocation,
    Program,
    Refusal,
    Scrub,
    flags,
    names,
)
from holmes.policy.templates import refused_template

_PLAIN_OUTPUTS = frozenset({"wide", "name", "json", "yaml", "plaintext"})
# The *-file forms read a local file; these take their template from the argument.
_TEMPLATE_OUTPUTS = frozenset({"custom-columns", "jsonpath", "jsonpath-as-json", "go-template"})
_TABLES = frozenset({"", "wide", "name"})
# Health and version pages, and the metrics API: nothing below /api, and no proxy.
_RAW = re.compile(
    r"/(healthz|livez|readyz)(/[a-z0-9-]+)*(\?verbose(=(true|1))?)?|/version/?|/metrics|/apis?/?"
    r"|/apis/metrics\.k8s\.io/v1beta1/((namespaces/[a-z0-9-]+/)?pods|nodes)(/[a-z0-9.-]+)?",
    re.ASCII,
)
# The others are calls: `--subresource=proxy` reads whatever a pod or a node serves.
_SUBRESOURCES = frozenset({"", "status", "scale", "resize"})
# One path, and of it nothing that holds a value or a copy of one.
_SECRET_ORDER = re.compile(r"\{?\.(metadata\.(name|namespace|creationTimestamp)|type)\}?", re.ASCII)
# When and by what name is never masked; whether another order is, whoever runs it finds out.
PLAIN_ORDER = re.compile(r"\{?\.?[\w.]*(?:Time|Timestamp|\.name|\.namespace)\}?", re.ASCII)
_LONGEST_WAIT = 60
# A field of the status, and a word or a number to wait for: no secret is only letters.
_STATE = re.compile(
    r"jsonpath=\{?\.status(\.[a-z]\w*)+\}?(=([A-Z][a-z]{1,30}|true|false|[0-9]{1,6}))?",
    re.ASCII | re.IGNORECASE,
)


def _form(found: Invocation) -> Form | None:
    output = found.value("output")
    return "json" if output == "json" else "yaml" if output == "yaml" else None


def _check_output(found: Invocation) -> Refusal:
    outputs = found.flags.get("output", ())
    if len(outputs) > 1:
        return 'the flag "--output" is given twice'
    output = found.value("output")
    name, equals, template = output.partition("=")
    if not output or output in _PLAIN_OUTPUTS:
        return ""
    if name in _TEMPLATE_OUTPUTS and equals and template:
        return refused_template(template)
    return f'the output format "{output}" is not allowed'


def _check_get(found: Invocation) -> Refusal:
    if paths := found.flags.get("raw", ()):
        if len(paths) > 1 or found.operands or not _RAW.fullmatch(paths[0]):
            return f'the raw path "{paths[-1]}" is not allowed: only health, version and metrics'
        return ""
    if found.value("subresource") not in _SUBRESOURCES:
        return f'the subresource "{found.value("subresource")}" is not one that is only read'
    if refused := _check_output(found) or _check_order(found):
        return refused
    # `kubectl get pods secrets/x` mixes the forms, so each operand is looked at.
    if not any(names_secrets(operand) for operand in found.operands):
        return ""
    if found.value("output") in _TABLES or _form(found):
        return ""
    return "the values of Secrets are not shown: get them as a table, as yaml or as json"


def _check_order(found: Invocation) -> Refusal:
    order = found.flags.get("sort-by", ())
    if len(order) > 1 or (found.program == "oc" and not all(map(PLAIN_ORDER.fullmatch, order))):
        return "objects are sorted by one path, by oc a name or a time: another gives values away"
    if any(map(names_secrets, found.operands)) and not all(map(_SECRET_ORDER.fullmatch, order)):
        return "Secrets are sorted by name, age or type only: an order gives values away"
    return ""


def _check_describe(found: Invocation) -> Refusal:
    named = [names_secrets(operand) for operand in found.operands]
    if not any(named):
        return ""
    first = found.operands[0]
    if only_secrets(first) and "," not in first and ("/" not in first or all(named)):
        return ""
    return "Secrets are described alone: their values are taken out of what is shown"


def _check_wait(found: Invocation) -> Refusal:
    if any(names_secrets(operand) for operand in found.operands):
        return "waiting for a field of a Secret would give its value away"
    for awaited in found.flags.get("for", ()):
        if not awaited.startswith("jsonpath"):
            continue
        if not _STATE.fullmatch(awaited) or refused_template(awaited):
            return "kubectl wait may compare a state in .status only: else it gives values away"
    match = re.fullmatch(r"([0-9]{1,2})s", found.value("timeout"))
    if match and int(match[1]) <= _LONGEST_WAIT:
        return ""
    return f"kubectl wait needs --timeout of at most {_LONGEST_WAIT}s: it waits otherwise"


def _check_rollout_status(found: Invocation) -> Refusal:
    if {"false"} == set(found.flags.get("watch", ())):
        return ""
    return "kubectl rollout status is only allowed with --watch=false: it waits otherwise"


def _check_top(found: Invocation) -> Refusal:
    if found.operands and found.operands[0] in {"pod", "pods", "po", "node", "nodes", "no"}:
        return ""
    return "kubectl top shows pods or nodes"


def _scrub_get(found: Invocation) -> Scrub | None:
    form = _form(found)
    return partial(manifests_without_values, form) if form else None


def _scrub_describe(found: Invocation) -> Scrub | None:
    named = any(names_secrets(operand) for operand in found.operands)
    return description_without_values if named else None


def _scrub_config(found: Invocation) -> Scrub | None:
    return partial(kubeconfig_without_values, _form(found) or "yaml")


# What `auth can-i` is asked about: it names nothing that is read. "*" is any, a path is a page.
_ASKED = re.compile(rf"{NAME.pattern}|\*|/[a-z0-9/._-]*", re.ASCII)
_ALL = "all-namespaces/A selector/l= chunk-size="
COMMANDS: Mapping[str, Command] = MappingProxyType({
    "get": Command(
        flags=flags(
            f"{_ALL} show-labels show-kind no-headers ignore-not-found field-selector= output/o= "
            "sort-by= label-columns/L= subresource= server-print show-managed-fields raw= "
            "allow-missing-template-keys"
        ),
        check=_check_get,
        scrub=_scrub_get,
    ),
    "describe": Command(
        flags=flags(f"{_ALL} show-events"), check=_check_describe, scrub=_scrub_describe
    ),
    "logs": Command(
        flags=flags(
            "previous/p timestamps prefix all-containers all-pods ignore-errors container/c= tail= "
            "since= since-time= selector/l= limit-bytes= max-log-requests="
        ),
        operands=2,
    ),
    "events": Command(
        flags=flags("all-namespaces/A no-headers for= types= output/o= chunk-size="),
        operands=0,
        check=_check_output,
    ),
    "top": Command(
        flags=flags(f"{_ALL} containers no-headers sum show-capacity field-selector= sort-by="),
        operands=2,
        check=_check_top,
    ),
    "api-resources": Command(
        flags=flags("namespaced no-headers api-group= categories= verbs= output/o= sort-by="),
        operands=0,
        check=_check_output,
    ),
    "api-versions": Command(operands=0),
    "explain": Command(
        flags=flags("recursive api-version= output/o="), operands=1, check=_check_output
    ),
    "version": Command(flags=flags("client output/o="), operands=0, check=_check_output),
    "cluster-info": Command(operands=0),
    "auth can-i": Command(
        flags=flags("all-namespaces/A list quiet/q no-headers subresource="),
        operand=_ASKED,
        ends=frozenset({0, 1}),
    ),
    "auth whoami": Command(flags=flags("output/o="), operands=0, check=_check_output),
    "config current-context": Command(operands=0),
    "config get-contexts": Command(
        flags=flags("no-headers output/o="), operands=1, check=_check_output
    ),
    "config get-clusters": Command(operands=0),
    "config get-users": Command(operands=0),
    "config view": Command(
        flags=flags("minify output/o="),
        operands=0,
        check=lambda found: (
            "" if found.value("output") in {"", "yaml", "json"} else _NO_CONFIG_TEMPLATE
        ),
        scrub=_scrub_config,
    ),
    "rollout status": Command(
        flags=flags("revision= timeout= watch/w selector/l="), check=_check_rollout_status
    ),
    "rollout history": Command(
        flags=flags("revision= output/o= selector/l="), check=_check_output, scrub=_scrub_get
    ),
    "wait": Command(
        flags=flags(f"{_ALL} all for= timeout= field-selector="), check=_check_wait
    ),
})  # fmt: skip
_NO_CONFIG_TEMPLATE = "the kubeconfig is shown as yaml or json only, without what gives access"

PROGRAM = Program(
    name="kubectl",
    commands=COMMANDS,
    common=flags("namespace/n= request-timeout= help/h"),
    environment="cluster",
    granted=flags(
        "namespace/n= all-namespaces/A selector/l= field-selector= all force now wait "
        "ignore-not-found overwrite dry-run replicas= current-replicas= to-revision= "
        "grace-period= cascade timeout= container/c= containers= type= patch/p= "
        "delete-emptydir-data ignore-daemonsets"
    ),
    changes=names("annotate autoscale cordon delete drain expose label patch scale taint uncordon")
    | {"rollout pause", "rollout restart", "rollout resume", "rollout undo"}
    | {"set env", "set image", "set resources"},
)
