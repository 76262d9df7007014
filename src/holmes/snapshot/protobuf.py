"""The little of Kubernetes' protobuf encoding that a review needs.

kubectl posts reviews as protobuf whatever the server prefers (seen 2026-11-24, 1.32 and 1.37),
and takes the answer as JSON. A body is four magic bytes and a `runtime.Unknown`: field 1 the type
(1 apiVersion, 2 kind), field 2 the object.
"""

from collections.abc import Mapping

_MAGIC = b"k8s\x00"


def is_protobuf(body: bytes) -> bool:
    """Whether a request body is protobuf in Kubernetes' envelope."""
    return body.startswith(_MAGIC)


def envelope(body: bytes) -> tuple[str, str, bytes]:
    """apiVersion, kind and the encoded object; ValueError where the body is cut off."""
    unknown = parts(body.removeprefix(_MAGIC))
    kind = parts(unknown.get(1, b""))
    return kind.get(1, b"").decode(), kind.get(2, b"").decode(), unknown.get(2, b"")


def parts(message: bytes) -> Mapping[int, bytes]:
    """The length-delimited fields (strings, messages) of a message by number, the last of each.

    ValueError where it is cut off or holds a wire type that Kubernetes doesn't use.
    """
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
