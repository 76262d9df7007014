"""What the API server said, read back from what kubectl printed."""

import re
from collections.abc import Mapping

from holmes.core.messages import JsonObject

_PRINTED = re.compile(r"Error from server(?: \((?P<reason>\w+)\))?: (?P<message>.+)", re.DOTALL)
# kubectl prints the reason and keeps the code to itself.
_CODES: Mapping[str, int] = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "ServiceUnavailable": 503,
    "Timeout": 504,
}


def status_in(stderr: str) -> JsonObject | None:
    """The Status object behind kubectl's "Error from server (REASON): MESSAGE", or None."""
    match = _PRINTED.search(stderr)
    if match is None:
        return None
    reason = match["reason"] or ""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": match["message"].strip(),
        "reason": reason,
        "code": _CODES.get(reason, 500),
    }
