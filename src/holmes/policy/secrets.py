"""Secrets: how a command names them, and output without their values."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from holmes.policy.manifests import readable, without_secrets

Form: TypeAlias = Literal["json", "yaml"]

_HIDDEN = "value not shown"
_SECRET_KIND = re.compile(r"""\bkind\b["']?\s*:\s*["']?Secret(?:List)?\b""")
_DESCRIBED = re.compile(r"^Type:[ \t]+\S+[ \t]*\n[ \t]*\nData[ \t]*\n====[ \t]*$", re.MULTILINE)
# Expanded, a few lines with these are more than fits into memory.
_ALIAS = re.compile(r"[:-]\s+\*\w")
_LARGEST_YAML = 4_000_000
_MOST_FRAGMENTS = 200
_JSON_START = re.compile(r"^[ \t]*(?=[{\[])", re.MULTILINE)
_HOLDER = r"""(?P<indent>[\s-]*)(?P<quote>["']?)(?:data|stringData|annotations)(?P=quote)\s*:"""
_BLOCK = re.compile(rf"{_HOLDER}\s*(?:\{{\s*)?$")
_INLINE = re.compile(
    r"""(["']?\b(?:data|stringData|annotations)\b["']?\s*:)\s*(?=[^\s{]|\{.*\S).*"""
)
_ENTRY = re.compile(r"""([\s-]*["']?[\w./-]+["']?)\s*:""")
_SIZE = re.compile(r"[^\s:]+:\s+[0-9]+ bytes")
_NEXT = re.compile(r"Name:\s+[a-z0-9][a-z0-9.-]*\s*")
# What of a kubeconfig's user gives access; kubectl hides most of it, not what plug-ins are given.
_USER_KEYS = frozenset(
    {
        "token",
        "password",
        "client-key-data",
        "client-certificate-data",
        "auth-provider",
        "env",
        "args",
    }
)


def names_secrets(kinds: str) -> bool:
    """Whether a kubectl resource argument means Secrets, in any spelling that kubectl takes.

    `secret`, `Secrets`, `secret.v1`, `pods,secrets`, `secret/name` do; so does `all`, whose
    members a cluster chooses.
    """
    lowered = kinds.casefold()
    if any(kind.strip().split(".", 1)[0] == "all" for kind in re.split(r"[/,]", lowered)):
        return True
    return re.search(r"(?:^|[/,\s=:;&|])secrets?(?:$|[./,\s?&#%;:|])", lowered) is not None


def only_secrets(kinds: str) -> bool:
    """Whether an argument is the kind Secret alone, or one Secret (`secret/name`)."""
    kind = kinds.casefold().split("/", 1)[0].split(".", 1)[0]
    return kind in {"secret", "secrets"}


def manifests_without_values(form: Form, text: str) -> str:
    """Kubernetes objects in the same form, Secrets with keys and sizes only.

    Takes JSON (an object or a List) or YAML of one or several documents. Text in which nothing
    can be a Secret comes back as it is. Raises ValueError where the text can't be read.
    """
    # A backslash may spell the kind in a way that only a parser reads.
    if "secret" not in text.casefold() and "\\" not in text:
        return text
    documents = _documents(form, text)
    try:
        return _dumped(form, [_without_values(document) for document in documents])
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def secrets_hidden(text: str) -> str:
    """What any program printed, with every Secret in it shown by keys and sizes only.

    Takes manifests as JSON or YAML, whole, several in a row, or in the midst of other text, and
    what `kubectl describe secret` prints. Of a Secret that can't be read to its end no line of its
    data is shown. Anything else comes back as it is.
    """
    if _DESCRIBED.search(text):
        text = description_without_values(text)
    if not _SECRET_KIND.search(text):
        return text
    for form in ("json", "yaml"):
        if form == "yaml" and (len(text) > _LARGEST_YAML or _ALIAS.search(text)):
            continue
        try:
            documents = _documents(form, text)
            hidden = [_without_values(document) for document in documents]
        except (ValueError, TypeError, AttributeError, RecursionError):
            continue
        if hidden != documents:
            return _dumped(form, hidden)
        if form == "json" or any(isinstance(document, dict | list) for document in documents):
            return text
    return _fragments_hidden(text)


def _fragments_hidden(text: str) -> str:
    """The text without values: JSON that begins a line is read, of the rest lines are left out."""
    decoder, read, parts, end, failures = json.JSONDecoder(), list[str](), list[str](), 0, 0
    for match in _JSON_START.finditer(text):
        if match.end() < end or failures > _MOST_FRAGMENTS:
            continue
        try:
            document, stop = decoder.raw_decode(text, match.end())
            hidden = _without_values(document)
        except (ValueError, TypeError, AttributeError, RecursionError):
            failures += 1
            continue
        if hidden != document:
            parts += (text[end : match.end()], f"\ue010{len(read)}\ue011")
            read.append(json.dumps(hidden, ensure_ascii=False))
            end = stop
    rest = _blocks_hidden("".join((*parts, text[end:])))
    return re.sub(
        "\ue010([0-9]{1,9})\ue011",
        lambda match: read[int(match[1])] if int(match[1]) < len(read) else "",
        rest,
    )


def _blocks_hidden(text: str) -> str:
    """The lines of a text without those below `data:` and what else holds values."""
    if not _SECRET_KIND.search(text):
        return text
    shown: list[str] = []
    depth = -1
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" -\t"))
        if depth >= 0 and (indent > depth or not line.strip()):
            if key := _ENTRY.match(line):
                shown.append(f"{key.group(1)}: {_HIDDEN}")
            continue
        block = _BLOCK.match(line)
        depth = len(block["indent"]) if block else -1
        shown.append(_INLINE.sub(rf"\1 {_HIDDEN}", line))
    return "\n".join(shown)


def description_without_values(text: str) -> str:
    """What `kubectl describe secret` prints, with sizes only.

    kubectl prints the token of a service account as it is, and annotations, which may hold copies
    of the values.
    """
    shown: list[str] = []
    section, before = "", ""
    for line in text.splitlines():
        if line and not line[0].isspace() and section != "data":
            section = line.split(":", 1)[0].casefold()
        if line.strip() in {"Data", "===="}:
            section = "data"
            shown.append(line)
        elif section == "annotations":
            if line.startswith("Annotations"):
                shown.append("Annotations:  not shown")
        elif section == "data" and not before.strip() and _NEXT.fullmatch(line):
            section = "name"  # the next Secret of several
            shown.append(line)
        elif section == "data":
            shown += _sized(line)
        else:
            shown.append(line)
        before = line
    return "\n".join(shown) + "\n"


def kubeconfig_without_values(form: Form, text: str) -> str:
    """What `kubectl config view` prints, without what gives access to a cluster."""
    documents = _documents(form, text)
    for document in documents:
        for entry in document.get("users") or ():
            _hide_access(entry.get("user") or {})
    return _dumped(form, documents)


def _hide_access(user: dict[str, Any]) -> None:
    for key, value in user.items():
        if key in _USER_KEYS:
            user[key] = "REDACTED"
        elif isinstance(value, dict):
            _hide_access(value)


def _sized(line: str) -> Iterator[str]:
    """A line of the data section: a key with its size, or a key alone where kubectl says more."""
    if not line.strip() or _SIZE.fullmatch(line.strip()):
        yield line
    elif line.startswith("token:"):
        # kubectl prints the token of a service account, and no other value; the lines that are
        # neither belong to a value with line breaks, down to what looks like a key in it.
        yield f"token:  {_HIDDEN}"


def _without_values(value: Any) -> Any:  # noqa: ANN401  (a document is anything)
    """The document with each Secret made readable, however deep it lies."""
    if isinstance(value, list):
        return [_without_values(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = str(value.get("kind", ""))
    if kind == "Secret":
        return readable(value)
    items = value.get("items")
    if kind == "SecretList" and isinstance(items, list):
        return {**value, "items": [readable({"kind": "Secret", **item}) for item in items]}
    if isinstance(items, list):
        return {**value, "items": [_without_values(item) for item in items]}
    return without_secrets(value)


def _documents(form: Form, text: str) -> list[Any]:
    if form == "json":
        try:
            return [json.loads(text)]
        except (ValueError, RecursionError) as error:
            raise ValueError("it is no JSON") from error
    import yaml  # noqa: PLC0415  (0.1 s, and only where YAML may hold a Secret)

    try:
        return list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("it is no YAML") from error


def _dumped(form: Form, documents: list[Any]) -> str:
    if form == "json":
        return json.dumps(documents[0], indent=4, ensure_ascii=False) + "\n"
    import yaml  # noqa: PLC0415  (see above)

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(
        yaml.dump_all(documents, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000)
    )
