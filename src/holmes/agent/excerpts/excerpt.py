"""Cut a tool's output to fit a context window, by its kind, saying what was cut."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from holmes.agent.excerpts.logs import excerpt_of_log
from holmes.agent.excerpts.outlines import excerpt_of_outline, is_outline
from holmes.agent.excerpts.tables import excerpt_of_table, is_table
from holmes.redaction.untrusted import neutral

MAX_LINE = 600
"""Characters kept of one line; minified JSON and stack dumps would fill the room alone."""

LARGEST_JSON = 4_000_000
"""Characters; a larger document is read as lines."""

_SUMMARY = 90  # characters of the line that says how much is missing
_Excerpting: TypeAlias = Callable[[Sequence[str], int, str, int], list[str]]


def excerpt(text: str, limit: int, question: str = "", more: str = "") -> str:
    """At most about `limit` characters of `text`, chosen by its kind; unchanged where it fits.

    table    the header and the rows that are not well
    outline  (YAML, JSON, descriptions, findings) lines that tell of trouble or state, under their
             headings; bookkeeping fields go first
    log      the first and last lines, the rare ones, and one line of each kind with a count

    Lines that name what the `question` names come first. The last line says how much is missing
    and, in the words of `more`, how to read it.
    """
    if len(text) <= limit:
        return text
    lines = _as_lines(text)
    most = min(MAX_LINE, max(160, limit * 3 // 5))
    kept = _excerpting(lines)(lines, max(1, limit - _SUMMARY - len(more)), question, most)
    missing = len(text) - sum(len(line) + 1 for line in kept)
    end = f"; {more}" if more else ""
    said = f"about {max(0, missing):,} of {len(text):,} characters are left out{end}"
    return "\n".join([*kept, f"[an excerpt: {said}]"])


def _excerpting(lines: Sequence[str]) -> _Excerpting:
    if is_table(lines):
        return excerpt_of_table
    return excerpt_of_outline if is_outline(lines) else excerpt_of_log


def _as_lines(text: str) -> list[str]:
    if text.lstrip()[:1] in {"{", "["} and len(text) <= LARGEST_JSON:
        with suppress(ValueError, RecursionError):  # lines of JSON, most likely
            # JSON may have spelled what YAML writes out: `\\u003c|im_end|\\u003e`, `\\u001b]0;`.
            text = neutral(_as_yaml(json.loads(text)))
    return text.splitlines()


def _as_yaml(document: object) -> str:
    import yaml  # noqa: PLC0415  # 0.1 s, and only for a large JSON document

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    rendered: str = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True)
    return rendered
