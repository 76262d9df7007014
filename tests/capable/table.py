"""What became of a capable model's answers, as Markdown; with --write into docs/grounding.md.

PYTHONPATH=tests python -m capable.table
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from capable.dialogues import Played, load, names, play

PAGE = Path(__file__).parents[2] / "docs" / "grounding.md"
_REFUSED = {"denied", "invalid_arguments", "unknown_tool"}
_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a person gets to see of one dialogue, beside what the model wrote."""

    name: str
    kind: str
    calls: int
    refused_calls: int
    lines: int
    lines_kept: int
    code_blocks: int
    code_changed: int
    specifics: int
    marked: tuple[str, ...]
    added: int
    led: bool
    asked_again: int
    tools_offered: bool
    exit_code: int
    withheld: bool

    @property
    def remarks(self) -> str:
        """What was marked, refused or changed; empty where all came out as written."""
        parts = [f"marked: {', '.join(f'`{said}`' for said in self.marked)}"] if self.marked else []
        parts += ["withheld"] if self.withheld else []
        parts += [f"exit code {self.exit_code}"] if self.exit_code else []
        parts += ["no tools"] if not self.tools_offered else []
        parts += [f"{self.refused_calls} of the calls refused"] if self.refused_calls else []
        parts += ["led step by step"] if self.led else []
        parts += ["asked again"] if self.asked_again and not self.led else []
        parts += [f"{self.added} more lines"] if self.added else []
        return "; ".join(parts)


def seen(played: Played) -> Seen:
    """What the document of one dialogue shows."""
    document, dialogue = played.document, played.dialogue
    said, shown = dialogue.answer, str(document["answer"])
    written, came = _lines(said), _lines(shown)
    same = SequenceMatcher(None, written, came, autojunk=False).get_matching_blocks()
    kept = sum(block.size for block in same)
    listed = [line for line in came if line.startswith("(?) ")]
    blocks = _FENCED.findall(said)
    marked = _marked(listed)
    return Seen(
        name=dialogue.name,
        kind=dialogue.kind,
        calls=sum(len(reply.calls) for reply in dialogue.replies),
        refused_calls=sum(call["status"] in _REFUSED for call in document["tool_calls"]),
        lines=len(written),
        lines_kept=kept,
        code_blocks=len(blocks),
        code_changed=sum(block not in shown for block in blocks),
        specifics=len(document["specifics"]),
        marked=marked,
        added=max(0, len(came) - len(written) - len(listed)),
        led=any("led step by step" in text for text in document["notices"]),
        asked_again=played.asked_again,
        tools_offered=played.tools_offered,
        exit_code=played.done.code,
        withheld=document["state"] != "answered",
    )


def _lines(text: str) -> list[str]:
    """The lines that hold something."""
    return [line for line in text.split("\n") if line.strip()]


def _marked(listed: Sequence[str]) -> tuple[str, ...]:
    """What the line under an answer lists, each once."""
    return tuple(each for line in listed for each in line.split(": ", 1)[1].rstrip(".").split("; "))


def see_all() -> list[Seen]:
    """Every dialogue, played; two at a time."""
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda name: _play_one(name, Path(home)), names()))


def _play_one(name: str, home: Path) -> Seen:
    own = home / name
    own.mkdir()
    return seen(play(load(name), own, "--json"))


def text(all_seen: Sequence[Seen]) -> str:
    """The figures over all dialogues and a table of each."""
    return "\n".join([*_figures(all_seen), "", *_table(all_seen)])


def _figures(all_seen: Sequence[Seen]) -> list[str]:
    lines, kept = sum(one.lines for one in all_seen), sum(one.lines_kept for one in all_seen)
    specifics = sum(one.specifics for one in all_seen)
    marked = sum(len(one.marked) for one in all_seen)
    changed = sum(one.code_changed for one in all_seen)
    return [
        (
            f"- questions: {len(all_seen)}, of {len({one.kind for one in all_seen})} kinds; "
            f"tool calls: {sum(one.calls for one in all_seen)}"
        ),
        (
            f"- lines of the answers that came out as written: {kept} of {lines} "
            f"({100 * kept / lines:.1f} %)"
        ),
        f"- code blocks changed: {changed} of {sum(one.code_blocks for one in all_seen)}",
        f"- different things marked: {marked}, beside {specifics} specifics looked up",
        (
            f"- questions without tools: {sum(not one.tools_offered for one in all_seen)}; "
            f"answers withheld: {sum(one.withheld for one in all_seen)}; "
            f"led step by step against their will: {sum(one.led for one in all_seen)}"
        ),
    ]


def _table(all_seen: Sequence[Seen]) -> Iterable[str]:
    yield "| dialogue | kind | calls | lines as written | marked, refused or changed |"
    yield "| --- | --- | ---: | ---: | --- |"
    for one in all_seen:
        remarks = one.remarks.replace("|", "\\|")
        yield (
            f"| {one.name} | {one.kind} | {one.calls} | {one.lines_kept} of {one.lines} "
            f"| {remarks} |"
        )


def rendered(page: str, table: str) -> str:
    """The page with the table between its marks."""
    block = f"<!-- capable -->\n{table}\n<!-- end -->"
    return re.sub(r"<!-- capable -->\n[\s\S]*?<!-- end -->", lambda _: block, page)


def main() -> None:
    """Print the table, or put it into the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="into docs/grounding.md")
    options = parser.parse_args()
    table = text(see_all())
    if options.write:
        PAGE.write_text(rendered(PAGE.read_text("utf-8"), table), "utf-8")
    else:
        sys.stdout.write(table + "\n")


if __name__ == "__main__":
    main()
