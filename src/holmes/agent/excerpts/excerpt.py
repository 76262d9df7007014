"""Cut a tool's output to fit a context window, by its kind, saying what was cut."""

from holmes.core.tool_output import Findings, Json, LogLines, Table, ToolData
from holmes.redaction.untrusted import neutral
from holmes.tools.data import data_of, tables_of

MAX_LINE = 600
"""Characters kept of one line; minified JSON and stack dumps would fill the room alone."""

_LARGEST_DUMPED = 4_000_000
"""Characters of JSON that are written out as YAML; that of more takes seconds."""

_SUMMARY = 90  # characters of the line that says how much is missing


def excerpt(
    text: str, limit: int, question: str = "", more: str = "", data: ToolData | None = None
) -> str:
    """At most about `limit` characters of `text`, chosen by its kind; unchanged where it fits.

    table    the titles and the rows that are not well
    outline  (YAML, JSON, descriptions, findings) lines that tell of trouble or state, under their
             headings; bookkeeping fields go first
    log      the first and last lines, the rare ones, and one line of each kind with a count

    The kind is that of `data`, which is the text typed; without it, the text is looked at. Lines
    that name what the `question` names come first. The last line says how much is missing and, in
    the words of `more`, how to read it.
    """
    if len(text) <= limit:
        return text
    most = min(MAX_LINE, max(160, limit * 3 // 5))
    room = max(1, limit - _SUMMARY - len(more))
    kept = _kept(text, data_of(text) if data is None else data, room, question, most)
    missing = len(text) - sum(len(line) + 1 for line in kept)
    end = f"; {more}" if more else ""
    said = f"about {max(0, missing):,} of {len(text):,} characters are left out{end}"
    return "\n".join([*kept, f"[an excerpt: {said}]"])


def _kept(text: str, data: ToolData | None, room: int, question: str, most: int) -> list[str]:
    # Only once something is too long: a run pays for them before its first request otherwise.
    from holmes.agent.excerpts.logs import excerpt_of_log  # noqa: PLC0415
    from holmes.agent.excerpts.outlines import excerpt_of_outline, is_outline  # noqa: PLC0415
    from holmes.agent.excerpts.tables import excerpt_of_tables  # noqa: PLC0415

    lines = text.splitlines()
    match data:
        case Table():
            return excerpt_of_tables([data], room, question, most)
        case LogLines():
            return excerpt_of_log(lines, room, question, most)
        case Json(value=value):
            if text.lstrip()[:1] in {"{", "["} and len(text) <= _LARGEST_DUMPED:
                # JSON may have spelled what YAML writes out: `\\u003c|im_end|\\u003e`.
                lines = neutral(_as_yaml(value)).splitlines()
        case Findings():
            return excerpt_of_outline(lines, room, question, most)
        case _:
            if tables := tables_of(lines):
                return excerpt_of_tables(tables, room, question, most)
    # A list of plain texts is JSON, too, and no outline.
    as_kind = excerpt_of_outline if is_outline(lines) else excerpt_of_log
    return as_kind(lines, room, question, most)


def _as_yaml(document: object) -> str:
    import yaml  # noqa: PLC0415  # 0.1 s, and only for a large JSON document

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    rendered: str = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True)
    return rendered
