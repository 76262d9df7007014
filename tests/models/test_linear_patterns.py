"""Every regular expression that reads what comes from outside takes time in proportion to it.

The texts grow out of the patterns themselves: what matches their first parts, again and again.
"""

import ast
import importlib
import pkgutil
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import holmes.agent
import holmes.embedded
import holmes.grounding
import holmes.models
import holmes.redaction
from holmes.grounding import specifics

PACKAGES = (holmes.models, holmes.embedded, holmes.agent, holmes.grounding, holmes.redaction)
LENGTH = 60_000
LENGTHS = {24: 0.1, 3_000: 0.1, LENGTH: 0.4}
"""Seconds that a text of so many characters may take."""
FILLERS = (
    *(" ", "a", "0", "\n", '"', "\\", '\\"', "'", "<", "(", "[", "{", "`", "a ", "a.", "&#", "\t"),
)


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name == "holmes.embedded.llama_cpp":  # runs as a process of its own
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                several = value if isinstance(value, tuple) else (value,)
                for number, each in enumerate(several):
                    if isinstance(each, re.Pattern) and isinstance(each.pattern, str):
                        yield f"{module.__name__}.{name}.{number}", each


def in_closures() -> Iterator[tuple[str, re.Pattern[str]]]:
    """The heads of syntaxes that are made from a table."""
    from holmes.models.tool_syntax.core.scanner import syntaxes  # noqa: PLC0415

    for syntax in syntaxes():
        for cell in getattr(syntax.read, "__closure__", None) or ():
            if isinstance(cell.cell_contents, re.Pattern):
                yield f"{syntax.name}.head", cell.cell_contents


def inline(uses: frozenset[str] = frozenset()) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Those that are written where they are used, or of them those with these functions alone."""
    for package in PACKAGES:
        for path in Path(package.__path__[0]).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id="re"), attr=use),
                        args=[ast.Constant(value=str(pattern)), *_],
                    ) if not uses or use in uses:
                        yield f"{path.stem}:{node.lineno}", re.compile(pattern, re.IGNORECASE)


FOUND = (*patterns(), *in_closures(), *inline())


def never_searched() -> set[str]:
    """Patterns that are only tried where the code says: that costs no more than one try."""
    found = set()
    for name, pattern in FOUND:
        module, _, attribute = name.rpartition(".")[0].rpartition(".")
        if module in sys.modules:
            source = Path(sys.modules[module].__file__ or "").read_text()
            uses = re.findall(rf"(?<!\w){attribute}\b(?! = )(?:\.(\w+))?", source)
            if uses and set(uses) <= {"match", "fullmatch"}:
                found.add(pattern.pattern)
    return found


ONCE = frozenset({"match", "fullmatch"})
SEARCHED = {
    pattern.pattern
    for _, pattern in inline(frozenset({"search", "findall", "finditer", "sub", "split"}))
}
# A name of an answer is held against each shape as a whole.
SHAPES = {pattern.pattern for _, pattern in specifics._SHAPES}  # noqa: SLF001
TRIED = never_searched() | SHAPES | ({pattern.pattern for _, pattern in inline(ONCE)} - SEARCHED)
PATTERNS = {pattern.pattern: (name, pattern) for name, pattern in reversed(FOUND)}


def literals(pattern: str) -> list[str]:
    """Words and signs of a pattern as they stand in texts that it matches."""
    plain = re.sub(r"\\([bBAZsSdDwW])|\(\?[a-zA-Z<!=:P]*[^)]{0,0}|\{\d*,?\d*\}", " ", pattern)
    plain = re.sub(r"\\(.)", r"\1", plain)
    return [word for word in re.split(r"[|()?*+]|\[[^\]]*\]", plain) if word.strip()][:12]


def adversaries(pattern: re.Pattern[str]) -> Iterator[str]:
    found = literals(pattern.pattern)
    heads = dict.fromkeys(["", *found, "".join(found[:2]), "".join(found[:3]), " ".join(found[:4])])
    for head in heads:
        for filler in FILLERS:
            yield head + filler * LENGTH
            yield (head + filler) * (LENGTH // len(head + filler))
        yield (head + "a " * 20) * (LENGTH // (len(head) + 40))


def seconds(pattern: re.Pattern[str], text: str) -> float:
    began = time.process_time()
    if pattern.pattern in TRIED:
        pattern.match(text)
        pattern.fullmatch(text)
    else:
        for _ in pattern.finditer(text):
            pass
    return time.process_time() - began


def is_linear(pattern: re.Pattern[str]) -> str:
    """The text on which it is not, or nothing."""
    for text in adversaries(pattern):
        # The shorter first: what takes the square of its length, or worse, shows before it hangs.
        for length, most in LENGTHS.items():
            took = seconds(pattern, text[:length])
            if length == 3_000 and took < 0.0008:
                break  # its square for twenty times the length is no danger either
            if took > most:
                return f"{text[:60]!r}, {length} characters"
    return ""


@pytest.mark.parametrize("source", PATTERNS, ids=[name for name, _ in PATTERNS.values()])
def test_a_pattern_takes_time_in_proportion_to_the_text(source: str) -> None:
    assert is_linear(PATTERNS[source][1]) == ""


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) >= 60


@pytest.mark.parametrize("bad", [r"a.*b", r"\s*x", r"<title[^>]*>(.*?)</title>", r"(a|a)*b"])
def test_a_pattern_that_is_not_linear_would_be_caught(bad: str) -> None:
    assert is_linear(re.compile(bad)) != ""
