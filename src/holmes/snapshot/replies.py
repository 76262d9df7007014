"""What the server says: JSON, text, and errors as the API server words them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from holmes.core.messages import JsonObject
from holmes.snapshot.folder import Resource


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request: the path decoded, query parameters with their last value, headers lower-case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One response; `warning` becomes a header, `hold` is how many seconds it is kept open."""

    status: int
    body: bytes
    content_type: str = "application/json"
    warning: str = ""
    hold: float = 0.0


class Refusal(Exception):
    """A request that ends with an error: control flow inside the server, never seen outside."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def json_reply(value: JsonObject, *, status: int = 200, warning: str = "") -> Reply:
    """A JSON response."""
    return Reply(status=status, body=json.dumps(value).encode(), warning=warning)


def text_reply(text: str, *, status: int = 200) -> Reply:
    """A text/plain response."""
    return Reply(status=status, body=text.encode(), content_type="text/plain; charset=utf-8")


def failure(status: int, reason: str, message: str, details: JsonObject | None = None) -> Reply:
    """A Status object; kubectl prints "Error from server (REASON): MESSAGE" as it is."""
    value: JsonObject = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "".join(char if char.isprintable() else ascii(char)[1:-1] for char in message),
        "reason": reason,
        "details": dict(details or {}),
        "code": status,
    }
    return json_reply(value, status=status)


def bad_request(message: str) -> Refusal:
    """400, for selectors and log options that can't be understood or served."""
    return Refusal(failure(400, "BadRequest", message))


def object_not_found(resource: Resource, name: str) -> Refusal:
    """404 for a name that the list doesn't hold."""
    details: JsonObject = {"name": name, "group": resource.group, "kind": resource.name}
    return Refusal(failure(404, "NotFound", f'{resource.full_name} "{name}" not found', details))


def path_not_found() -> Refusal:
    """404 for a path or resource that the recorded cluster did not serve."""
    return Refusal(failure(404, "NotFound", "the server could not find the requested resource"))


def not_recorded(resource: str, reason: str) -> Refusal:
    """403 for a list that the recording lacks: an empty one would be a lie."""
    details: JsonObject = {"kind": resource}
    return Refusal(failure(403, "Forbidden", reason, details))


def read_only(verb: str, path: str) -> Reply:
    """403 for everything that would change the cluster."""
    message = f"{verb} {path} is forbidden: this is a recording of a cluster, it can't be changed"
    return failure(403, "Forbidden", message)


def number_in(given: str) -> int:
    """The whole number in a query's parameter, 0 where it is empty; 400 for anything else."""
    if given and not re.fullmatch(r"[0-9]{1,18}", given):
        raise bad_request(f'strconv.ParseInt: parsing "{given}": invalid syntax')
    return int(given or 0)
