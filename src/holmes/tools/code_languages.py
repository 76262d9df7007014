"""Languages with a program of their own: where it stands among the words, and where data do."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from holmes.policy.programs import known
from holmes.policy.tables import names, read
from holmes.tools.code_call import HELD, OWN_FILE, TYPED, Call, Judge, Problem, table

_JQ_TAKES = dict.fromkeys(("--arg", "--argjson", "--slurpfile", "--rawfile", "--argfile"), 2) | (
    dict.fromkeys(("--indent", "-o", "-p", "--output-format", "--input-format"), 1)
)
# Strings, then patterns where no division can stand.
_AWK_TEXTS = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?:^|(?<=[~(,;{!&|\s]))/(?:[^/\\"\n]|\\.)*/')
_AWK_RUNS = re.compile(r"system|getline|@|(?<!\|)\|(?!\|)|\bprint[^;}\n]*>")


def _file(call: Call, at: int) -> Iterator[Problem]:
    if OWN_FILE.fullmatch(call.texts[at]):
        call.ran(call.words[at])
    else:
        yield call.problem(at, f"a file for {call.name}", "write its whole path yourself")


def standard_input(call: Call, judge: Judge, instead: str) -> Iterator[Problem]:
    """Code from standard input: a here-document without values, and nothing else."""
    if call.here is None or call.here[1]:
        yield call.problem(0, f"a program for {call.name}", instead)
    else:
        yield from judge(call.here[0].text, call.here[0].line)


def _shell(call: Call) -> Iterator[Problem]:
    texts = call.texts
    at = call.operand(1, dict.fromkeys(("-o", "+o", "-O", "+O", "--rcfile", "--init-file"), 1))
    command = any(re.match(r"[-+][a-zA-Z]*c|--command$", text) for text in texts[1:at])
    instead = f"""write sh -c '… "$1" …' sh {{{{ x }}}}, or {TYPED}"""
    if any(call.held[: at + 1]):
        yield call.problem(at, f"a program for {call.name}", instead)
    elif at >= len(texts) or texts[at] == "-" or (not command and "-s" in texts[:at]):
        yield from standard_input(call, call.script, instead)
    elif command:
        yield from call.script(texts[at], call.words[at].line)
    else:
        yield from _file(call, at)


def _awk(call: Call) -> Iterator[Problem]:
    texts = call.texts
    at = call.operand(1, dict.fromkeys(("-F", "-v", "-f", "--assign", "--field-separator"), 1))
    given = [
        each
        for each in range(1, at)
        if re.match(r"-[feEilW]|--(file|source|exec|include|load)", texts[each])
    ]
    if given and texts[given[0]] == "-f" and given[0] + 1 < len(texts):
        yield from _file(call, given[0] + 1)
    elif given or (at < len(texts) and call.held[at]):
        instead = f"write awk -v x={{{{ x }}}} '… x …', or {TYPED}"
        yield call.problem(at, f"a program for {call.name}", instead)
    elif at < len(texts) and _AWK_RUNS.search(_AWK_TEXTS.sub("", texts[at])):
        what = "a command or a file that awk runs, reads or writes"
        yield call.problem(at, what, "let the script run it")


def _sed(call: Call) -> Iterator[Problem]:
    found = read(known()["sed"], call.texts[1:])
    if isinstance(found, str):
        yield call.problem(0, f"a program for sed ({found})", "write one that only edits text")
    elif any(HELD in text for text in found.flags.get("expression") or found.operands[:1]):
        yield call.problem(1, "a program for sed")


def _jq(call: Call) -> Iterator[Problem]:
    at = call.operand(1, _JQ_TAKES)
    while call.texts[at : at + 1] and call.texts[at] in {"e", "ea", "eval", "eval-all"}:
        at = call.operand(at + 1, _JQ_TAKES)
    texts = call.texts[:at]
    files = [i for i, text in enumerate(texts) if re.match(r"-[A-Za-z]*[fL]|--from-file", text)]
    if files and files[0] + 1 < len(call.texts):
        yield from _file(call, files[0] + 1)
    elif files or any(call.held[at : at + 1]):
        instead = f"write jq --arg x {{{{ x }}}} '… $x …', or {TYPED}"
        yield call.problem(at, f"a program for {call.name}", instead)


def _python(call: Call) -> Iterator[Problem]:
    texts = call.texts
    at = next((i for i in range(1, len(texts)) if not re.match(r"-[bBdEIOqsSuv]+c?$", texts[i])), 0)
    option = texts[at] if at else "-"
    if texts[at - 1 : at] and re.match("-[A-Za-z]+c$", texts[at - 1]):
        option, at = "-c", at - 1
    if any(call.held[: at + 1 + (option == "-c")]):
        yield call.problem(at, "a program for python", _PYTHON_INSTEAD)
    elif option == "-c" and at + 1 < len(texts):
        yield from _python_code(texts[at + 1], call.words[at + 1].line)
    elif option == "-":
        yield from standard_input(call, _python_code, _PYTHON_INSTEAD)
    elif not option.startswith("-"):
        yield from _file(call, at)
    elif texts[at : at + 2] != ["-m", "json.tool"]:
        yield call.problem(at, f"what {option} runs", _PYTHON_INSTEAD)


_PYTHON_INSTEAD = "write python3 -c '… sys.argv[1] …' {{ x }} without eval, or a file of your own"


def _python_code(text: str, line: int) -> Iterator[Problem]:
    """What in a Python program could run a text: another module, or a function that evaluates."""
    python = table()["python"]
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        yield Problem(line=line, what="a program that is no Python", instead=_PYTHON_INSTEAD)
        return
    called = {node.id for node in nodes if isinstance(node, ast.Name)}
    reached = {node.attr for node in nodes if isinstance(node, ast.Attribute)} - {"compile"}
    found = {name for name in called | reached if name.startswith("__")}
    found |= (called | reached) & names(python["evaluates"])
    modules = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    found |= {name for name in modules if name.split(".")[0] not in names(python["modules"])}
    if found:
        what = f"something that {min(found)} runs in Python"
        yield Problem(line=line, what=what, instead=_PYTHON_INSTEAD)


def _own_file(call: Call) -> Iterator[Problem]:
    at = 1 + (call.texts[1:2] == ["-jar"])
    if len(call.words) > at and not call.texts[at].startswith("-"):
        yield from _file(call, at)
    else:
        instead = f"write {call.name} /path/to/your/file {{{{ x }}}}"
        yield call.problem(0, f"something that {call.name} runs", instead)


def _never(call: Call) -> Iterator[Problem]:
    yield call.problem(0, f"something that {call.name} runs", "use it in a tool without values")


def _fixed(call: Call) -> Iterator[Problem]:
    if any(call.held):
        yield call.problem(call.held.index(True), f"a word of {call.name}, which may run it,")


LANGUAGES: Mapping[str, Callable[[Call], Iterator[Problem]]] = {
    "shell": _shell,
    "awk": _awk,
    "sed": _sed,
    "jq": _jq,
    "python": _python,
    "file": _own_file,
    "never": _never,
    "fixed": _fixed,
}
