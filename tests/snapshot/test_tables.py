"""The columns of kinds and cases that the recording lacks, as the real kubectl prints them.

Expected rows follow the API server's printing rules for 1.36; objects are an hour and a half old.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.folder import read_object, resources_in
from holmes.snapshot.serve import SnapshotServer
from holmes.snapshot.tables import tables
from snapshot.cluster import secret, thing, write_cluster
from support.kubectl import Kubectl, kubectls
from support.recording import recording

DOMAIN = "example.com"
WIDGETS: JsonObject = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": f"{DOMAIN}/v1",
    "resources": [
        {
            "name": "widgets",
            "singularName": "widget",
            "namespaced": True,
            "kind": "Widget",
            "verbs": ["get", "list"],
        }
    ],
}
# Made of the recorded events of the other API when asked for.
CONVERTED = {"events.events.k8s.io"}
HERE = Path(__file__).parent


def objects() -> dict[str, list[JsonObject]]:
    """The objects of kinds.yaml with what every object has."""
    found = yaml.safe_load((HERE / "kinds.yaml").read_text())
    namespaced = {one.full_name: one.namespaced for one in resources_in(discovery())}
    return {"secrets": [secret()]} | {
        resource: [
            thing(
                version=one.pop("apiVersion", "v1"),
                namespace="web" if namespaced[resource] else "",
                **one,
            )
            for one in listed
        ]
        for resource, listed in found.items()
    }


def rows() -> dict[str, list[list[str]]]:
    """The rows of kinds.txt by the name to ask for; cells stand between bars."""
    sections = (HERE / "kinds.txt").read_text().split("== ")[1:]
    split = [section.splitlines() for section in sections]
    return {
        name: [[cell.strip() for cell in line.split("|")] for line in lines]
        for name, *lines in split
    }


ROWS = rows()


def discovery() -> dict[str, JsonObject]:
    """Discovery of the recording with a custom resource beside."""
    version: JsonObject = {"groupVersion": f"{DOMAIN}/v1", "version": "v1"}
    root = recording() / "discovery"
    found = {
        f"/{path.relative_to(root).with_suffix('')}": read_object(path)
        for path in root.rglob("*.json")
    }
    groups: list[JsonValue] = [*fields.objects(found["/apis"], "groups")]
    groups.append({"name": DOMAIN, "versions": [dict(version)], "preferredVersion": dict(version)})
    return found | {"/apis": {**found["/apis"], "groups": groups}, f"/apis/{DOMAIN}/v1": WIDGETS}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    folder: Path = tmp_path_factory.mktemp("small")
    write_cluster(folder / "snapshot", objects(), discovery=discovery())
    newest = kubectls()[max(kubectls())]
    with SnapshotServer(folder / "snapshot") as server:
        yield Kubectl(binary=newest, kubeconfig=server.kubeconfig, home=folder)


@pytest.mark.parametrize("resource", ROWS)
def test_rows(small: Kubectl, resource: str) -> None:
    header, *printed = small.out("get", resource, "-A", "-o", "wide").splitlines()
    starts = [match.start() for match in re.finditer(r"(?<!\S)\S+(?: \S+)*", header)]
    starts = starts[1:] if header.startswith("NAMESPACE") else starts
    ends = [*starts[1:], None]
    cells = [[row[a:b].strip() for a, b in zip(starts, ends, strict=True)] for row in printed]
    assert cells == ROWS[resource]


def test_every_table_is_printed_by_some_test() -> None:
    recorded = {path.stem for path in recording().rglob("*.json")}
    assert set(tables()) - recorded <= set(objects()) | CONVERTED
