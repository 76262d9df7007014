"""Cut a tool's output to fit a context window, saying what was cut."""

HEAD_SHARE = 0.6
"""Of the room, the share for the beginning: headers and first rows; the rest shows the end."""

MAX_LINE = 600
"""Characters kept of one line; minified JSON and stack dumps would fill the room alone."""


def excerpt(text: str, limit: int) -> str:
    """At most about `limit` characters of `text`: whole lines from its beginning and its end.

    What is missing is said in its place, in lines and characters. Text that fits is unchanged.
    """
    if len(text) <= limit:
        return text
    lines = [_shorten(line) for line in text.splitlines()]
    head = _take(lines, int(limit * HEAD_SHARE))
    tail = _take(lines[head:][::-1], limit - int(limit * HEAD_SHARE))
    kept_tail = lines[len(lines) - tail :] if tail else []
    left_out = lines[head : len(lines) - tail]
    if not left_out:
        return "\n".join(lines)
    size = sum(len(line) + 1 for line in left_out)
    gap = f"[… {len(left_out)} of {len(lines)} lines ({size:,} characters) left out here …]"
    return "\n".join([*lines[:head], gap, *kept_tail])


def _shorten(line: str) -> str:
    if len(line) <= MAX_LINE:
        return line
    return f"{line[:MAX_LINE]}[… {len(line) - MAX_LINE:,} characters of this line left out]"


def _take(lines: list[str], room: int) -> int:
    """How many of the first lines fit into `room` characters."""
    used = 0
    for count, line in enumerate(lines):
        used += len(line) + 1
        if used > room:
            return count
    return len(lines)
