"""What programs make of their words: data, or code of some language.

A value may stand where a program is known to take data. Where a program starts another, that one
is judged; a program that nobody knows takes words as data, but no longer texts, which could be of
a language of its own.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import TypeAlias

from holmes.policy import verb_positions
from holmes.policy.programs import known
from holmes.policy.tables import flags, names, read
from holmes.tools.shell import Word

TYPED = "declare the parameter as `type: integer` or with an `enum`"
_WRITE_IT = "write it yourself, or declare the parameter with an `enum`"
# Where a model's value stands in the text of a word, for tables that read words.
_HELD = "\1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A value that would be code: on which line, what reads it so, and how to write it."""

    line: int
    what: str
    instead: str = TYPED


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One command: its words, which of them hold what a model chose, and its here-document.

    script   the problems of a script that a shell reads, by its text and its first line
    ran      notes a file that is run; it must not be one that the script could have written
    plain    whether the whole template is this one command, which is judged again when filled
    """

    words: Sequence[Word]
    held: Sequence[bool]
    script: Callable[[str, int], Iterator[Problem]]
    ran: Callable[[Word], None]
    here: tuple[Word, bool] | None = None
    plain: bool = False

    @property
    def texts(self) -> list[str]:
        """The words as they are written, with a sign for what is filled in."""
        return [
            word.text.replace("\0", _HELD) if held else word.text
            for word, held in zip(self.words, self.held, strict=True)
        ]

    @property
    def name(self) -> str:
        """The program's name, without a folder or a version: python for /usr/bin/python3.11."""
        name = PurePath(self.words[0].text).name
        return name if name in _READERS else re.sub(r"(?<=[a-z])[0-9.]+$", "", name)

    def from_word(self, at: int) -> "Call":
        """The command that begins with one of these words."""
        return replace(self, words=self.words[at:], held=self.held[at:])

    def problem(self, at: int, what: str, instead: str = TYPED) -> Problem:
        """What is wrong with one word."""
        return Problem(line=self.words[min(at, len(self.words) - 1)].line, what=what, instead=instead)


Reader: TypeAlias = Callable[[Call], Iterator[Problem]]


def problems(call: Call) -> Iterator[Problem]:
    """Every word of a command that would be code, and what is wrong with its standard input."""
    # A text of the author's may stand for it (`config`, an enum), a variable not.
    if call.held[0] or any(kind in {"bare", "quoted"} for kind, _ in call.words[0].pieces) or (
        not re.fullmatch(r"[\w./+:@~\0\[-]+|[}!;]+", call.texts[0])
    ):
        yield call.problem(0, "the name of the program", _WRITE_IT)
        return
    if "/" in call.words[0].text:
        call.ran(call.words[0])
    name = call.name
    if name in _DATA:
        return
    if reader := _READERS.get(name):
        yield from reader(call)
    elif name in _FLAGS or name in known():
        yield from _with_flags(call)
    else:
        yield from _unknown(call)


OWN_FILE = re.compile(r"/(?!dev/|proc/)[^\0\1]+")


def _file(call: Call, at: int) -> Iterator[Problem]:
    """A file of code that is run: it must be the author's."""
    if not OWN_FILE.fullmatch(call.texts[at]):
        yield call.problem(at, f"a file for {call.name}", "write its whole path yourself")
    else:
        call.ran(call.words[at])


# Languages with a place for data.


def _shell(call: Call) -> Iterator[Problem]:
    texts, at, command = call.texts, 1, False
    what = f"a program for {call.name}"
    instead = f"""write sh -c '… "$1" …' sh {{{{ x }}}}, or {TYPED}"""
    while at < len(texts) and texts[at][:1] in {"-", "+"} and texts[at] != "--":
        command |= bool(re.match(r"[-+][a-zA-Z]*c|--command$", texts[at]))
        at += 2 if texts[at] in {"-o", "+o", "-O", "+O", "--rcfile", "--init-file"} else 1
    at += texts[at : at + 1] == ["--"]
    if any(call.held[: at + 1]):
        yield call.problem(at, what, instead)
    elif at >= len(texts) or (not command and "-s" in texts[:at]):
        yield from _standard_input(call, call.script, instead)
    elif command:
        yield from call.script(texts[at], call.words[at].line)
    else:
        yield from _file(call, at)


def _standard_input(
    call: Call, read_code: Callable[[str, int], Iterator[Problem]], instead: str
) -> Iterator[Problem]:
    """Code from standard input: a here-document without values, and nothing else."""
    if call.here is None or call.here[1]:
        yield call.problem(0, f"a program for {call.name}", instead)
    else:
        word = call.here[0]
        yield from read_code(word.text, word.line)


def _awk(call: Call) -> Iterator[Problem]:
    texts, at = call.texts, 1
    instead = f"write awk -v x={{{{ x }}}} '… x …', or {TYPED}"
    while at < len(texts) and texts[at].startswith("-") and texts[at] != "--":
        if texts[at] in {"-f", "--file"} and at + 1 < len(texts):
            yield from _file(call, at + 1)
            return
        if re.match(r"-[feEil]|--(file|source|exec|include|load)", texts[at]):
            yield call.problem(at, f"a program for {call.name}", instead)
            return
        at += 2 if texts[at] in {"-F", "-v", "--assign", "--field-separator"} else 1
    at += texts[at : at + 1] == ["--"]
    if at < len(texts) and call.held[at]:
        yield call.problem(at, f"a program for {call.name}", instead)
    elif at < len(texts) and _AWK_RUNS.search(_AWK_TEXTS.sub("", texts[at])):
        what = "a command or a file that awk runs, reads or writes"
        yield call.problem(at, what, "let the script run it")


# Strings, then patterns where no division can stand.
_AWK_TEXTS = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?:(?<=^)|(?<=[~(,;{!&|\s]))/(?:[^/\\"\n]|\\.)*/')
_AWK_RUNS = re.compile(r"system|getline|@|(?<!\|)\|(?!\|)|\bprint[^;}\n]*>")


def _sed(call: Call) -> Iterator[Problem]:
    found = read(known()["sed"], call.texts[1:])
    if isinstance(found, str):
        yield call.problem(0, f"a program for sed ({found})", "write a script that only edits text")
    elif any(_HELD in text for text in found.flags.get("expression") or found.operands[:1]):
        yield call.problem(1, "a program for sed")


def _jq(call: Call) -> Iterator[Problem]:
    texts, at = call.texts, 1
    while at < len(texts) and (texts[at].startswith("-") or texts[at] in _YQ_COMMANDS):
        if re.match(r"-[A-Za-z]*[fL]|--from-file", texts[at]):
            break
        at += 1 + _JQ_TAKES.get(texts[at], 0)
    if any(call.held[at : at + 2 if texts[at : at + 1] and texts[at][:1] == "-" else at + 1]):
        instead = f"write jq --arg x {{{{ x }}}} '… $x …', or {TYPED}"
        yield call.problem(at, f"a program for {call.name}", instead)


_YQ_COMMANDS = frozenset({"e", "ea", "eval", "eval-all"})
_JQ_TAKES = MappingProxyType(
    {"--arg": 2, "--argjson": 2, "--slurpfile": 2, "--rawfile": 2, "--argfile": 2, "--indent": 1}
    | dict.fromkeys(("-o", "-p", "--output-format", "--input-format"), 1)
)


def _python(call: Call) -> Iterator[Problem]:
    texts, at = call.texts, 1
    while at < len(texts) and re.fullmatch(r"-[bBdEIOqsSuv]+", texts[at]):
        at += 1
    option = texts[at] if at < len(texts) else "-"
    instead = _PYTHON_INSTEAD
    if any(call.held[: at + 1]) or (option == "-c" and any(call.held[at : at + 2])):
        yield call.problem(at, f"a program for {call.name}", instead)
    elif option == "-c" and at + 1 < len(texts):
        yield from _python_code(texts[at + 1], call.words[at + 1].line)
    elif option == "-":
        yield from _standard_input(call, _python_code, instead)
    elif option.startswith("-") and texts[at : at + 2] != ["-m", "json.tool"]:
        yield call.problem(at, f"a program for {call.name}", instead)
    elif not option.startswith("-"):
        yield from _file(call, at)


_PYTHON_INSTEAD = "write python3 -c '… sys.argv[1] …' {{ x }} without eval, or a file of your own"
_PYTHON_MODULES = names(
    "sys json re datetime time math statistics string textwrap csv collections itertools base64 "
    "hashlib urllib ipaddress html uuid decimal fractions"
)
_PYTHON_EVALUATES = names(
    "eval exec compile open getattr setattr globals locals vars breakpoint help input modules"
)


def _python_code(text: str, line: int) -> Iterator[Problem]:
    """What in a Python program could run a text: another module, or a function that evaluates."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        yield Problem(line=line, what="a program that is no Python", instead=_PYTHON_INSTEAD)
        return
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    evaluates = (used & _PYTHON_EVALUATES) - ({"compile"} if "eval" not in used else set())
    evaluates |= {name for name in used if name.startswith("__")}
    if found := evaluates | {each for each in modules if each.split(".")[0] not in _PYTHON_MODULES}:
        what = f"something that {min(found)} runs in Python"
        yield Problem(line=line, what=what, instead=_PYTHON_INSTEAD)


def _own_file(call: Call) -> Iterator[Problem]:
    """Languages whose programs are not read here: a file of the author's with words for it."""
    if len(call.words) < 2 or call.texts[1].startswith("-"):
        instead = f"write {call.name} /path/to/your/file {{{{ x }}}}"
        yield call.problem(0, f"something that {call.name} runs", instead)
    else:
        yield from _file(call, 1)


def _fixed(call: Call) -> Iterator[Problem]:
    """Programs whose words may start others, or choose a file that is written."""
    for at, held in enumerate(call.held):
        if held:
            yield call.problem(at, f"a word of {call.name}, which may run it")


def _psql(call: Call) -> Iterator[Problem]:
    """psql takes data by -v, which a quoted :'name' in a here-document reads."""
    instead = "write psql -v x={{ x }} <<'END' with :'x' in the query"
    for at, held in enumerate(call.held):
        before = call.texts[at - 1]
        if held and not (re.fullmatch("-[vhpU]", before) or re.match("-[vhpU]|--(set|host)=", call.texts[at])):
            yield call.problem(at, "a query", instead)
    if not re.search("\0-(c|f)", "\0".join(call.texts)):
        yield from _standard_input(call, _psql_code, instead)


def _psql_code(text: str, line: int) -> Iterator[Problem]:
    if re.search(r"\\|`|(?<![:\w]):[A-Za-z_]", text):
        yield Problem(line=line, what="a query or command of psql", instead="write :'x' in a query")


def _never(call: Call) -> Iterator[Problem]:
    """Programs that read commands of some kind from their words, their input or their folder."""
    yield call.problem(0, f"something that {call.name} runs", "use it in a tool without values")


# Programs that start others.


def _starter(call: Call) -> Iterator[Problem]:
    """env, timeout, sudo …: their own words are fixed, and the program is judged that they name."""
    texts, at = call.texts, 1
    fixed, with_values = _STARTERS[call.name]
    while at < len(texts):
        own = texts[at].startswith("-") or texts[at - 1] in with_values
        if (call.name == "env" and re.match(r"-[iv0]*S|--split", texts[at])) or (
            call.name == "flock" and texts[at] in {"-c", "--command"}
        ):
            yield call.problem(at, f"a command line for {call.name}", _WRITE_IT)
        if texts[at] in _SHELLS and own:
            yield from problems(call.from_word(at))
        if not own and not ASSIGNED.match(texts[at]):
            if not fixed:
                yield from problems(call.from_word(at))
                return
            own, fixed = True, fixed - 1
        if own and call.held[at]:
            yield call.problem(at, f"an option of {call.name}")
        elif match := ASSIGNED.match(texts[at]):
            yield from assigned(match["name"], call.words[at], held=call.held[at])
        at += 1


def _xargs(call: Call) -> Iterator[Problem]:
    """What xargs reads ends the words of the program, or stands where {} does."""
    texts = call.texts
    signs = {"{}", *(texts[at + 1] for at in range(len(texts) - 1) if texts[at] == "-I")}
    signs |= {text[2:] for text in texts if re.match("-I.", text)}
    held = [one or any(sign in text for sign in signs) for one, text in zip(call.held, texts, strict=True)]
    own = [text.startswith("-") or texts[at] in signs for at, text in enumerate(texts)]
    first = next((at for at in range(1, len(texts)) if not own[at]), len(texts))
    held[:first] = call.held[:first]
    more = Word(line=call.words[0].line, pieces=[("quoted", "()")])
    yield from _starter(replace(call, words=[*call.words, more], held=[*held, True]))


def _helm(call: Call) -> Iterator[Problem]:
    if any(call.held) and {*call.texts[1:4]} & _HELM_RENDERS:
        yield call.problem(0, "what helm renders", _WRITE_IT)
    yield from _with_flags(call)


_HELM_RENDERS = names("install upgrade template pull plugin lint dependency package repo registry")


def _kubectl(call: Call) -> Iterator[Problem]:
    end = call.texts.index("--") if "--" in call.texts else len(call.texts)
    front = replace(call, words=call.words[:end], held=call.held[:end])
    yield from _with_flags(front)
    for at, text in enumerate(front.texts):
        # Elsewhere -f follows logs, and -p asks for the run before.
        given = re.match("-[fkp]", text) or re.match("-[fkp]$", front.texts[at - 1])
        if front.held[at] and given and {*front.texts[1:4]} & _KUBECTL_WRITES:
            yield call.problem(at, "what kubectl applies", _WRITE_IT)
    if end + 1 < len(call.texts):
        yield from problems(call.from_word(end + 1))


_KUBECTL_WRITES = names("apply create replace patch delete set")


def _container(call: Call) -> Iterator[Problem]:
    """docker exec, docker run: the second operand is the program, later where options take values."""
    texts = call.texts
    at = next((i for i in range(1, min(4, len(texts))) if texts[i] in {"exec", "run"}), 0)
    if not at:
        yield from _with_flags(call)
        return
    operands: list[int] = []
    unsure = 0
    for i in range(at + 1, len(texts)):
        value = texts[i - 1] in _EXEC_VALUES and i - 1 > at
        option = len(operands) < 2 + unsure and texts[i].startswith("-")
        if call.held[i] and (value or option or (texts[at] == "run" and not operands)):
            yield call.problem(i, f"what {call.name} starts", _WRITE_IT)
        if option and not value:
            unsure += not re.fullmatch(r"-[itdP]+|--(rm|tty|interactive|detach)|.*=.*", texts[i])
            unsure -= texts[i] in _EXEC_VALUES
        elif not value:
            operands.append(i)
    if any(call.held[i] for i in operands[1 : 2 + unsure]):
        yield call.problem(operands[1], "the name of the program", _WRITE_IT)
    elif len(operands) > 1:
        yield from problems(call.from_word(operands[1]))
    yield from _shells_in(call)


_EXEC_VALUES = frozenset("-e -u -w --env --user --workdir --env-file --name --network -v".split())


def _ssh(call: Call) -> Iterator[Problem]:
    """The host may be a value; what runs there is read by a shell."""
    at = 1
    while at < len(call.texts) and call.texts[at].startswith("-") and not call.held[at]:
        at += 2 if call.texts[at][-1] in "bcDeEFIiJLlmOopQRSWw" else 1
    host = 0 if any(call.held[:at]) else at
    if any(held and at != host for at, held in enumerate(call.held)):
        yield call.problem(0, f"a command line for {call.name}", _WRITE_IT)


def _git(call: Call) -> Iterator[Problem]:
    if any(call.held) and not {*call.texts[1:4]} & _GIT_READS:
        yield call.problem(0, "what git does", _WRITE_IT)
    yield from _with_flags(call)


_GIT_READS = names("log show diff blame grep rev-parse rev-list status shortlog cat-file ls-tree")


def _find(call: Call) -> Iterator[Problem]:
    texts = call.texts
    starts = [at + 1 for at, text in enumerate(texts[:-1]) if re.match("-(exec|ok)", text)]
    end = starts[0] - 1 if starts else len(texts)
    yield from _with_flags(replace(call, words=call.words[:end], held=call.held[:end]))
    for at in starts:
        yield from problems(call.from_word(at))


# All other programs.


def _with_flags(call: Call) -> Iterator[Problem]:
    """A program whose options are known: a value may be an operand, or of an option in its table."""
    texts, name = call.texts, call.name
    program = known().get(name)
    table = dict(_FLAGS.get(name, {}))
    if program is not None:
        for command in program.commands.values():
            table |= command.flags
        table |= {**program.common, **(program.granted or {})}
        if "" not in program.commands:
            for at in sorted(verb_positions(texts)):
                # A whole word of a plain command is judged when it is known.
                judged = call.plain and len(call.words[at : at + 1]) == 1 == len(call.words[at].pieces)
                if at < len(texts) and call.held[at] and not judged:
                    yield call.problem(at, f"what {name} does", _WRITE_IT)
    for at, text in enumerate(texts):
        if not call.held[at] or not at:
            continue
        flag = text if text[0] == "-" else texts[at - 1]
        if flag[0] != "-" or flag == "--" or _HELD in flag.partition("=")[0][:2]:
            continue
        named = flag.lstrip("-").partition("=")[0].partition(_HELD)[0]
        every = [named] if flag.startswith("--") or name in _SINGLE_DASH else list(named.rstrip("0123456789"))
        value_here = text is flag or "=" not in flag
        if value_here and any(table.get(each) is None for each in every):
            yield call.problem(at, f"the option {flag.partition('=')[0].strip(_HELD)} of {name}", _WRITE_IT)
        elif name in _FORMATTERS and value_here and _is_format(flag, texts):
            yield call.problem(at, f"an output format of {name}", _WRITE_IT)


def _is_format(flag: str, texts: Sequence[str]) -> bool:
    short = flag == "-f" and "inspect" in texts
    return short or bool(re.match(r"(-o|--output|--template|--format|--go-template)", flag))


def _unknown(call: Call) -> Iterator[Problem]:
    """A program that nobody knows: words are data, longer texts might be code."""
    for at, (text, held) in enumerate(zip(call.texts, call.held, strict=True)):
        before = call.texts[at - 1] if at else ""
        option = text if text.startswith("-") else before
        if held and call.name not in _TEXTS and re.search(r"[\s;|&$`(){}<>]", text):
            instead = f"give it as a word of its own, or {TYPED}"
            yield call.problem(at, f"a longer text for {call.name}, which could read it as code", instead)
        elif held and _CODE_OPTIONS.match(option):
            yield call.problem(at, f"the option {option.partition('=')[0]}", _WRITE_IT)
    if call.name in _REMOTE and any(call.held) and {*call.texts} & _REMOTE[call.name]:
        yield call.problem(0, f"what {call.name} runs elsewhere", _WRITE_IT)
    yield from _shells_in(call)


def _shells_in(call: Call) -> Iterator[Problem]:
    """Shells and interpreters that a program is told to start."""
    for at, text in enumerate(call.texts[1:], 1):
        option = call.texts[at + 1 : at + 2]
        name = re.sub(r"[0-9.]+$", "", PurePath(text).name)
        if name in _SHELLS or (name in _READERS and ("/" in text or (option and option[0][:1] == "-"))):
            yield from problems(call.from_word(at))
            return


def assigned(name: str, word: Word, *, held: bool) -> Iterator[Problem]:
    """What is wrong with a value in a variable: some are read by shells, loaders and programs."""
    if _READ_AT_START.fullmatch(name) or (held and _READ_BY_PROGRAMS.fullmatch(name)):
        what = f"the variable {name}, which programs read"
        yield Problem(line=word.line, what=what, instead="name the variable otherwise")


ASSIGNED = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<index>\[[^\]]*\])?\+?=")
_READ_AT_START = re.compile(r"BASH_ENV|ENV|PROMPT_COMMAND|PS[0-4]|LD_\w+|DYLD_\w+|SHELLOPTS|BASHOPTS")
_READ_BY_PROGRAMS = re.compile(
    r"IFS|HOME|SHELL|CDPATH|GLOBIGNORE|TMPDIR|TERM|DISPLAY|BASH\w*|XDG_\w+|GIT_\w+|PERL\w*|PYTHON\w*"
    r"|RUBY\w*|GEM_\w+|NODE\w*|NPM_\w+|LUA_\w+|PHP\w*|JAVA\w*|_JAVA\w*|JDK_\w+|GO\w+|AWK\w*|LESS\w*"
    r"|MAN\w+|HELM_\w+|KUBE\w*|DOCKER_\w+|SSH_\w+|SUDO_\w+|RSYNC_\w+|SSL\w*|OPENSSL_\w+|CURL\w*"
    r"|WGETRC|INPUTRC|SYSTEMD_\w+|TAR_\w+|ANSIBLE_\w+|TF_\w+|AWS_(CONFIG|SHARED)\w*|CLOUDSDK\w*"
    r"|\w*(PATH|PAGER|EDITOR|VISUAL|BROWSER|PRELOAD|OPTIONS|OPTS|ASKPASS|COMMAND|STARTUP|CONFIG|RC)"
)
_SHELLS = names("sh bash rbash dash ash zsh rzsh ksh rksh mksh pdksh lksh yash posh fish csh tcsh")
_SCRIPTED = names(
    "perl ruby jruby node nodejs deno bun php lua luajit tclsh wish expect Rscript julia groovy pwsh "
    "powershell osascript guile elixir escript scala kotlin osh nu xonsh elvish java pypy ipython"
)
# What they read from their words, their input or their folder is code.
_COMMAND_READERS = names(
    "R octave gnuplot m4 dc bc ed ex vi vim nvim nano emacs gdb lldb make gmake ninja cmake rake at "
    "batch crontab parallel script su runuser sg newgrp tmux screen sqlite duckdb mysql mariadb "
    "systemd-run systemd-nspawn machinectl start-stop-daemon run-parts go npx npm pnpm yarn pip pipx "
    "uvx uv gem bundle cargo ansible ansible-playbook terraform tofu packer vagrant entr mongosh mongo "
    "irb ghc ghci erl iex sbcl racket clojure compgen complete bind enable fc history coproc"
)
_FIXED = names(
    "tar zip less more most man split dbus-send busctl gdbus logrotate ltrace perf bpftrace stap tcpdump "
    "rsync scp sftp socat watch dpkg rpm apt apt-get snap pkexec virsh xterm expr tee dd cp mv ln install "
    "cd pushd alias hash caller"
)
# Programs that start the one that their words name: words of their own before it, and their options
# with values.
_STARTERS: Mapping[str, tuple[int, frozenset[str]]] = MappingProxyType(
    dict.fromkeys(
        names(
            "busybox toybox exec k3s microk8s minikube nohup setsid time unbuffer chronic fakeroot proot "
            "firejail bwrap systemd-inhibit systemd-cat ts numactl catchsegv dbus-run-session "
            "ssh-agent eatmydata rlwrap linux i386 x86_64"
        ),
        (0, frozenset()),
    )
    | {
        "env": (0, names("-u --unset -C --chdir")),
        "sudo": (0, names("-u -g -p -h -C -D -R -T -U --user --group")),
        "doas": (0, names("-u -C")),
        "nice": (0, names("-n")),
        "ionice": (0, names("-c -n -p")),
        "stdbuf": (0, names("-i -o -e")),
        "strace": (0, names("-e -o -p -s -u -E")),
        "timeout": (1, names("-s -k --signal --kill-after")),
        "flock": (1, names("-w -E --timeout")),
        "chroot": (1, frozenset()),
        "chrt": (1, frozenset()),
        "taskset": (1, frozenset()),
        "faketime": (1, frozenset()),
        "setarch": (1, frozenset()),
        "cgexec": (0, names("-g")),
        "prlimit": (0, frozenset()),
        "nsenter": (0, names("-t --target -S -G")),
        "unshare": (0, names("-S -G -R -w")),
        "setpriv": (0, names("--reuid --regid --groups")),
        "xargs": (0, names("-I -P -L -n -d -s -a -E")),
    }
)
_TEXTS = names(
    "curl az aws gcloud logcli promtool amtool mimirtool influx bq gh glab http https xh grpcurl "
    "kcat kafkacat logger notify-send tempo-cli"
)
_DATA = names(
    "echo printf true false : exit return shift wait pwd break continue cat head tail tac nl wc cut "
    "uniq tr column fold paste rev base64 md5sum sha1sum sha256sum date sleep seq basename dirname "
    "realpath readlink ls stat du df test [ fi done esac } ;; dig host nslookup ping"
)
_CODE_OPTIONS = re.compile(
    r"--([a-z]+-)*(kubeconfig|config|config-file|eval|exec|execute|command|rsh|shell|pager|editor|"
    r"plugin|plugins|post-renderer|init-file|rcfile|preload|checkpoint-action|use-compress-program)(=|$)"
)
_REMOTE = MappingProxyType(
    {
        "az": names("run-command invoke ssh exec"),
        "aws": names("send-command execute-command ssm"),
        "gcloud": names("ssh scp"),
        "gh": names("alias extension api codespace"),
    }
)
_FORMATTERS = names("kubectl oc docker podman nerdctl crictl")
_SINGLE_DASH = names("find openssl nmap")
# Options of programs without a table in the policy that take data.
_FLAGS = MappingProxyType(
    {
        "curl": flags(
            "header/H= data/d= data-raw= data-urlencode= data-binary= json= user/u= user-agent/A= "
            "request/X= url= max-time/m= connect-timeout= form/F= cookie/b= referer/e= resolve= retry= "
            "range/r= url-query= get/G silent/s show-error/S fail/f location/L insecure/k head/I "
            "include/i verbose/v compressed globoff/g"
        ),
        "git": flags(
            "since= until= after= before= author= committer= grep= S= G= max-count/n= oneline stat "
            "patch/p name-only all/a porcelain no-pager"
        ),
        "find": flags(
            "name= iname= path= ipath= regex= mtime= mmin= size= newer= user= group= type= maxdepth= "
            "mindepth= L H P not o a print"
        ),
        "wget": flags("header= timeout/T= tries/t= user-agent/U= quiet/q no-verbose spider"),
        "nc": flags("z v u n w="),
        "nmap": flags("p= Pn sT sV"),
        "openssl": flags("connect servername in noout showcerts"),
        "docker": flags("tail/n= since= until= filter/f= follow/f timestamps/t all/a size/s"),
        "argocd": flags("revision= source= app-namespace/N= project/p="),
    }
)
_READERS: Mapping[str, Reader] = MappingProxyType(
    dict.fromkeys(_SHELLS, _shell)
    | dict.fromkeys(names("awk gawk mawk nawk goawk"), _awk)
    | dict.fromkeys(names("sed gsed"), _sed)
    | dict.fromkeys(names("jq gojq jaq yq"), _jq)
    | {"python": _python, "xargs": _xargs, "ssh": _ssh, "git": _git, "find": _find}
    | dict.fromkeys(_SCRIPTED, _own_file)
    | dict.fromkeys(_COMMAND_READERS, _never)
    | dict.fromkeys(_FIXED, _fixed)
    | {"psql": _psql, "helm": _helm}
    | dict.fromkeys(_STARTERS.keys() - {"xargs"}, _starter)
    | dict.fromkeys(("kubectl", "oc"), _kubectl)
    | dict.fromkeys(("docker", "podman", "nerdctl", "crictl"), _container)
)
