"""Whatever a program prints, a Secret in it shows keys and sizes only."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from holmes.policy.secrets import description_without_values, secrets_hidden
from support.context import from_file, tool_context

pytestmark = pytest.mark.anyio

VALUE = "aHVudGVyMi10aGUtcGFzc3dvcmQ="
SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "db",
        "namespace": "shop",
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": json.dumps(
                {"kind": "Secret", "data": {"password": VALUE}}
            )
        },
    },
    "type": "Opaque",
    "data": {"password": VALUE, "user.name": VALUE},
}
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"nodeName": "n1"}}
LIST = {"apiVersion": "v1", "kind": "List", "items": [POD, SECRET]}
SECRETS = {"kind": "SecretList", "items": [{k: v for k, v in SECRET.items() if k != "kind"}]}
NESTED = {"kind": "ManifestWork", "spec": {"workload": {"manifests": [SECRET]}}}
DESCRIBED = f"""Name:         token
Namespace:    shop
Labels:       <none>
Annotations:  kubernetes.io/service-account.name: x
              copy: {VALUE}

Type:  kubernetes.io/service-account-token

Data
====
ca.crt:     1066 bytes
namespace:  4 bytes
token:      abc
{VALUE}
user:{VALUE}
{VALUE}: admin
Name: {VALUE}
other:      12 bytes
"""


def pretty(value: object) -> str:
    return json.dumps(value, indent=2)


def as_yaml(*values: object) -> str:
    return yaml.safe_dump_all(values)


def lines(*values: object) -> str:
    return "\n".join(json.dumps(value) for value in values)


HOLDS = {
    "json": pretty(SECRET),
    "compact json": json.dumps(SECRET),
    "a list": pretty(LIST),
    "a list of Secrets": pretty(SECRETS),
    "a manifest in another": pretty(NESTED),
    "an array": json.dumps([POD, SECRET]),
    "an object of objects": json.dumps({"a": {"b": SECRET}}),
    "yaml": as_yaml(SECRET),
    "yaml documents": as_yaml(POD, SECRET, POD),
    "a yaml list": as_yaml(LIST),
    "a yaml list of Secrets": as_yaml(SECRETS),
    "yaml nested": as_yaml(NESTED),
    "json a line": lines(POD, SECRET, POD),
    "two pretty documents": pretty(POD) + "\n" + pretty(SECRET),
    "json after a title": "== secrets ==\n" + pretty(SECRET),
    "json before a word": pretty(SECRET) + "\ndone",
    "json on a line of text": "found: " + json.dumps(SECRET),
    "yaml after a title": "== secrets ==\n" + as_yaml(SECRET),
    "yaml after a command": "+ kubectl get secret db -o yaml\n" + as_yaml(SECRET),
    "yaml between text": "a: [\n" + as_yaml(SECRET) + "\nbye: }",
    "cut json": pretty(SECRET)[:-40],
    "cut compact json": json.dumps(SECRET)[:-40],
    "cut yaml list": as_yaml(LIST)[:-10] + "\n\t}",
    "json with a tab": pretty(SECRET).replace("  ", "\t"),
    "yaml with Windows lines": as_yaml(SECRET).replace("\n", "\r\n"),
    "a log": "level=info msg=applied\n" + json.dumps(SECRET) + "\nlevel=info",
    "yaml quoted kind": as_yaml(SECRET).replace("kind: Secret", 'kind: "Secret"'),
    "yaml aliases": "a: &a 1\nb: *a\n---\n" + as_yaml(SECRET),
    "described": DESCRIBED,
    "described after a title": "== token ==\n" + DESCRIBED,
    "described twice": DESCRIBED + "\n\n" + DESCRIBED,
}
OTHERS = {
    "a pod": pretty(POD),
    "a pod as yaml": as_yaml(POD),
    "a reference": as_yaml({"kind": "Pod", "spec": {"volumes": [{"secret": {"secretName": "x"}}]}}),
    "a kind named so": as_yaml({"kind": "SecretStore", "spec": {"data": "x"}}),
    "an external secret": pretty({"kind": "ExternalSecret", "spec": {"data": [{"key": "a"}]}}),
    "a ConfigMap": as_yaml({"kind": "ConfigMap", "data": {"a": "b"}}),
    "a table": "NAME  TYPE    DATA  AGE\ndb    Opaque  2     3d\n",
    "a sentence": "the kind of secret: Secret values are kept in data: see below",
    "a described pod": "Name: web\nNamespace: shop\nAnnotations: a: b\nStatus: Running\n",
    "a described ConfigMap": "Name: web\n\nData\n====\nkey:\n----\nvalue\n\nBinaryData\n====\n",
    "a number kept as written": '{"a": 1.50, "b": "secret"}',
    "a reference to a Secret": pretty({"involvedObject": {"kind": "Secret", "name": "db"}}),
    "an empty text": "",
}


@pytest.mark.parametrize("text", HOLDS.values(), ids=HOLDS)
def test_a_secret_is_hidden_however_it_is_printed(text: str) -> None:
    hidden = secrets_hidden(text)
    assert VALUE not in hidden
    assert VALUE[:12] not in hidden


@pytest.mark.parametrize("name", ["json", "yaml", "a list", "json a line", "described"])
def test_keys_and_names_stay(name: str) -> None:
    hidden = secrets_hidden(HOLDS[name])
    assert ("password" in hidden and "db" in hidden) or "ca.crt:     1066 bytes" in hidden


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert secrets_hidden(text) == text


@pytest.mark.parametrize("lines_between", ["\n", "\n\n", "x: y\n", "a:b\n", "Data\n====\n"])
def test_of_a_token_with_line_breaks_nothing_is_shown(lines_between: str) -> None:
    text = DESCRIBED.replace("token:      abc\n", f"token:      abc\n{lines_between}")
    shown = description_without_values(text)
    assert VALUE not in shown
    assert "abc" not in shown
    assert "token:  value not shown" in shown


@pytest.mark.parametrize("size", [20_000, 40_000])
def test_text_that_only_looks_like_json_is_no_work(size: int) -> None:
    text = "kind: Secret\n" + "[\n" * size
    assert secrets_hidden(text)


@pytest.mark.parametrize(
    "command",
    [
        "cat {{ file }}",
        "cat {{ file }} | cat",
        "echo title; cat {{ file }}",
        "cat {{ file }} >&2; false",
        "cat {{ file }}; exit 3",
        "cat {{ file }}; sleep 9",
    ],
)
@pytest.mark.parametrize("name", ["json", "yaml", "described", "cut json"])
async def test_a_tool_of_the_users_shows_none(tmp_path: Path, command: str, name: str) -> None:
    printed, path = tmp_path / "printed", tmp_path / "x.yaml"
    printed.write_text(HOLDS[name], encoding="utf-8")
    tool = {"name": "t", "description": "d", "script": command, "timeout": 2}
    path.write_text(yaml.safe_dump({"x": {"tools": [tool]}}), encoding="utf-8")
    (toolset,) = from_file(path, tool_context())
    output = await toolset.tools[0].run({"file": str(printed)})
    assert output.status in {"ok", "failed", "timeout"}
    assert output.text
    assert VALUE not in f"{output}"
