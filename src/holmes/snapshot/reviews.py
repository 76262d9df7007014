"""Reviews of one's own rights: `kubectl auth can-i` and `whoami`.

kubectl posts reviews as protobuf whatever the server prefers (seen 2026-11-24, 1.32 and 1.37), and
takes the answer as JSON. A body is four magic bytes and a `runtime.Unknown`: field 1 the type
(1 apiVersion, 2 kind), field 2 the object.
"""

import json
from collections.abc import Mapping

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.folder import Snapshot
from holmes.snapshot.replies import Reply, Request, bad_request, json_reply

_MAGIC = b"k8s\x00"
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
        status = {"userInfo": {"username": "snapshot-reader", "groups": ["system:authenticated"]}}
    return json_reply({**review, "status": dict(status)}, status=201)


def _review(body: bytes) -> JsonObject:
    try:
        review = _decoded(body) if body.startswith(_MAGIC) else json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"the review can't be read: {error}") from error
    if not isinstance(review, dict):
        raise bad_request("the review is not a JSON object")
    return review


def _decoded(body: bytes) -> JsonObject:
    """The part of a protobuf review that the answer depends on: the attributes asked about."""
    version, kind, message = _envelope(body)
    if kind != "SelfSubjectAccessReview":
        return {"apiVersion": version, "kind": kind, "spec": {}}
    spec = _parts(_parts(message).get(2, b""))
    resource, other = _parts(spec.get(1, b"")), _parts(spec.get(2, b""))
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


def _envelope(body: bytes) -> tuple[str, str, bytes]:
    """apiVersion, kind and the encoded object; ValueError where the body is cut off."""
    unknown = _parts(body.removeprefix(_MAGIC))
    kind = _parts(unknown.get(1, b""))
    return kind.get(1, b"").decode(), kind.get(2, b"").decode(), unknown.get(2, b"")


def _parts(message: bytes) -> Mapping[int, bytes]:
    """The length-delimited fields of a message by number; ValueError for other wire types."""
    found: dict[int, bytes] = {}
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        value, position = _varint(message, position)
        match tag & 7:
            case 0:
                continue
            case 2 if position + value <= len(message):
                found[tag >> 3] = message[position : position + value]
                position += value
            case _:
                raise ValueError("not a Kubernetes protobuf message")
    return found


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(message):
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position
    raise ValueError("a protobuf number is cut off")
