"""What programs make of their words: data, or code of some language.

A value may stand where a program is known to take data. Where a program starts another, that one
is judged. A program that nobody knows takes words as data, but no longer texts, which could be of
a language of its own. The programs are in code_programs.yaml.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from holmes.policy import verb_positions
from holmes.policy.programs import known
from holmes.policy.tables import flags, names
from holmes.tools.code_call import (
    ASSIGNED,
    HELD,
    TYPED,
    WRITE_IT,
    Call,
    Problem,
    program_name,
    table,
)
from holmes.tools.code_languages import LANGUAGES, standard_input
from holmes.tools.shell_words import OUTPUT, Word

_EXEC_TAKES = dict.fromkeys(
    names("-e -u -w --env --user --workdir --env-file --name --network -v"), 1
)


def problems(call: Call) -> Iterator[Problem]:
    """Every word of a command that would be code, and what is wrong with its standard input."""
    texts = call.texts
    filled = any(kind in {"bare", "quoted"} for kind, _ in call.words[0].pieces)
    # A text of the author's may stand for it (`config`, an enum).
    if filled or not re.fullmatch(r"[\w./+:@~\0\[-]+|[}!;]+", texts[0]):
        yield call.problem(0, "the name of the program", WRITE_IT)
        return
    if "/" in texts[0]:
        call.ran(call.words[0])
    kind = table()["kinds"].get(call.name, "")
    own = not kind and call.name not in known()
    refused = names(table()["commands"].get(call.name, table()["commands"]["*"] if own else ""))
    options = {text.partition("=")[0] for text in texts if text.startswith("--")}
    options |= {f"-{letter}" for text in texts if re.match("-[A-Za-z]", text) for letter in text}
    if refused & options or (any(call.held) and refused & {*texts[1:4]}):
        yield call.problem(0, f"what {call.name} does", WRITE_IT)
    if kind:
        yield from _READERS[kind](call)
    elif call.name in table()["flags"] or call.name in known():
        yield from _with_flags(call)
    else:
        yield from _unknown(call)


def assigned(name: str, word: Word, *, held: bool) -> Iterator[Problem]:
    """What is wrong with a value in a variable: some are read by shells, loaders and programs."""
    read_by = table()["variables"]
    if re.fullmatch(read_by["always"], name) or (held and re.fullmatch(read_by["held"], name)):
        what = f"the variable {name}, which programs read,"
        yield Problem(line=word.line, what=what, instead="name the variable otherwise")


def _starter(call: Call) -> Iterator[Problem]:
    """env, timeout, sudo …: their own words are fixed, and the program is judged that they name."""
    texts, at = call.texts, 1
    fixed = table()["starters"][call.name]
    takes = names(table()["starter_values"].get(call.name, ""))
    while at < len(texts):
        own = texts[at].startswith("-") or texts[at - 1] in takes
        line = (call.name, texts[at][:2]) in {("env", "-S"), ("flock", "-c")} or (
            texts[at].startswith(("--split-string", "--command"))
        )
        if line or (own and table()["kinds"].get(texts[at]) == "shell"):
            yield call.problem(at, f"a command line for {call.name}", WRITE_IT)
        match = ASSIGNED.match(texts[at])
        if not own and not match and not fixed:
            yield from problems(call.cut(at))
            return
        if match:
            yield from assigned(match["name"], call.words[at], held=call.held[at])
        elif call.held[at]:
            yield call.problem(at, f"an option of {call.name}")
        fixed -= not own and not match
        at += 1
    if call.name not in {"env", "exec", "flock", "time"}:
        yield call.problem(0, f"what {call.name} starts", WRITE_IT)


def _xargs(call: Call) -> Iterator[Problem]:
    """What xargs reads ends the words of the program, or stands where {} or the sign of -I does."""
    texts = call.texts
    signs = {"{}", *(after for text, after in pairwise(texts) if text == "-I")}
    signs |= {text[2:] for text in texts if re.match("-I.", text)}
    own = call.operand(1, dict.fromkeys(names(table()["starter_values"]["xargs"]), 1))
    held = [
        one or (at >= own and any(sign in texts[at] for sign in signs))
        for at, one in enumerate(call.held)
    ]
    more = Word(line=call.words[0].line, pieces=[("quoted", OUTPUT)])
    yield from _starter(replace(call, words=[*call.words, more], held=[*held, True]))


def _kubectl(call: Call) -> Iterator[Problem]:
    end = call.texts.index("--") if "--" in call.texts else len(call.texts)
    yield from _with_flags(call.cut(0, end))
    if end + 1 < len(call.texts):
        yield from problems(call.cut(end + 1))


def _container(call: Call) -> Iterator[Problem]:
    """The second operand of docker exec and docker run is the program."""
    texts = call.texts
    verb = next((at for at in range(1, min(4, len(texts))) if texts[at] in {"exec", "run"}), 0)
    if not verb:
        yield from _with_flags(call)
        return
    at = call.operand(verb + 1, _EXEC_TAKES)
    options = [text for text in texts[verb + 1 : at] if text[:1] == "-" and text not in _EXEC_TAKES]
    known_ones = all(
        re.fullmatch(r"-[itdP]+|--(rm|tty|interactive|detach)|--.*=.*", o) for o in options
    )
    fixed = at + (texts[verb] == "run") if known_ones else len(texts)
    if any(call.held[:fixed]):
        yield call.problem(verb, f"what {call.name} starts", "write options as --name=value")
    if at + 1 < len(texts):
        yield from problems(call.cut(at + 1))


def _psql(call: Call) -> Iterator[Problem]:
    yield from _with_flags(call)
    if not {"-c", "-f"} & {*call.texts}:
        instead = "write psql -v x={{ x }} <<'END' with :'x' in the query"
        yield from standard_input(call, _psql_code, instead)


def _psql_code(text: str, line: int) -> Iterator[Problem]:
    if re.search(r"\\|`|(?<![:\w]):[A-Za-z_]", text):
        yield Problem(line=line, what="a query or command of psql", instead="write :'x' in a query")


def _ssh(call: Call) -> Iterator[Problem]:
    """The host may be a value; what runs there is read by a shell."""
    at = 1
    while at < len(call.texts) and call.texts[at].startswith("-"):
        at += 2 if call.texts[at][-1] in "bcDeEFIiJLlmOopQRSWw" else 1
    if any(call.held[:at]) or any(call.held[at + 1 :]):
        yield call.problem(0, "a command line for ssh", WRITE_IT)
    elif at + 1 < len(call.texts):
        yield from call.script(" ".join(call.texts[at + 1 :]), call.words[at + 1].line)
    else:
        yield from standard_input(call, call.script, "write the command that runs there")


def _find(call: Call) -> Iterator[Problem]:
    starts = [at for at, text in enumerate(call.texts[:-1]) if re.match("-(exec|ok)", text)]
    yield from _with_flags(call.cut(0, starts[0] if starts else None))
    for at in starts:
        yield from problems(call.cut(at + 1))


# All other programs.


def _with_flags(call: Call) -> Iterator[Problem]:
    """A program whose options are known: a value is an operand, or of an option in its table."""
    texts, name = call.texts, call.name
    taken = dict(flags(table()["flags"].get(name, "")))
    if (program := known().get(name)) is not None:
        for command in program.commands.values():
            taken |= command.flags
        taken |= {**program.common, **(program.granted or {})}
        for at in sorted(verb_positions(texts)):
            # A whole word of a plain command is judged when it is known.
            judged = call.plain and at < len(texts) and len(call.words[at].pieces) == 1
            if at < len(texts) and call.held[at] and not judged:
                yield call.problem(at, f"what {name} does", WRITE_IT)
    for at in (at for at, held in enumerate(call.held) if held and at):
        flag = texts[at] if texts[at][:1] == "-" else texts[at - 1]
        if flag[:1] != "-" or flag in {"-", "--"} or (flag is not texts[at] and "=" in flag):
            continue
        named = flag.lstrip("-").partition("=")[0].partition(HELD)[0]
        long = flag.startswith("--") or name in names(table()["single_dash"])
        every = [named] if long or not named else list(named.rstrip("0123456789"))
        if not all(each in taken for each in every) or _is_code(flag, call):
            yield call.problem(at, f"the option {flag.partition(HELD)[0]} of {name}", WRITE_IT)


def _is_code(flag: str, call: Call) -> bool:
    """Whether a known option is an output format, or a file or a patch that is applied."""
    if table()["kinds"].get(call.name) not in {"kubectl", "container"}:
        return False
    follows = {"logs", "ps", "ls", "images", "events", "top"} & {*call.texts}
    return bool(
        re.match(r"-o|--(output|template|format|go-template)", flag)
        or (re.match(r"-[fkp]", flag) and not follows)
    )


def _unknown(call: Call) -> Iterator[Problem]:
    """A program that nobody knows: words are data, longer texts might be code."""
    texts, programs = call.texts, table()
    for at in (at for at, held in enumerate(call.held) if held and at):
        flag = texts[at] if texts[at].startswith("-") else texts[at - 1]
        if at == 1 and call.name in names(programs["verbs"]):
            yield call.problem(at, f"what {call.name} does", WRITE_IT)
        if call.name not in names(programs["texts"]) and re.search(r"[\s;|&$`(){}<>]", texts[at]):
            instead = f"give it as a word of its own, or {TYPED}"
            what = f"a part of a longer text for {call.name}, which could read it as code,"
            yield call.problem(at, what, instead)
        elif re.match(programs["options"], flag):
            yield call.problem(at, f"the option {flag.partition('=')[0]}", WRITE_IT)
    for at in range(1, len(texts)):
        kind = programs["kinds"].get(program_name(texts[at]), "")
        option = "/" in texts[at] or "".join(texts[at + 1 : at + 2]).startswith("-")
        if kind == "shell" or (option and kind not in {"", "data"}):
            yield from problems(call.cut(at))
            return


_READERS: Mapping[str, Callable[[Call], Iterator[Problem]]] = {
    **LANGUAGES,
    "data": lambda _: iter(()),
    "starter": _starter,
    "xargs": _xargs,
    "kubectl": _kubectl,
    "container": _container,
    "psql": _psql,
    "ssh": _ssh,
    "find": _find,
}
