"""What the real kubectl prints against the served recording, beside what it printed then.

The golden files were printed minutes before or after the objects were recorded, by kubectl 1.32.
Every normalisation below removes one consequence of that, and says which.
"""

import re
import sys
from collections import Counter
from dataclasses import dataclass

import pytest

from holmes.snapshot.serve import SnapshotServer
from support.kubectl import Kubectl, kubectls, run_many
from support.recording import GOLDEN

PRINTED_BY = "1.32"
FILES = sorted(
    path.relative_to(GOLDEN).with_suffix("").as_posix() for path in GOLDEN.rglob("*.txt")
)

# Ages count from different moments: "7m22s", "4m11.164430178s". Settings are no ages: "delay=30s",
# "for 300s", "cpu: 10m".
AGE = re.compile(r"(?<![\w.=])(?<!for )(?<!cpu: )(?:\d+[ywdhm])*\d+(?:\.\d+)?[smhd](?![\w.])")
# Columns are as wide as their widest cell, and that may be an age.
SPACES = re.compile(r" +")
# "(x16 over AGE)": kubelet went on counting the same event.
COUNT = re.compile(r"\(x\d+ over AGE\)")
# Usage of CPU and memory is measured anew every fifteen seconds.
USAGE = re.compile(r"\b\d+(?:Mi|m)\b")

# Between the listing and the measurement the evicted spooler was replaced by another one.
DRIFTED = {"log-ship/top-pods": "another pod of the crash loop was alive when metrics were read"}


def command(name: str) -> tuple[str, ...]:
    namespace, _, what = name.partition("/")
    if what == "top-pods":
        return ("top", "pods", "--containers", "-n", namespace)
    if what.startswith("describe-"):
        # kubectl 1.37 leaves the events out where it describes several objects, unless told.
        return ("describe", what.removeprefix("describe-"), "-n", namespace, "--show-events=true")
    return ("get", what, "-o", "wide", "-n", namespace)


def normalised(text: str, name: str) -> str:
    if name.endswith("top-pods"):
        text = USAGE.sub("USAGE", text)
        # The recording kept what `top` says on stderr only where it failed.
        text = "" if text.startswith("# stderr: No resources found") else text
    text = "\n".join(SPACES.sub(" ", line).strip() for line in text.strip().splitlines())
    return COUNT.sub("(xN over AGE)", AGE.sub("AGE", text))


# How kubectl 1.37 words `describe` where 1.32 did not, in 1.37's words and in 1.32's.
REWORDED = (
    (re.compile(r"successThreshold=(\d+) failureThreshold=(\d+)"), r"#success=\1 #failure=\2"),
    (re.compile(r"(\d+/(?:TCP|UDP)) \([a-z-]+\)"), r"\1"),
    (re.compile(r"^Optional: false(?=\nDownwardAPI)", re.MULTILINE), "ConfigMapOptional: <nil>"),
    (re.compile(r"^(\w+ \w+ AGE.*) spec\.\w+\{[\w-]+\}: ", re.MULTILINE), r"\1 "),
    (re.compile(r"^Persistent Volume Claim Retention Policy:\n.*\n.*\n", re.MULTILINE), ""),
    (re.compile(r"^(?:AppProtocol|Service Name|Pod Management Policy): .*\n", re.MULTILINE), ""),
)


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What one kubectl prints for each golden file."""

    version: str
    texts: dict[str, str]

    def now(self, name: str) -> str:
        text = normalised(self.texts[name], name)
        for pattern, older in () if self.version == PRINTED_BY else REWORDED:
            text = pattern.sub(older, text)
        return text


def then(name: str) -> str:
    return normalised((GOLDEN / f"{name}.txt").read_text(), name)


@pytest.fixture(scope="session", params=sorted(kubectls()))
def printed(
    request: pytest.FixtureRequest, served: SnapshotServer, tmp_path_factory: pytest.TempPathFactory
) -> Printed:
    home = tmp_path_factory.mktemp("golden")
    binary = kubectls()[request.param]
    kubectl = Kubectl(binary=binary, kubeconfig=served.kubeconfig, home=home)
    texts = run_many((kubectl, command(name)) for name in FILES)
    return Printed(version=request.param, texts=dict(zip(FILES, texts, strict=True)))


CASES = [
    pytest.param(name, marks=[pytest.mark.xfail(reason=DRIFTED[name])] if name in DRIFTED else [])
    for name in FILES
]


@pytest.mark.parametrize("name", CASES)
def test_prints_what_the_cluster_printed(name: str, printed: Printed) -> None:
    assert printed.now(name) == then(name)


def test_nearly_all_of_the_recording_is_compared(
    printed: Printed, capsys: pytest.CaptureFixture[str]
) -> None:
    same = Counter(printed.now(name) == then(name) for name in FILES)
    with capsys.disabled():
        sys.stdout.write(f"\n{same[True]} of {same.total()} golden files print the same\n")
    assert same.total() >= 250
    assert same[False] == len(DRIFTED)
