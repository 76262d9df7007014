"""Text that goes with a question: data, marked as such and unable to pass for anything else."""

from holmes.redaction.placeholders import without_forged
from holmes.redaction.untrusted import neutral


def attached(name: str, text: str) -> str:
    """The text under its name, as `holmes.agent.question` knows it again."""
    return f"--- {name} (data) ---\n{neutral(without_forged(text.strip()))}\n--- end ---"
