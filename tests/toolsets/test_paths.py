"""Paths into objects, as kubectl's users write them."""

import time
from contextlib import suppress

import pytest

from holmes.core.messages import JsonValue
from holmes.kubernetes.paths import columns

POD: JsonValue = {
    "metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "web"}},
    "spec": {
        "nodeName": "node-1",
        "containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}],
    },
    "status": {"conditions": [{"type": "Ready", "status": "False"}, {"type": "Up", "n": 3}]},
}


@pytest.mark.parametrize(
    ("path", "cell"),
    [
        (".spec.nodeName", "node-1"),
        ("spec.nodeName", "node-1"),
        ("{.spec.nodeName}", "node-1"),
        ("{$.spec.nodeName}", "node-1"),
        (".spec['nodeName']", "node-1"),
        ("['spec']['nodeName']", "node-1"),
        (".spec.containers[0].image", "x:1"),
        (".spec.containers[-1].image", "y:2"),
        (".spec.containers[9].image", "<none>"),
        (".spec.containers[*].image", "x:1,y:2"),
        (".spec.containers.*.image", "x:1,y:2"),
        ("..image", "x:1,y:2"),
        (".spec..name", "a,b"),
        (r".metadata.labels.app\.kubernetes\.io/name", "web"),
        (".metadata.labels['app.kubernetes.io/name']", "web"),
        ('.status.conditions[?(@.type=="Ready")].status', "False"),
        (".status.conditions[?(@.type!='Ready')].n", "3"),
        (".status.conditions[?(@.n==3)].type", "Up"),
        (".metadata.labels", '{"app.kubernetes.io/name":"web"}'),
        (".no.such.field", "<none>"),
        (".spec.nodeName.deeper", "<none>"),
    ],
)
def test_a_path_gives_what_kubectl_gives(path: str, cell: str) -> None:
    [column] = columns(path)
    assert column.cell(POD) == cell


def test_columns_have_titles() -> None:
    found = columns("custom-columns=NODE:.spec.nodeName, .status.phase,,IMG:{.spec..image}")
    assert [column.title for column in found] == ["NODE", "PHASE", "IMG"]
    [first] = columns(".spec.containers[0]")
    assert first.title == "CONTAINERS"
    assert columns("") == ()
    two = columns('.status.conditions[?(@.type=="a,b")].status,.metadata.name')
    assert [column.title for column in two] == ["STATUS", "NAME"]


@pytest.mark.parametrize(
    "path",
    [
        "{range .items[*]}{.metadata.name}{end}",
        ".spec[?(@.a>1)]",
        ".spec[0:2]",
        ".spec[",
        ".spec.a b",
        "{.a}{.b}",
        '.a[?(@.b=~"x")]',
    ],
)
def test_what_is_no_path_is_said(path: str) -> None:
    with pytest.raises(ValueError, match=r"is not a path|is none of"):
        columns(path)


@pytest.mark.parametrize("piece", [".a", "[0]", "..a", "[", "'", "[?(@.a==", ":", ",", "\\", " "])
def test_no_path_takes_long_to_read_or_to_follow(piece: str) -> None:
    deep: JsonValue = 1
    for _ in range(30):
        deep = {"a": deep, "b": [deep]}
        if len(str(deep)) > 100_000:
            break
    began = time.process_time()
    for length in (1000, 100_000):
        path = piece * (length // len(piece))
        with suppress(ValueError):
            for column in columns(path):
                column.cell(deep)
    assert time.process_time() - began < 2
