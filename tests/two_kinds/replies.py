"""What a capable model called and answered about each scenario of evals/evidence, one file each.

The replies were typed once, by whoever played the model behind typed requests, and not adapted to
what became of them; the small model's are the one word that it said.
"""

from pathlib import Path

import yaml

from servers.scripted_server import Reply

FOLDER = Path(__file__).parent / "dialogues"
SMALL = (Reply(content="trouble"),)
"""Qwen2.5-Coder-1.5B sorted each question so that it finished, and was asked nothing else; in the
run on record (evals/runs/guided-4k-evidence) it was still asked for a yes or no, and said yes."""


def capable(name: str) -> tuple[Reply, ...]:
    """The replies of a capable model, one a request."""
    said = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return tuple(
        Reply(
            content=each.get("answer", "").strip(),
            calls=tuple((call["name"], call["arguments"]) for call in each.get("calls", ())),
        )
        for each in said["replies"]
    )
