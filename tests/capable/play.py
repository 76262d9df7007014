"""Shows what the model would read next, to whoever plays it: write the next reply, play again.

PYTHONPATH=tests python -m capable.play NAME
"""

import sys
import tempfile
from pathlib import Path

from capable.dialogues import load, play


def main() -> None:
    """Play the dialogues named and print what came after the last reply."""
    for name in sys.argv[1:]:
        dialogue = load(name)
        with tempfile.TemporaryDirectory() as home:
            played = play(dialogue, Path(home), "--json")
        lines = [f"===== {name}: {dialogue.question}"]
        if not dialogue.answer:
            messages = played.requests[-1]["messages"]
            last = max(n for n, each in enumerate(messages) if each["role"] != "tool")
            lines += [each["content"] for each in messages[last + 1 :]]
        else:
            lines += [played.done.out, f"exit code {played.done.code}"]
        sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
