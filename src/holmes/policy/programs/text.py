"""Programs that take text apart and put it in order; of files they read what the user gave."""

import re

from holmes.policy.tables import (
    Command,
    Invocation,
    Program,
    Refusal,
    flags,
)

# A set for tr that can't turn a value into something that no longer looks like one.
_TR_SETS = re.compile(
    r"(\[:(lower|upper|space|blank|digit|alpha|alnum|punct):\]|\\[nt\\]|[^A-Za-z0-9\\-])+"
)
_CASES = frozenset({("a-z", "A-Z"), ("A-Z", "a-z")})


def _check_tr(found: Invocation) -> Refusal:
    sets = found.operands
    if found.value("delete") == "true" and len(sets) == 1:
        return ""
    if sets in _CASES or (sets and all(_TR_SETS.fullmatch(part) for part in sets)):
        return ""
    return "tr changes the case or replaces spaces and signs; it does not translate letters"


def _filter(name: str, notation: str, *, number: str = "", files: bool = True) -> Program:
    return Program(
        name=name,
        gnu=True,
        operand=None,
        environment="bare",
        number=number,
        files_from=(lambda _: 0) if files else None,
        commands={"": Command(flags=flags(notation), operands=None if files else 0)},
    )


PROGRAMS = (
    _filter("cat", "number/n number-nonblank/b squeeze-blank/s show-all/A show-ends/E show-tabs/T"),
    _filter("head", "lines/n= bytes/c= quiet/q verbose/v", number="n"),
    # No -f and -F: they wait.
    _filter("tail", "lines/n= bytes/c= quiet/q verbose/v", number="n"),
    _filter("tac", ""),
    _filter("nl", "body-numbering/b= number-width/w= number-separator/s="),
    _filter("wc", "lines/l words/w chars/m bytes/c max-line-length/L"),
    # No -o, -T and --compress-program: they write and start programs.
    _filter(
        "sort",
        "key/k= field-separator/t= numeric-sort/n reverse/r unique/u human-numeric-sort/h "
        "version-sort/V general-numeric-sort/g month-sort/M ignore-case/f stable/s "
        "ignore-leading-blanks/b dictionary-order/d check/c",
    ),
    # No operand: the second one is a file that it writes.
    _filter(
        "uniq",
        "count/c repeated/d unique/u ignore-case/i skip-fields/f= skip-chars/s= check-chars/w= "
        "all-repeated/D",
        files=False,
    ),
    _filter("cut", "fields/f= delimiter/d= characters/c= bytes/b= only-delimited/s complement "
            "output-delimiter="),
    _filter("column", "table/t separator/s= output-separator/o= table-columns/N=", files=False),
    _filter("fold", "width/w= spaces/s"),
    Program(
        name="tr",
        gnu=True,
        operand=None,
        environment="bare",
        commands={
            "": Command(
                flags=flags("delete/d squeeze-repeats/s complement/c"), operands=2, check=_check_tr
            )
        },
    ),
)  # fmt: skip
