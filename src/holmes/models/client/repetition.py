"""Tells when a model goes round in circles: small ones do at temperature 0, and never end.

Seen on 2026-11-25: Qwen2.5 0.5B and 1.5B wrote the same two sentences until `max_tokens`, for
minutes on two cores.
"""

import re
from collections.abc import Iterator, Sequence

# Nobody writes the same words four times in a row, nor a whole passage three times; lists and
# tables repeat parts of their lines.
_ROUNDS = 4
_ROUNDS_OF_A_PASSAGE = 3
_PASSAGE = 400
_MOST_LINES = 100
_DIGITS = re.compile(r"\d+")
_LEAST_CHARACTERS = 320
_LEAST_OF_SIGNS = 2000
_LONGEST_ROUND = 2500
_PROBE = 24
_COUNTED = 8
_LOOKED_AT = 60_000  # characters at the end of a text; a hundred lines of 400 are 40,000

_NUMBER = re.compile(r"(?<=[:,\[\s])-?\d+(?=[,}\]\s])")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n")


def loop_start(text: str) -> int | None:
    """Where a text that ends in a loop is to be cut: after the first round; else None.

    A loop is the same up to 2,500 characters at least four times in a row (three times from 400
    characters on, as a small model recites three findings), 320 characters in all, or 2,000 where
    there is no letter and no digit among them. The cut is made at the first end of a sentence or of
    a line after the first round, so that what stays reads as written.
    """
    start = max(0, len(text) - _LOOKED_AT)
    found = _loop_start(text[start:])
    return None if found is None else start + found


def _loop_start(text: str) -> int | None:
    for period in _periods(text):
        repeated = _repeated(text, period)
        rounds = _ROUNDS_OF_A_PASSAGE if period >= _PASSAGE else _ROUNDS
        if repeated < rounds * period:
            continue
        spoken = any(character.isalnum() for character in text[-period:])
        if repeated < (_LEAST_CHARACTERS if spoken else _LEAST_OF_SIGNS):
            return None
        return _sentence_end(text, len(text) - repeated + period, period)
    return _counting_start(text)


def _counting_start(text: str) -> int | None:
    """The same where only digits differ from round to round: "[1] holmes scan …", "[2] holmes …".

    Lists and tables do that for a reason. So a line may come a hundred times, and then all of them
    stay; a passage may not come three times.
    """
    blurred = _DIGITS.sub("0", text)  # [9] and [10] are as long as each other
    line = covered = 0  # the length of a line that comes again and again, and of all of them
    for period in _periods(blurred):
        if line and period % line == 0:
            continue
        repeated = _repeated(blurred, period)
        if repeated < _ROUNDS_OF_A_PASSAGE * period:
            continue
        if period < _PASSAGE and not line:
            line, covered = period, repeated
            if repeated >= _MOST_LINES * period and any(map(str.isalpha, blurred[-period:])):
                return len(text)
        elif period >= _PASSAGE and repeated > covered + period:
            first_round = blurred[: len(blurred) - repeated + period]
            return _sentence_end(text, _unblurred(text, len(first_round)), period)
    return None


def _unblurred(text: str, position: int) -> int:
    """Where a position of the blurred text stands in the text itself."""
    for number in _DIGITS.finditer(text):
        if number.start() >= position:
            break
        position += len(number[0]) - 1
    return position


def _sentence_end(text: str, position: int, most: int) -> int:
    """The end of the sentence or line that goes on there, at most so many characters later."""
    end = _SENTENCE_END.search(text, position - 1, position + most)
    return end.end() if end else position


def counts_on(calls: Sequence[tuple[str, str]]) -> bool:
    """Whether the last eight calls (name, arguments) differ in nothing but a number.

    Digits in a name are no number: ten nodes may well be asked about in one reply. Seen on
    2026-11-26: the 1.5B called read_evidence for results 1 to 37, of which there was none, until
    `max_tokens`, 110 s on two cores.
    """
    last = calls[-_COUNTED:]
    alike = {(name, _NUMBER.sub("#", arguments)) for name, arguments in last}
    return len(last) == _COUNTED and len(alike) == 1


def _periods(text: str) -> Iterator[int]:
    """The distances at which the last characters of a text stood before, shortest first."""
    probe = text[-_PROBE:]
    least = max(0, len(text) - _PROBE - _LONGEST_ROUND)
    at = len(text) - _PROBE
    while at > least and (at := text.rfind(probe, least, at + _PROBE - 1)) >= 0:
        yield len(text) - _PROBE - at


def _repeated(text: str, period: int) -> int:
    """How many characters at the end of a text are the same as those one period earlier."""
    same, step = 0, 64
    while step:
        more = same + step
        end = len(text) - same
        if more <= len(text) - period and text[-more:end] == text[-more - period : end - period]:
            same, step = more, step * 2
        else:
            step //= 2
    return same + period
