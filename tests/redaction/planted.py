"""The corpus: 700 planted secrets and 700 look-alikes, made from templates and a fixed seed.

A third of the templates is held back: nothing was tuned on it. Which third is decided by a hash of
the template, so that a new line does not move the others.

    PYTHONPATH=tests python -m redaction.planted    # print every case
"""

import base64
import hashlib
import random
import re
import string
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

LINES = Path(__file__).parent / "lines"
WANTED = 700
_OPEN, _CLOSE, _BREAK = "⟦", "⟧", "␤"
_CODE = re.compile(r"\{(\w+)(?::((?:\{\w+(?::\d+)?\}|[^{}]|\{(?=\")|(?<=[\"}])\})*))?\}")
_WORDS = ("orders", "checkout", "billing", "search", "catalog", "ledger", "mailer", "harbor")
_PASSWORD_WORDS = ("Winter", "correct", "Tiger", "monkey", "Zurich", "dragon", "plough", "Velvet")
_URLSAFE = string.ascii_letters + string.digits + "-_"

Half: TypeAlias = Literal["open", "held back"]
Name: TypeAlias = Literal["secrets", "lookalikes", "odd_secrets", "odd_lookalikes"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line or block of text; `secrets` are the stretches that must not survive."""

    text: str
    secrets: tuple[tuple[int, int], ...]
    half: Half
    template: str


def cases(name: Name) -> list[Case]:
    """All cases of one file: the odd ones once, others in rounds until 700 are there."""
    templates = [
        line
        for line in (LINES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("# ")
    ]
    made: list[Case] = []
    while True:
        for template in templates:
            made.append(_case(template, len(made)))
            count = sum(len(case.secrets) for case in made) if name == "secrets" else len(made)
            if count >= WANTED:
                return made
        if name.startswith("odd"):
            return made


def _case(template: str, number: int) -> Case:
    rng = random.Random(f"{template} {number}")  # noqa: S311  # the same on every machine
    filled = _fill(template.replace(_BREAK, "\n"), rng)
    pieces = re.split(f"({_OPEN}|{_CLOSE})", filled)
    text, starts, secrets = "", [], []
    for piece in pieces:
        if piece == _OPEN:
            starts.append(len(text))
        elif piece == _CLOSE:
            secrets.append((starts.pop(), len(text)))
        else:
            text += piece
    third = hashlib.sha256(template.encode()).digest()[0] % 3 == 0
    return Case(
        text=text,
        secrets=tuple(secrets),
        half="held back" if third else "open",
        template=template,
    )


def _fill(template: str, rng: random.Random) -> str:
    return _CODE.sub(lambda code: _make(code, rng), template)


def _make(code: re.Match[str], rng: random.Random) -> str:
    kind, argument = code[1], code[2] or ""
    if kind in _WRITTEN:
        return _WRITTEN[kind](_fill(argument, rng).replace("\\n", "\n").replace("\\r", "\r"))
    if kind in _PLAIN:
        return _PLAIN[kind](rng)
    if kind in _ALPHABETS and argument.isdigit():
        return "".join(rng.choices(_ALPHABETS[kind], k=int(argument)))
    return "{" + _fill(code[0][1:], rng)  # a brace of the line's own


def _uuid(rng: random.Random) -> str:
    digits = "".join(rng.choices("0123456789abcdef", k=32))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _jwt(rng: random.Random) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
    body = f'{{"sub":"{rng.randrange(10**9)}","iss":"https://issuer.example.com"}}'
    payload = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
    return f"{header}.{payload}.{''.join(rng.choices(_URLSAFE, k=86))}"


def _simple_password(rng: random.Random) -> str:
    return f"{rng.choice(_PASSWORD_WORDS)}{rng.randrange(100, 9999)}{rng.choice('xkzq')}"


def _password(rng: random.Random) -> str:
    return f"{_simple_password(rng)}{rng.choice('!$%^*.~+')}{rng.choice(_PASSWORD_WORDS)[:3]}"


def _basic(rng: random.Random) -> str:
    return base64.b64encode(f"svc:{_simple_password(rng)}".encode()).decode()


def _each(form: str) -> Callable[[str], str]:
    return lambda text: "".join(form.format(ord(character)) for character in text)


_WRITTEN: dict[str, Callable[[str], str]] = {
    "b64of": lambda text: base64.b64encode(text.encode()).decode(),
    "b64uof": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hexof": lambda text: text.encode().hex(),
    "pctof": _each("%{:02X}"),
    "uof": _each("\\u{:04x}"),
    "xof": _each("\\x{:02x}"),
    "entof": _each("&#{};"),
    "wideof": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "boldof": lambda text: "".join(chr(0x1D400 - 97 + 26 + ord(c)) for c in text),
    "zwof": "\u200b".join,
}
_PLAIN: dict[str, Callable[[random.Random], str]] = {
    "uuid": _uuid,
    "jwt": _jwt,
    "pw": _password,
    "pws": _simple_password,
    "b64pw": _basic,
    "word": lambda rng: rng.choice(_WORDS),
}
_ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "b64": string.ascii_letters + string.digits + "+/",
    "b64u": _URLSAFE,
    "b32": string.ascii_uppercase + "234567",
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "up": string.ascii_uppercase + string.digits,
    "low": string.ascii_lowercase + string.digits,
    "dig": string.digits,
}


def log_lines(size: int) -> str:
    """About `size` characters of ordinary logs with a secret in every thousandth line."""
    rng = random.Random(7)  # noqa: S311
    quiet = [case.text.replace("\n", " ") for case in cases("lookalikes")]
    loud = [case.text.replace("\n", " ") for case in cases("secrets")]
    lines: list[str] = []
    used = 0
    while used < size:
        source = loud if len(lines) % 1000 == 0 else quiet
        line = f"2026-11-25T10:00:{len(lines) % 60:02d}.{zlib.crc32(bytes(len(lines) % 99)):09d}Z "
        line += f"level=info component=api {rng.choice(source)[:300]}"
        lines.append(line)
        used += len(line) + 1
    return "\n".join(lines)


if __name__ == "__main__":
    for case in [*cases("secrets"), *cases("lookalikes")]:
        sys.stdout.write(f"--- {case.half} {case.secrets}\n{case.text}\n")
