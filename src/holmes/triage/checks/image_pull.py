"""Images that can't be pulled: unknown tag, no access, a bad name, a registry that is down."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import items, name_of, ref_of, text, words
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import Container, grouped
from holmes.triage.said import event_line, innermost

_WAITING = frozenset({
    "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull",
    "RegistryUnavailable", "ImageInspectError", "SignatureValidationFailed",
})  # fmt: skip
_REASONS = tuple((re.compile(pattern, re.IGNORECASE), why) for pattern, why in (
    (r"no match for platform|exec format", "the image has no build for the node's platform"),
    (r"toomanyrequests|too many requests|rate limit", "the registry limits the rate of pulls"),
    # Docker Hub says the same of both, so that nobody can tell which repositories exist.
    (r"may require authorization|insufficient_scope",
     "no such repository, or it needs a login (wrong or missing imagePullSecret)"),
    (r"unauthorized|authentication required|denied|forbidden|\b40[13]\b|no basic auth",
     "the registry refuses access (wrong or missing imagePullSecret)"),
    (r"no such host|server misbehaving|temporary failure in name resolution",
     "the registry's host name does not resolve"),
    (r"not found|manifest unknown|does not exist|name unknown",
     "no such tag or repository in the registry"),
    (r"connection refused", "the registry refuses connections"),
    (r"timeout|deadline exceeded|no route to host|unreachable", "the registry can't be reached"),
    (r"HTTP response to HTTPS client", "the registry speaks plain HTTP, the node expects HTTPS"),
    (r"x509|certificate|tls:", "the registry's certificate is not trusted"),
    (r"no space left", "the node's disk is full"),
    (r"\b5\d\d\b|EOF|connection reset", "the registry fails to answer"),
))  # fmt: skip

_LAST_WORDS = 2


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each image of a workload that can't be pulled."""
    for workload, image, found in grouped(
        objects, lambda each: text(each.spec, "image") if each.waiting in _WAITING else ""
    ):
        yield _finding(objects, workload, image, found)


def _finding(
    objects: ObjectSet, workload: ObjectRef, image: str, found: Sequence[Container]
) -> Finding:
    first = found[0]
    said = _said(objects, first)
    evidence = [f"pod {name_of(first.pod)} container {first.name}: {first.waiting}: {said}"]
    secrets = objects.events(ref_of(first.pod), "FailedToRetrieveImagePullSecret")
    evidence += [event_line(each) for each in secrets[-1:]]
    lacks = f"; {innermost(text(secrets[-1], 'message'))}" if secrets else ""
    others = _other_tags(objects, image)
    present = ""
    if others:
        present = f"; no node has this tag, {others[1]} has tag {others[0].rpartition(':')[2]}"
        evidence.append(f"node {others[1]} status.images: {others[0]}")
    cause = f"image {image} can't be pulled ({first.waiting}): {_why(first, said)}{present}{lacks}"
    return about_pods(
        "image_pull", objects, workload, (each.pod for each in found), cause, evidence
    )


def _said(objects: ObjectSet, container: Container) -> str:
    """What the kubelet said last: the waiting message, or the event of the pull itself."""
    waiting = text(container.status, "state", "waiting", "message")
    image = text(container.spec, "image")
    events = objects.events(ref_of(container.pod), "Failed")
    messages = [text(event, "message") for event in events]
    pulls = [said for said in messages if image in said]
    # Before 1.31 or so the waiting message only repeats the image's name, so the event decides.
    return max((waiting, *pulls[-1:]), key=len)


def _why(container: Container, said: str) -> str:
    if container.waiting == "InvalidImageName":
        return f"the image's name is not valid: {innermost(said)}"
    if container.waiting == "ErrImageNeverPull":
        return "imagePullPolicy is Never and the node does not have it"
    # The image's own name may hold any of these words.
    image = text(container.spec, "image")
    bare = said.replace(image, "")
    why = next((why for pattern, why in _REASONS if pattern.search(bare)), "")
    # The registry's own last words, after all that only wraps them.
    words = ": ".join(said.rpartition(image)[2].strip('":').split(": ")[-_LAST_WORDS:]).strip()
    return f"{why} ({innermost(words, 120)})" if why and words else why or innermost(said)


def _other_tags(objects: ObjectSet, image: str) -> tuple[str, str] | None:
    """Another tag of the same repository that some node has, and that node; None if this one is."""
    there = objects.join(_images).get(_repository(image), {})
    return None if image in there else next(iter(there.items()), None)


def _images(objects: ObjectSet) -> dict[str, dict[str, str]]:
    """By repository: the images that nodes have, each with one node that has it."""
    index: dict[str, dict[str, str]] = defaultdict(dict)
    for node in objects.all("Node"):
        for entry in items(node, "status", "images"):
            for name in words(entry, "names"):
                if "@" not in name:
                    index[_repository(name)].setdefault(name, name_of(node))
    return index


def _repository(image: str) -> str:
    name = image.split("@", maxsplit=1)[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name
