"""No tool gives away a Secret's value, with the real kubectl and an API that serves one."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.kubernetes.target import KubeTarget
from holmes.policy.manifests import objects_in, readable
from holmes.policy.secrets import (
    Form,
    description_without_values,
    kubeconfig_without_values,
    manifests_without_values,
)
from holmes.tools import registry
from holmes.toolsets.command import RunCommand
from support.context import tool_context

pytestmark = pytest.mark.anyio

VALUE = "hunter2-the-password"
ENCODED = base64.b64encode(VALUE.encode()).decode()
COPY = json.dumps({"data": {"password": ENCODED}})
SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "db",
        "namespace": "shop",
        "uid": "1",
        "creationTimestamp": "2026-11-24T16:00:00Z",
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": COPY,
            "kapp.k14s.io/original": COPY,
            "acme.io/note": VALUE,
        },
    },
    # kubectl describe prints the token of this type as it is.
    "type": "kubernetes.io/service-account-token",
    "data": {"password": ENCODED, "token": ENCODED},
}
VERBS = ["get", "list"]
ANSWERS: dict[str, dict[str, Any]] = {
    "/version": {"gitVersion": "v1.36.2", "major": "1", "minor": "36"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {"name": "secrets", "singularName": "secret", "namespaced": True, "kind": "Secret",
             "verbs": [*VERBS]},
            {"name": "events", "singularName": "event", "namespaced": True, "kind": "Event",
             "verbs": [*VERBS]},
        ],
    },
    "/api/v1/namespaces/shop/secrets/db": SECRET,
    "/api/v1/namespaces/shop/secrets": {"apiVersion": "v1", "kind": "SecretList",
                                        "metadata": {}, "items": [SECRET]},
    "/api/v1/secrets": {"apiVersion": "v1", "kind": "SecretList",
                        "metadata": {}, "items": [SECRET]},
}  # fmt: skip
TABLE: dict[str, Any] = {
    "kind": "Table",
    "apiVersion": "meta.k8s.io/v1",
    "metadata": {},
    "columnDefinitions": [{"name": "Name", "type": "string"}, {"name": "Data", "type": "integer"}],
    "rows": [{"cells": ["db", 2], "object": {"kind": "PartialObjectMetadata",
              "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "db", "namespace": "shop"}}}],
}  # fmt: skip


class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.split("?", 1)[0]
        answer = ANSWERS.get(path, {"kind": "Status", "status": "Failure", "code": 404})
        if "as=Table" in self.headers.get("Accept", "") and "/secrets" in path:
            answer = TABLE
        body = json.dumps(answer).encode()
        self.send_response(200 if answer.get("status") != "Failure" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (as the base class)
        """Print nothing."""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeTarget]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    path: Path = tmp_path_factory.mktemp("kube") / "config"
    cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [cluster],
        "contexts": [context],
        "users": [{"name": "u", "user": {}}],
    }
    path.write_text(json.dumps(config), encoding="utf-8")
    yield KubeTarget(kubeconfig=str(path))
    server.shutdown()
    server.server_close()
    thread.join()


async def call(target: KubeTarget, name: str, arguments: JsonObject) -> ToolOutput:
    loaded = registry.load((), {}, tool_context(target))
    tools = {tool.definition.name: tool for item in loaded for tool in item.tools}
    return await tools[name].run(arguments)


KINDS = [
    "secret",
    "secrets",
    "Secret",
    "SECRETS",
    "secrets.v1.",
    "secret/db",
    "pods,secrets",
    "all",
]
TOOLS = ["kubectl_get", "kubectl_describe", "kubectl_get_yaml", "kubectl_count"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("namespace", [{}, {"namespace": "shop"}])
async def test_no_spelling_of_secret_gives_a_value_away(
    target: KubeTarget, tool: str, kind: str, namespace: JsonObject
) -> None:
    output = await call(target, tool, {"kind": kind, "name": "db", "by": "DATA", **namespace})
    said = f"{output.text} {output.note} {output.command}"
    assert VALUE not in said
    assert ENCODED not in said


@pytest.mark.parametrize("tool", ["kubectl_describe", "kubectl_get_yaml"])
@pytest.mark.parametrize("kind", ["secret", "Secrets", "secret/db"])
async def test_names_types_keys_and_sizes_are_shown(
    target: KubeTarget, tool: str, kind: str
) -> None:
    output = await call(target, tool, {"kind": kind, "name": "db", "namespace": "shop"})
    assert output.status == "ok"
    assert "type: kubernetes.io/service-account-token" in output.text
    assert f"password: {len(VALUE)} bytes, value not shown" in output.text


async def test_as_a_table_secrets_can_be_listed(target: KubeTarget) -> None:
    output = await call(target, "kubectl_get", {"kind": "secrets", "namespace": "shop"})
    assert output.status == "ok"
    assert output.text.split() == ["NAME", "DATA", "db", "2"]


def test_other_objects_keep_their_fields_and_lose_the_copies() -> None:
    shown = readable(
        {
            "kind": "ConfigMap",
            "metadata": {
                "name": "x",
                "uid": "1",
                "managedFields": [{}],
                "annotations": {"kapp.k14s.io/original": COPY, "a": "b"},
            },
            "data": {"k": "v"},
        }
    )
    assert shown == {
        "kind": "ConfigMap",
        "metadata": {"name": "x", "annotations": {"a": "b"}},
        "data": {"k": "v"},
    }


LINES = [
    "kubectl get secrets -n shop",
    "kubectl get secrets -A -o wide",
    "kubectl get secret db -n shop -o yaml",
    "kubectl get secret db -n shop -o json",
    "kubectl get secrets -A -o yaml",
    "kubectl get secrets -n shop -ojson",
    "kubectl get -n shop -o=yaml Secrets",
    "kubectl get secret/db -n shop --output yaml",
    "kubectl get secrets -n shop --show-managed-fields -o yaml",
    "kubectl describe secret db -n shop",
    "kubectl describe secrets -n shop",
    "kubectl describe secret/db -n shop",
    "kubectl get secret db -n shop -o json | jq .data",
    "kubectl get secret db -n shop -o json | jq -r '.metadata.annotations[]'",
    "kubectl get secret db -n shop -o yaml | grep -A3 data",
]


@pytest.mark.parametrize("line", LINES)
async def test_no_command_line_gives_a_value_away(target: KubeTarget, line: str) -> None:
    output = await RunCommand(context=tool_context(target)).run({"command": line})
    said = f"{output.text} {output.note} {output.command}"
    assert output.status == "ok", said
    assert VALUE not in said
    assert ENCODED not in said


@pytest.mark.parametrize("line", LINES[2:12])
async def test_keys_and_sizes_are_shown_in_every_form(target: KubeTarget, line: str) -> None:
    output = await RunCommand(context=tool_context(target)).run({"command": line})
    assert re.search(rf"password\"?: +\"?{len(VALUE)} bytes", output.text), output.text
    assert "token" in output.text


def test_values_are_found_however_deep_they_lie() -> None:
    inner = {"kind": "List", "apiVersion": "v1", "items": [SECRET, {"kind": "Pod"}]}
    secret_list = {
        "kind": "SecretList",
        "items": [{"stringData": {"a": VALUE}, "data": {"b": ENCODED}, "metadata": {}}],
    }
    for document in (SECRET, inner, {"kind": "List", "items": [inner]}, secret_list):
        for form, text in (("json", json.dumps(document)), ("yaml", json.dumps(document))):
            shown = manifests_without_values("json" if form == "json" else "yaml", text)
            assert VALUE not in shown
            assert ENCODED not in shown
    spelled = f'kind: "\\x53ecret"\ndata: {{b: {ENCODED}}}\n'
    assert ENCODED not in manifests_without_values("yaml", spelled)
    with pytest.raises(ValueError, match="no JSON"):
        manifests_without_values("json", "{secret")


def test_a_description_of_several_keeps_sizes_only() -> None:
    one = (
        f"Name:         {{}}\nNamespace:    shop\nLabels:       <none>\nAnnotations:  a: {VALUE}\n"
        f"              b: {VALUE}\n\nType:  kubernetes.io/service-account-token\n\nData\n====\n"
        f"Name:    5 bytes\npassword:  {len(VALUE)} bytes\ntoken:  {VALUE}\n{VALUE}\n"
    )
    shown = description_without_values(one.format("x") + "\n\n" + one.format("y"))
    assert VALUE not in shown
    assert shown.count("token:  value not shown") == 2
    assert shown.count(f"password:  {len(VALUE)} bytes") == 2
    assert re.findall(r"Name: +([xy])", shown) == ["x", "y"]


def test_a_kubeconfig_gives_no_access() -> None:
    user = {
        "token": VALUE,
        "password": VALUE,
        "client-key-data": VALUE,
        "auth-provider": {"config": {"id-token": VALUE}},
        "exec": {"command": "login", "env": [{"name": "KEY", "value": VALUE}], "args": ["--go"]},
    }
    text = json.dumps({"kind": "Config", "users": [{"name": "u", "user": user}]})
    shown = kubeconfig_without_values("yaml", text)
    assert VALUE not in shown
    assert "login" in shown


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_secret_inside_another_object_has_no_values_either(form: Form) -> None:
    inner = {"kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": VALUE}}
    reference = {"kind": "Secret", "name": "db"}
    work = {"kind": "ManifestWork", "spec": {"workload": {"manifests": [inner]}, "of": reference}}
    text = json.dumps({"kind": "List", "items": [work, {"kind": "Template", "objects": [inner]}]})
    shown = manifests_without_values(form, text)
    assert VALUE not in shown
    assert "value not shown" in shown
    assert yaml.safe_load(shown)["items"][0]["spec"]["of"] == reference
    (typed, _) = objects_in(text)
    assert VALUE not in json.dumps(typed)
