"""What a model may ask kubectl for: an allow-list of commands and flags, and no values of Secrets.

Everything that is not named here is refused, so that a new flag of kubectl is refused too. It
judges the commands of the built-in tools before the target's own flags (`--context` and so on)
are added.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

Refusal: TypeAlias = str
_Arity: TypeAlias = Literal["switch", "value"]

_SHORT = MappingProxyType(
    {
        "A": "all-namespaces",
        "L": "label-columns",
        "c": "container",
        "l": "selector",
        "n": "namespace",
        "o": "output",
        "p": "previous",
    }
)


def _flags(switches: str = "", values: str = "") -> Mapping[str, _Arity]:
    flags: dict[str, _Arity] = dict.fromkeys(switches.split(), "switch")
    flags.update(dict.fromkeys(f"namespace {values}".split(), "value"))
    return MappingProxyType(flags)


_COMMANDS: Mapping[str, Mapping[str, _Arity]] = MappingProxyType(
    {
        "get": _flags(
            "all-namespaces show-labels show-kind no-headers ignore-not-found",
            "selector field-selector output sort-by label-columns chunk-size",
        ),
        "describe": _flags("all-namespaces show-events", "selector chunk-size"),
        "logs": _flags(
            "previous timestamps prefix all-containers all-pods ignore-errors",
            "container tail since since-time selector limit-bytes max-log-requests",
        ),
        "events": _flags("all-namespaces no-headers", "for types output chunk-size"),
        "top": _flags(
            "all-namespaces containers no-headers sum show-capacity",
            "selector field-selector sort-by",
        ),
        "api-resources": _flags(
            "namespaced no-headers", "api-group categories verbs output sort-by"
        ),
        "explain": _flags("recursive", "api-version output"),
        "version": _flags("client", "output"),
        "cluster-info": _flags(),
        "auth can-i": _flags("all-namespaces list quiet no-headers", "subresource"),
        "auth whoami": _flags("", "output"),
        "rollout status": _flags("", "revision timeout watch"),
        "rollout history": _flags("", "revision output"),
    }
)
# The two-word commands; any other word after `auth` or `rollout` is refused.
_GROUPS = frozenset(name.split()[0] for name in _COMMANDS if " " in name)
_PLAIN_OUTPUTS = frozenset({"wide", "name", "json", "yaml", "plaintext", "plaintext-openapiv2"})
# The *-file forms read a local file; these take their template from the argument.
_TEMPLATE_OUTPUTS = frozenset({"custom-columns", "jsonpath", "jsonpath-as-json", "go-template"})
_OUTPUTS_OF_SECRETS = frozenset({"", "wide", "name"})


def refusal(argv: Sequence[str], *, values_removed: bool = False) -> Refusal:
    """Why this kubectl command may not run, as one sentence; empty where it may.

    `argv` begins with the program. `values_removed` says that the caller takes the values out of
    Secrets before anybody sees the output.
    """
    command = _parse(argv[1:])
    if isinstance(command, Refusal):
        return command
    if command.verb == "cluster-info" and command.operands:
        return f'kubectl cluster-info "{command.operands[0]}" is not allowed'
    if command.verb == "rollout status" and command.flags.get("watch") != "false":
        return "kubectl rollout status is only allowed with --watch=false: it waits otherwise"
    return _refused_output(command) or _refused_secret(command, values_removed=values_removed)


def names_secrets(kinds: str) -> bool:
    """Whether a kubectl resource argument means Secrets, in any spelling that kubectl takes.

    `secret`, `Secrets`, `secret.v1`, `pods,secrets`, `secret/name` do; so does `all`, whose
    members a cluster chooses.
    """
    for kind in kinds.split("/", 1)[0].split(","):
        name = kind.strip().lower().split(".", 1)[0]
        if name in {"secret", "secrets", "all"}:
            return True
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Command:
    verb: str
    operands: tuple[str, ...]
    flags: Mapping[str, str] = field(default_factory=dict)


def _parse(words: Sequence[str]) -> _Command | Refusal:
    verb = " ".join(words[:2]) if words and words[0] in _GROUPS else "".join(words[:1])
    allowed = _COMMANDS.get(verb)
    if allowed is None:
        return f'"kubectl {verb}" is not allowed: only reading is'
    operands: list[str] = []
    flags: dict[str, str] = {}
    rest = iter(words[len(verb.split()) :])
    for word in rest:
        if not word.startswith("-"):
            operands.append(word)
        elif word in {"-", "--"}:
            return f'"{word}" is not understood in a kubectl command'
        else:
            refused = _read_flag(word, rest, allowed, flags)
            if refused:
                return refused
    return _Command(verb=verb, operands=tuple(operands), flags=flags)


def _read_flag(
    word: str, rest: Iterator[str], allowed: Mapping[str, _Arity], flags: dict[str, str]
) -> Refusal:
    """Read one word of flags (`--name`, `--name=value`, `-Ao wide`) into `flags`."""
    name, equals, value = word[2:].partition("=")
    tail = ""
    if not word.startswith("--"):
        name = _SHORT.get(word[1], word[1])
        value = tail = word[2:]
        equals = "=" if value.startswith("=") else ""
        value = value.removeprefix("=")
    arity = allowed.get(name)
    if arity is None:
        return f'the flag "{word}" is not allowed'
    if arity == "switch":
        flags[name] = value if equals else "true"
        if tail and not equals:
            return _read_flag(f"-{tail}", rest, allowed, flags)
        return ""
    if not equals and not tail:
        value = next(rest, "")
        if value.startswith("-"):
            return f'"{value}" is not understood as the value of "{word}"'
    if name in flags:
        return f'the flag "--{name}" is given twice'
    flags[name] = value
    return ""


def _refused_output(command: _Command) -> Refusal:
    output = command.flags.get("output", "")
    name = re.split("=", output, maxsplit=1)[0]
    if not output or output in _PLAIN_OUTPUTS or (name in _TEMPLATE_OUTPUTS and name != output):
        return ""
    return f'the output format "{output}" is not allowed'


def _refused_secret(command: _Command, *, values_removed: bool) -> Refusal:
    if command.verb not in {"get", "describe"}:
        return ""
    # `kubectl get pods secrets/x` mixes the forms, so each operand is looked at. A pod that is
    # named "secret" is refused with them, which costs nothing but a table instead of YAML.
    if values_removed or not any(names_secrets(operand) for operand in command.operands):
        return ""
    if command.verb == "get" and command.flags.get("output", "") in _OUTPUTS_OF_SECRETS:
        return ""
    return "the values of Secrets are not shown: get them as a table, or with kubectl_get_yaml"
