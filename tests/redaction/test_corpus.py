"""The figures of docs/security.md, on the corpus in `lines/`."""

import time
from typing import Literal

import pytest

from holmes.redaction.detect import secrets_in
from holmes.redaction.redactor import Redactor
from holmes.redaction.untrusted import neutral
from redaction.planted import LINES, WANTED, Case, Half, cases, log_lines

HALVES: tuple[Half, ...] = ("open", "held back")
SLACK = 60
"""Characters around a planted secret that may be masked with it: the head of a private key."""


def masked(case: Case, start: int, end: int) -> bool:
    return any(f.start <= start and f.end >= end for f in secrets_in(case.text))


def is_false(case: Case, start: int, end: int) -> bool:
    return not any(
        start < planted_end and end > planted and start >= planted - SLACK
        for planted, planted_end in case.secrets
    )


def counts(half: Half, *, odd: bool = False) -> tuple[int, int, int]:
    """Secrets masked, secrets missed, stretches masked that were none."""
    hit = missed = false = 0
    for case in cases("odd_secrets" if odd else "secrets"):
        if case.half == half:
            for start, end in case.secrets:
                hit += masked(case, start, end)
                missed += not masked(case, start, end)
            false += sum(is_false(case, f.start, f.end) for f in secrets_in(case.text))
    for case in cases("odd_lookalikes" if odd else "lookalikes"):
        if case.half == half:
            false += len(secrets_in(case.text))
    return hit, missed, false


@pytest.mark.parametrize("name", ["secrets", "lookalikes"])
def test_the_corpus_holds_700_of_each_and_a_third_is_held_back(
    name: Literal["secrets", "lookalikes"],
) -> None:
    made = cases(name)
    assert (sum(len(c.secrets) for c in made) or len(made)) == WANTED
    held_back = sum(case.half == "held back" for case in made) / len(made)
    assert 0.25 < held_back < 0.42
    assert made == cases(name)


@pytest.mark.parametrize("half", HALVES)
def test_recall_and_precision(half: Half) -> None:
    hit, missed, false = counts(half)
    assert hit / (hit + missed) >= 0.98
    assert hit / (hit + false) >= 0.99


@pytest.mark.parametrize("half", HALVES)
def test_recall_and_precision_on_odd_forms(half: Half) -> None:
    """Encoded, over two lines, in lists, in sentences, as codes, in commands; first run 0.88."""
    hit, missed, false = counts(half, odd=True)
    assert hit / (hit + missed) >= 0.92
    assert hit / (hit + false) >= 0.97


def test_what_is_missed_is_known() -> None:
    """`lines/missed.txt` names the templates that go through, for whoever finds a rule for them."""
    known = set((LINES / "missed.txt").read_text(encoding="utf-8").splitlines()[1:])
    missed = {
        case.template
        for case in [*cases("secrets"), *cases("odd_secrets")]
        if not all(masked(case, start, end) for start, end in case.secrets)
    }
    assert missed == known


def test_ten_times_the_logs_take_ten_times_as_long() -> None:
    """No limit in seconds, which a busy machine would miss: ten times the text, ten times as long.

    Twice that is let pass; a pattern that backtracks over a line would take a hundred times.
    """
    small, large = log_lines(300_000), log_lines(3_000_000)
    before = time.process_time()
    secrets_in(small)
    between = time.process_time()
    secrets_in(large)
    after = time.process_time()
    assert after - between < 25 * (between - before) + 0.5


HOSTILE = (
    *("a", "token", "token=", "password: ", "://a:", "eyJ", "-----BEGIN PRIVATE KEY-----"),
    *("kind: Secret\n", "kind: Secret\ndata:\n a: b\n", "mysql -p ", "curl -u a ", "cookie: a=b;"),
    *("ab_", "/hook", '{"kty":"d",', '"kty"', "secret for ", "value: a\nname: token\n", "echo a|"),
    *('"', "-", "a.b-", "1:", "<|", "a@b.", " [1]", "\x1b["),
    *("%70", "\\u0070", "&#112;", "\uff50", "p\u200b", "cGFzc3dvcmQ9", "70617373", "=", "\u2460"),
    *("password for a ", "password:\n", '["password",', "password is ", "as password ", "code is "),
    *("abandon ", "mnemonic ", "create secret --from-literal=a=b ", "zip -P ", "pin=", "AKIA:"),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_line_takes_no_more_than_its_length(unit: str) -> None:
    """Four times the line takes four times as long, not sixteen; half a second is let pass."""

    def seconds(size: int) -> float:
        line = unit * (size // len(unit))
        before = time.process_time()
        neutral(Redactor(names=True).text(line))
        return time.process_time() - before

    assert seconds(200_000) < 10 * seconds(50_000) + 0.5
