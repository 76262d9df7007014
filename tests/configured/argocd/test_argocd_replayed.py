"""Argo CD's API as its OpenAPI document describes it (v2.13), replayed.

It was never run against a server.
"""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from configured.platforms import opened
from holmes.core.messages import JsonObject, JsonValue
from holmes.core.tool_output import Table

pytestmark = pytest.mark.anyio

TOKEN = "eyJ-argo-token"  # noqa: S105  (made up)


def application() -> JsonObject:
    return {
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "source": {"repoURL": "https://git.example.com/shop.git", "path": "deploy",
                       "targetRevision": "main"},
        },
        "status": {
            "sync": {"status": "OutOfSync", "revision": "b" * 40},
            "health": {"status": "Degraded"},
            "operationState": {"phase": "Failed", "message": "one or more objects failed to apply",
                               "finishedAt": "2026-11-24T11:00:10Z"},
            "conditions": [{"type": "SyncError", "message": "Failed sync attempt to bbbbbbb"}],
            "resources": [
                {"kind": "Deployment", "namespace": "shop", "name": "web", "status": "OutOfSync",
                 "health": {"status": "Degraded", "message": "exceeded its progress deadline"}},
                {"kind": "Service", "namespace": "shop", "name": "web", "status": "Synced",
                 "health": {"status": "Healthy"}},
            ],
            "history": [
                {"id": 0, "revision": "a" * 40, "deployedAt": "2026-11-20T08:00:00Z",
                 "initiatedBy": {"username": "ada"}},
                {"id": 1, "revision": "b" * 40, "deployedAt": "2026-11-24T11:00:00Z",
                 "initiatedBy": {"automated": True}},
            ],
        },
    }  # fmt: skip


def state(image: str, password: str) -> list[tuple[str, JsonObject]]:
    containers: list[JsonValue] = [{"name": "web", "image": image}]
    pod: JsonObject = {"containers": containers}
    return [
        ("Deployment", {"kind": "Deployment", "spec": {"template": {"spec": dict(pod)}}}),
        ("Secret", {"kind": "Secret", "data": {"password": password}}),
    ]


def managed() -> JsonObject:
    live, target = state("web:1", "++++++++"), state("web:2", "+++++++++")
    resources: list[JsonValue] = [
        {"kind": kind, "namespace": "shop", "name": "web", "liveState": json.dumps(one),
         "normalizedLiveState": json.dumps(one), "predictedLiveState": json.dumps(two)}
        for (kind, one), (_, two) in zip(live, target, strict=True)
    ]  # fmt: skip
    return {"items": resources}


class _Replies(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        assert "refresh" not in parse_qs(parts.query)
        healthy: JsonObject = {
            "metadata": {"name": "pay"}, "spec": {"destination": {"namespace": "pay"}},
            "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}},
        }  # fmt: skip
        replies: dict[str, JsonObject] = {
            "/api/version": {"Version": "v2.13.1+af54ef8"},
            "/api/v1/applications": {"items": [dict(healthy), dict(application())]},
            "/api/v1/applications/shop": application(),
            "/api/v1/applications/shop/managed-resources": managed(),
        }
        body, status = replies.get(parts.path), 200
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, body = 401, {"error": "no session information", "code": 16}
        elif body is None:  # Argo CD refuses what is not there as well, so that names stay secret
            status, body = 403, {"error": "permission denied", "code": 7}
        sent = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)


@pytest.fixture(scope="module")
def argo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Replies)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_applications_their_state_and_history(argo: str) -> None:
    config: dict[str, JsonValue] = {"api_url": argo, "api_key": TOKEN}
    async with opened("argocd/core", config) as asked:
        assert asked.toolset.status.server == "Argo CD v2.13.1+af54ef8"
        listed = await asked("argocd_app_list")
        assert isinstance(listed.data, Table)
        assert [row[:3] for row in listed.data.rows] == [
            ("OutOfSync", "Degraded", "shop"), ("Synced", "Healthy", "pay"),
        ]  # fmt: skip
        one = await asked("argocd_app_get", app_name="shop")
        assert isinstance(one.data, Table)
        facts = {row[0]: row[1] for row in one.data.rows}
        assert facts["Deployment shop/web"] == "OutOfSync Degraded exceeded its progress deadline"
        assert "Service shop/web" not in facts
        assert facts["condition SyncError"] == "Failed sync attempt to bbbbbbb"
        history = await asked("argocd_app_history", app_name="shop")
        assert isinstance(history.data, Table)
        assert history.data.rows[-1] == ("1", "2026-11-24T11:00:00Z", "b" * 12, "automated")
        assert history.command == f"GET {argo}/api/v1/applications/shop"
        refused = await asked("argocd_app_get", app_name="nobody")
        assert refused.status == "failed"
        assert "403" in refused.note


async def test_a_diff_hides_the_values_of_secrets(argo: str) -> None:
    config: dict[str, JsonValue] = {"api_url": argo, "bearer_token": TOKEN}
    async with opened("argocd/core", config) as asked:
        output = await asked("argocd_app_diff", app_name="shop")
    assert isinstance(output.data, Table)
    assert output.data.rows == (
        ("Deployment shop/web", "spec template spec containers web image: web:1 → web:2"),
        ("Secret shop/web", "data password: value changed, not shown"),
    )


async def test_syncs_are_on_the_time_line_and_the_environment_names_server_and_token(
    argo: str,
) -> None:
    environment = {"ARGOCD_SERVER": argo, "ARGOCD_AUTH_TOKEN": TOKEN}
    async with opened("argocd/core", environment=environment) as asked:
        output = await asked("what_changed", namespace="shop", since="2026-11-24T00:00:00Z")
    assert isinstance(output.data, Table)
    assert output.data.rows == (
        ("2026-11-24T11:00:00Z", "sync", "Application default/shop",
         "synced to bbbbbbbbbbbb (automated)"),
    )  # fmt: skip


async def test_a_wrong_token_is_one_line(argo: str) -> None:
    async with opened("argocd/core", {"api_url": argo, "api_key": "wrong"}) as asked:
        assert asked.toolset.status.state == "failed"
        assert "401: check its key" in asked.toolset.status.reason
