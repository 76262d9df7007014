"""Reviews of one's own rights: `kubectl auth can-i` and `whoami`."""

import json

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields, protobuf
from holmes.snapshot.folder import Snapshot
from holmes.snapshot.replies import Reply, Request, bad_request, json_reply

USER = "snapshot-reader"
_VERBS: list[JsonValue] = ["get", "list", "watch"]
_REVIEWS = frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"})


def is_review(request: Request) -> bool:
    """Whether the request asks what the asker may do: a POST that changes nothing."""
    return request.method == "POST" and request.path.rpartition("/")[2] in _REVIEWS


def answer_review(request: Request, snapshot: Snapshot) -> Reply:
    """The review with its status filled in."""
    review = _review(request.body)
    kind = request.path.rpartition("/")[2]
    if kind == "selfsubjectaccessreviews":
        status = _access(review, snapshot)
    elif kind == "selfsubjectrulesreviews":
        status = {
            "resourceRules": [{"verbs": _VERBS, "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["*"]}],
            "incomplete": False,
        }
    else:
        status = {"userInfo": {"username": USER, "groups": ["system:authenticated"]}}
    return json_reply({**review, "status": dict(status)}, status=201)


def _review(body: bytes) -> JsonObject:
    try:
        review = _decoded(body) if protobuf.is_protobuf(body) else json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"the review can't be read: {error}") from error
    if not isinstance(review, dict):
        raise bad_request("the review is not a JSON object")
    return review


def _decoded(body: bytes) -> JsonObject:
    """The part of a protobuf review that the answer depends on: the attributes asked about."""
    version, kind, message = protobuf.envelope(body)
    if kind != "SelfSubjectAccessReview":
        return {"apiVersion": version, "kind": kind, "spec": {}}
    spec = protobuf.parts(protobuf.parts(message).get(2, b""))
    resource, other = protobuf.parts(spec.get(1, b"")), protobuf.parts(spec.get(2, b""))
    names = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 7: "name"}
    asked: dict[str, JsonValue] = {}
    if resource:
        asked["resourceAttributes"] = {
            name: resource[number].decode() for number, name in names.items() if number in resource
        }
    if other:
        asked["nonResourceAttributes"] = {"verb": other.get(2, b"").decode()}
    return {"apiVersion": version, "kind": kind, "spec": asked}


def _access(review: JsonObject, snapshot: Snapshot) -> JsonObject:
    verb = fields.text(review, "spec", "resourceAttributes", "verb") or fields.text(
        review, "spec", "nonResourceAttributes", "verb"
    )
    if verb not in _VERBS:
        return {"allowed": False, "reason": "a recording of a cluster can only be read"}
    wanted = fields.mapping(review, "spec", "resourceAttributes")
    group, resource = fields.text(wanted, "group"), fields.text(wanted, "resource")
    name = f"{resource}.{group}" if group else resource
    for namespace in ("", fields.text(wanted, "namespace")):
        if reason := snapshot.unread.get((name, namespace)):
            return {"allowed": False, "reason": reason}
    return {"allowed": True}
