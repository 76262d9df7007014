r"""Text as it reads once it is decoded, and where each part of it came from.

A secret does not cease to be one where `password=` stands in full-width letters, with zero-width
spaces inside, as `password\u003d`, `password%3D`, in Base64 or in hexadecimal. One layer is taken
off: what somebody encoded twice stays.
"""

import base64
import binascii
import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

# What is not seen, and the blocks with letters and signs that are ASCII in another dress.
_DRESSED = re.compile(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u180e\u2000-\u206f\u20a8-\u24ff\u3000\ufb00-\ufb06"
    "\ufe00-\ufe0f\ufe50-\ufe6f\ufeff-\uff5e\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff"
    "\U000e0000-\U000e01ef]"
)
_ESCAPE = re.compile(
    r"%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}"
    r"|&#(?:x[0-9A-Fa-f]{1,4}|[0-9]{1,5});|&(?:lt|gt|amp|quot|apos);"
)
_RUN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}")
_HEX = re.compile(r"(?:0x|x)?([0-9A-Fa-f]{16,})")
_AROUND = 500
"""Characters on both sides of an escape that are read with it."""

_URL_SAFE = str.maketrans("-_", "+/")


class View:
    """A text with some of it replaced, that knows the place of each part in the original."""

    def __init__(
        self, text: str, pattern: re.Pattern[str], read: Callable[[re.Match[str]], str]
    ) -> None:
        pieces: list[str] = []
        # Where parts begin here and there: by turns one that is the same, and one that is not.
        self._here, self._there = [0], [0]
        end = length = 0
        for match in pattern.finditer(text):
            new = read(match)
            if new == match[0]:
                continue
            pieces += (text[end : match.start()], new)
            length += match.start() - end
            end = match.end()
            self._here += (length, length + len(new))
            self._there += (match.start(), end)
            length += len(new)
        self.changed = bool(pieces)
        self.text = "".join((*pieces, text[end:])) if pieces else text

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that reads as this one."""
        first = bisect_right(self._here, start) - 1
        last = max(first, bisect_left(self._here, end) - 1)
        same = first % 2 == 0
        begins = self._there[first] + (start - self._here[first] if same else 0)
        ends = (
            self._there[last] + end - self._here[last] if last % 2 == 0 else self._there[last + 1]
        )
        return begins, ends


def undressed(text: str) -> View:
    """The text in plain letters, without what nobody sees."""
    return View(text, _DRESSED, _plain)


def unescaped(text: str) -> Iterator[tuple[int, View]]:
    """Each stretch in which a percent sign, a backslash or an entity spells ASCII, read."""
    stretches: list[list[int]] = []
    for match in _ESCAPE.finditer(text):
        start, end = max(0, match.start() - _AROUND), match.end() + _AROUND
        if stretches and start <= stretches[-1][1]:
            stretches[-1][1] = end
        else:
            stretches.append([start, end])
    for start, end in stretches:
        view = View(text[start:end], _ESCAPE, _spelled)
        if view.changed:
            yield start, view


def encoded_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Every stretch that is Base64 or hexadecimal of text, and that text."""
    for run in _RUN.finditer(text):
        number = _HEX.fullmatch(run[0])
        if read := _from_hex(number[1]) if number else _from_base64(run[0]):
            start, end = run.span()
            while text.startswith("=", end):
                end += 1
            yield start, end, read


def _plain(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) in {"Cf", "Mn", "Lo"}:
        return ""
    normal = unicodedata.normalize("NFKC", character)
    return normal if normal.isascii() else character


def _spelled(match: re.Match[str]) -> str:
    said = match[0]
    read = html.unescape(said) if said[0] == "&" else chr(int(said.lstrip("%\\ux"), 16))
    return read if read.isascii() and (read.isprintable() or read in "\t\n") else said


def _from_hex(digits: str) -> str:
    return _text_of(bytes.fromhex(digits)) if len(digits) % 2 == 0 else ""


def _from_base64(run: str) -> str:
    run = run.translate(_URL_SAFE)
    try:
        return _text_of(base64.b64decode(run + "=" * (-len(run) % 4), validate=True))
    except binascii.Error:
        return ""


def _text_of(data: bytes) -> str:
    """The text that bytes are, or "" where they are none."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return text if text.translate(_LINES).isprintable() else ""


_LINES = str.maketrans("", "", "\t\r\n")
