"""The read-only Kubernetes API over a snapshot: a pure function from request to reply.

Nothing here opens sockets. Discovery is served as plain APIVersions and APIGroupList documents;
kubectl 1.32 and 1.37 offer aggregated discovery first and take the plain form when answered with
it (seen 2026-11-24).
"""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.errors import SnapshotError
from holmes.snapshot import replies
from holmes.snapshot.folder import Resource, Snapshot
from holmes.snapshot.lists import Target, answer_list, answer_object, find
from holmes.snapshot.logs import answer_log
from holmes.snapshot.replies import Refusal, Reply, Request
from holmes.snapshot.reviews import answer_review, is_review

# GET starts these too, over a WebSocket, since kubectl 1.31.
_SESSIONS = frozenset({"exec", "attach", "portforward", "proxy"})
_HEALTH = frozenset({"/healthz", "/livez", "/readyz"})


class Api:
    """Answers requests from one snapshot; stateless, so threads may share it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._resources = {
            (resource.group, resource.version, resource.name): resource
            for resource in snapshot.resources
        }

    def is_write(self, request: Request) -> bool:
        """Whether the request would change a cluster: no read and no review of one's own rights."""
        if request.method in {"GET", "HEAD"}:
            return request.path.rpartition("/")[2] in _SESSIONS and "/pods/" in request.path
        return not is_review(request)

    def answer(self, request: Request, now: datetime) -> Reply:
        """The reply to one request; `now` is the clock of whoever asks."""
        if self.is_write(request):
            return replies.read_only(request.method, request.path)
        try:
            return self._read(request, now)
        except Refusal as refusal:
            return refusal.reply
        except (SnapshotError, ValueError, OverflowError, RecursionError) as error:
            # Files made by hand may hold what no API server would have stored.
            return replies.failure(500, "InternalError", f"the recording can't be read: {error}")

    def _read(self, request: Request, now: datetime) -> Reply:
        if is_review(request):
            return answer_review(request, self._snapshot)
        path = request.path.rstrip("/")
        if document := self._snapshot.discovery.get(path):
            return replies.json_reply(document)
        if path in _HEALTH:
            return replies.text_reply("ok")
        if path.startswith("/openapi"):
            # kubectl replaces the message of a 404 here, and prints that of a 403 in plain text.
            return replies.text_reply(
                "this recording of a cluster has no OpenAPI documents", status=403
            )
        return self._read_resource(self._target(path), request, now)

    def _read_resource(self, target: Target, request: Request, now: datetime) -> Reply:
        if target.subresource == "log" and target.resource.full_name == "pods":
            return answer_log(self._snapshot, find(self._snapshot, target), request)
        if target.subresource not in {"", "status"}:
            raise replies.path_not_found()
        if request.query.get("watch") in {"true", "1"}:
            return _closed_watch(request)
        if target.name:
            return answer_object(self._snapshot, target, request, now)
        return answer_list(self._snapshot, target, request, now)

    def _target(self, path: str) -> Target:
        match path.split("/"):
            case ["", "api", version, *rest]:
                group = ""
            case ["", "apis", group, version, *rest]:
                pass
            case _:
                raise replies.path_not_found()
        if reason := self._snapshot.unread.get((f"*.{group}", "")):
            # An aggregated API whose server was down while the cluster was recorded.
            raise Refusal(replies.failure(503, "ServiceUnavailable", reason))
        namespace = ""
        # /namespaces/NS/RESOURCE is in a namespace; /namespaces/NS and its status are the
        # Namespace object itself.
        if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] not in {"status", "finalize"}:
            namespace, rest = rest[1], rest[2:]
        return self._in_group(group, version, namespace, rest)

    def _in_group(self, group: str, version: str, namespace: str, rest: Sequence[str]) -> Target:
        if not 1 <= len(rest) <= 3:
            raise replies.path_not_found()
        resource: Resource | None = self._resources.get((group, version, rest[0]))
        name = rest[1] if len(rest) > 1 else ""
        if resource is None or (namespace and not resource.namespaced):
            raise replies.path_not_found()
        if name and resource.namespaced and not namespace:
            raise replies.path_not_found()
        return Target(
            resource=resource,
            namespace=namespace,
            name=name,
            subresource=rest[2] if len(rest) > 2 else "",
        )


def _closed_watch(request: Request) -> Reply:
    """A watch in which nothing happens, because nothing in a recording does; it ends soon."""
    if request.query.get("sendInitialEvents") == "true":
        # kubectl 1.37 then lists and watches as its predecessors do (seen 2026-11-24).
        message = (
            "ListOptions.meta.k8s.io is invalid: sendInitialEvents: Forbidden: "
            "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
        )
        return replies.failure(422, "Invalid", message)
    # client-go takes a watch shorter than a second for a fault and prints a warning.
    return Reply(status=200, body=b"", hold=1.1)
