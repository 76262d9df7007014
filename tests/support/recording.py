"""The recording of a real cluster that the tests, `holmes eval` and `holmes demo` share.

There is one: `evals/clusters/acme`; docs/evaluation.md says what it is. The demo's cluster is a
part of it, written anew after a change of the recording by

    python tests/support/recording.py
"""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

from holmes.core.messages import JsonObject
from holmes.demo import CLUSTER
from holmes.evals.scenario import Part
from holmes.evals.view import write
from holmes.snapshot.clock import TIMESTAMP, parse_time
from holmes.snapshot.folder import INFO_FILE, read_info, read_object

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/snapshot/golden"
"""What the real kubectl printed about the real cluster, a folder a namespace."""

# Three incidents and a healthy namespace, beside what every cluster has. node-2 is down: an
# incident that is not among the three.
DEMO = Part(
    namespaces=["shop-checkout", "catalog", "data-reports", "fraud"], without_nodes=["node-2"]
)


def recording() -> Path:
    """The snapshot folder of the whole recording."""
    return ROOT / "evals/clusters/acme"


def write_demo(target: Path) -> None:
    """Write the part of the recording that is packaged for the demo."""
    write(recording(), target, part=DEMO, overlay=None)
    for path in target.rglob("*.json"):
        if path.name != INFO_FILE and "discovery" not in path.parts:
            _write(path, read_object(path))
    # The recording took four minutes: a part of it was over earlier than the whole.
    texts = (
        path.read_text() for path in target.rglob("*") if path.name != INFO_FILE and path.is_file()
    )
    over = parse_time(max(moment for text in texts for moment in TIMESTAMP.findall(text)))
    assert over is not None
    info = replace(read_info(target), recorded_at=over.replace(microsecond=0))
    _write(target / INFO_FILE, info.to_json())


def _write(path: Path, value: JsonObject) -> None:
    # One object a line: small, and a change shows in a diff as the objects it touches.
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    path.write_text(re.sub(r'(?<=[\[,])(?=\{"apiVersion")', "\n", text) + "\n")


if __name__ == "__main__":
    shutil.rmtree(CLUSTER)
    write_demo(CLUSTER)
