"""Command templates of toolset files: jinja2 with values that stay values.

Whatever `{{ … }}` gives becomes one argument, or a part of one, whole and unread by any shell:

- A plain command is split into words first and filled afterwards, so that a value can't add words.
- A script gets a value through an environment variable, whichever quotes the author put around
  `{{ … }}`: the shell never parses it.
- Where a program would read a value as code of its own, the template is refused: see `code_places`.

A value at the start of a word may not begin with "-", or it would be an option; after `--`, after
`--flag=` and inside a longer word it may.
"""

import json
import re
import secrets
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from holmes.policy.tables import names
from holmes.tools.code_places import CodePlaces, needs_shell
from holmes.tools.shell import Script
from holmes.tools.shell_words import Place, Word

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

Values: TypeAlias = Mapping[str, object]

# `{{ name }}` and nothing else of jinja2: the same text comes out without its 0.15 s of import.
_PLAIN = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
_JINJA_WORDS = frozenset({"true", "false", "none", "True", "False", "None", "not", "self"})
_SAFE = re.compile(r"[A-Za-z0-9@%+=:,./_-]+", re.ASCII)
# Given to every template beside the arguments.
BUILTIN_NAMES = frozenset({"env", "config", "request_context", "range", "dict"})
_JINJA = re.compile(
    r"\{%-?\s*raw\s*-?%\}(?P<raw>.*?)\{%-?\s*endraw\s*-?%\}"
    r"|\{\{-?(?P<expression>.*?)-?\}\}|\{%.*?%\}|\{#.*?#\}",
    re.DOTALL,
)
_STRING = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_IDENTIFIER = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
# What follows a value in an expression and makes no other text of it than a plain one.
_HARMLESS = _JINJA_WORDS | names(
    "abs and config count default else env float if int in is length lower or round string trim "
    "upper"
)
# One part of a path of the Kubernetes API.
_SEGMENT = re.compile(r"[A-Za-z0-9_]+([.:-]+[A-Za-z0-9_]+)*")
_AS_NUMBER = re.compile(r"\|\s*(int|float|length|count)\s*(\([^()]*\))?\s*$")


class TemplateError(Exception):
    """A template that can't be read or filled; the message says why."""


class OptionValueError(TemplateError):
    """A value from the model would have been read as an option of the program."""


class CodeError(TemplateError):
    """A value from the model would have been code; the message says where and what to write."""


class EnvironmentValue(str):
    """What `{{ env.NAME }}` gives: the user's own value, and never shown to anybody."""

    __slots__ = ("variable",)
    variable: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A filled template: `argv` of a plain command, or a `script` for `bash -c`.

    shown      the words of argv as people see them, quoted, environment values by name
    variables  environment variables that carry values into the script
    display    the line that a person can run again, with `shown_variables` in its environment
    chosen     words of argv that hold a value from the model, whole or in part
    values     the values from the model that a script got
    """

    argv: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    script: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    display: str = ""
    shown_variables: Mapping[str, str] = field(default_factory=dict)
    chosen: frozenset[int] = frozenset()
    values: tuple[str, ...] = ()


def variables_of(template: str) -> frozenset[str]:
    """The names that a template expects from outside, without `BUILTIN_NAMES`."""
    names: AbstractSet[str] | None = _plain_names(template)
    if names is None:
        # Lazy: 0.15 s, and most templates hold nothing but {{ name }}.
        from jinja2 import TemplateSyntaxError, meta  # noqa: PLC0415

        try:
            names = meta.find_undeclared_variables(_environment(str).parse(template))
        except TemplateSyntaxError as error:
            said = (error.message or "").rstrip(".")
            raise TemplateError(f"line {error.lineno} of the template: {said}") from error
    return frozenset(names) - BUILTIN_NAMES


def check_code(template: str, typed: Collection[str]) -> None:
    """Raise CodeError where a value of the model's would be code in a command template.

    `typed` are the parameters that can only be numbers, or texts that the author listed.
    """
    expressions: list[str] = []

    def flat(match: re.Match[str]) -> str:
        if match["expression"] is None:
            return match["raw"] or "\n" * match.group().count("\n")
        expressions.append(match["expression"])
        return f"\ue000{len(expressions) - 1}\ue001"

    line = _JINJA.sub(flat, template).rstrip()
    free = {str(at) for at, text in enumerate(expressions) if _is_free(text, typed)}
    if free:
        _refuse_code(line, re.compile("\ue000([0-9]+)\ue001"), free, template.splitlines())


def _is_free(expression: str, typed: Collection[str]) -> bool:
    """Whether an expression can give a text that nobody but the model chose."""
    if _AS_NUMBER.search(expression):
        return False
    read = set(_IDENTIFIER.findall(_STRING.sub("''", expression)))
    return not read <= _HARMLESS | {*typed}


def _refuse_code(
    line: str, marker: re.Pattern[str], free: Collection[str], written: list[str]
) -> CodePlaces:
    places = CodePlaces(Script(line, marker), free)
    for problem in places.problems():
        said = written[problem.line - 1].strip() if problem.line <= len(written) else ""
        where = f'line {problem.line} of the template ("{said[:100]}")'
        raise CodeError(f"{where}: {problem.what} would be chosen by a value: {problem.instead}")
    return places


def render_text(template: str, values: Values) -> str:
    """Fill a template as text, with no quoting: for prose, never for commands."""
    if not any(opening in template for opening in ("{{", "{%", "{#")):
        return template
    return _jinja(template, values, _as_text)


def render_command(
    template: str,
    values: Values,
    environment: Mapping[str, str],
    authored: Collection[str] = (),
) -> Rendered:
    """Fill a command template; a missing optional argument gives nothing. Raises TemplateError.

    `authored` are texts that the template's author wrote, such as the members of an enum.
    """
    slots = _Slots()
    context = {**values, "env": _Environment(environment)}
    if _plain_names(template) is None:
        line = _jinja(template, context, slots.keep)
    else:
        line = _PLAIN.sub(lambda match: slots.keep(context.get(match.group(1))), template)
    line = line.strip()
    if not line:
        raise TemplateError("the command is empty with these arguments")
    slots.check(line, authored)
    return slots.script(line) if needs_shell(line) else slots.argv(line)


class _Environment(Mapping[str, EnvironmentValue]):
    """`env` in a template."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __getitem__(self, name: str) -> EnvironmentValue:
        value = EnvironmentValue(self._environment[name])
        value.variable = name
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


class _Slots:
    """The values of one rendering, kept out of its text: a marker stands for each.

    The markers hold a random part, so that no value can name another.
    """

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(8)
        self._marker = re.compile(f"\ue000{self._nonce}:([0-9]+)\ue001")
        self._values: list[str] = []

    def keep(self, value: object) -> str:
        """Put a value aside and give its marker; what is empty leaves no trace."""
        text = value if isinstance(value, EnvironmentValue) else _as_text(value)
        if not text or self._nonce in text:  # markers again, from {% set %} blocks and macros
            return text
        self._values.append(text)
        return f"\ue000{self._nonce}:{len(self._values) - 1}\ue001"

    def _value(self, marker: re.Match[str]) -> str:
        return self._values[int(marker.group(1))]

    def argv(self, line: str) -> Rendered:
        """Split a plain command into words, then put the values in."""
        argv: list[str] = []
        display: list[str] = []
        chosen: set[int] = set()
        only_operands = False
        for index, word in enumerate(shlex.split(line)):
            values = [self._value(marker) for marker in self._marker.finditer(word)]
            given = [value for value in values if not isinstance(value, EnvironmentValue)]
            if self._marker.match(word) and not only_operands:
                _refuse_option(values[0])
            if given:
                chosen.add(index)
            only_operands = only_operands or word == "--"
            argv.append(self._marker.sub(self._value, word))
            display.append(self._shown(word) if len(values) > len(given) else shlex.quote(argv[-1]))
        return Rendered(
            argv=tuple(argv),
            shown=tuple(display),
            display=" ".join(display),
            chosen=frozenset(chosen),
        )

    def _shown(self, word: str) -> str:
        """A word for display that names environment variables in place of their values."""
        parts: list[str] = []
        end = 0
        for marker in self._marker.finditer(word):
            value = self._value(marker)
            parts.append(_in_double_quotes(word[end : marker.start()]))
            if isinstance(value, EnvironmentValue):
                parts.append(f"${{{value.variable}}}")
            else:
                parts.append(_in_double_quotes(value))
            end = marker.end()
        return '"' + "".join((*parts, _in_double_quotes(word[end:]))) + '"'

    def check(self, line: str, authored: Collection[str]) -> None:
        """Refuse values that would be code, or that a variable would make options or words of."""
        free = {
            str(at)
            for at, value in enumerate(self._values)
            if not (
                isinstance(value, EnvironmentValue) or value in authored or _NUMBER.fullmatch(value)
            )
        }
        if not free:
            return
        places = _refuse_code(line, self._marker, free, line.splitlines())
        for value in (self._values[int(each)] for each in places.in_paths()):
            if not _SEGMENT.fullmatch(value):
                raise CodeError(f'the value "{value}" would change the path that is read')
        for command in places.script.commands:
            for word in command:
                self._check_variables(word, places)

    def _check_variables(self, word: Word, places: CodePlaces) -> None:
        """A variable without quotes is split into words, and one in front may be an option."""
        for at, (kind, name) in enumerate(word.pieces):
            if kind not in {"bare", "quoted"}:
                continue
            for value in (self._values[int(each)] for each in places.markers(name)):
                if at == 0:
                    _refuse_option(value)
                if kind == "bare" and not _SAFE.fullmatch(value) and "=" not in word.text:
                    raise OptionValueError(
                        f'the value "{value}" would be read as several words: write "${name}"'
                    )

    def script(self, line: str) -> Rendered:
        """Hand the values to a script in variables; people see plain ones where they stand."""
        names: dict[str, str] = {}
        shown: set[str] = set()

        def fill(marker: re.Match[str], place: Place) -> str:
            value = self._value(marker)
            if isinstance(value, EnvironmentValue):
                return _reference(value.variable, place)
            if place.word_start:
                _refuse_option(value)
            return _reference(names.setdefault(value, f"value{len(names) + 1}"), place)

        def show(marker: re.Match[str], place: Place) -> str:
            value = self._value(marker)
            if not isinstance(value, EnvironmentValue) and _SAFE.fullmatch(value):
                return value
            shown.add(names.get(value, ""))
            return fill(marker, place)

        script = Script(line, self._marker)
        filled, display = script.filled(fill), script.filled(show)
        variables = {name: value for value, name in names.items()}
        given = tuple(item for item in self._values if not isinstance(item, EnvironmentValue))
        return Rendered(
            script=filled,
            variables=variables,
            display=display,
            shown_variables={name: variables[name] for name in variables if name in shown},
            values=given,
        )


def _refuse_option(value: str) -> None:
    if value.startswith("-") and not isinstance(value, EnvironmentValue):
        raise OptionValueError(
            f'the value "{value}" begins with "-" and would be read as an option'
        )


def _reference(name: str, place: Place) -> str:
    if place.quoting == "double":
        return f"${{{name}}}"
    quoted = f'"${{{name}}}"'
    before_after = {"single": ("'", "'"), "ansi": ("'", "$'")}.get(place.quoting, ("", ""))
    return quoted.join(before_after)


def _in_double_quotes(text: str) -> str:
    return re.sub(r'([\\"$`])', r"\\\1", text)


def _as_text(value: object) -> str:
    """A value as a command line writes it: true, 5, a,b as JSON where it is no scalar."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _plain_names(template: str) -> frozenset[str] | None:
    """The names in a template of nothing but `{{ name }}`; None where it takes jinja2."""
    names = frozenset(_PLAIN.findall(template))
    rest = _PLAIN.sub("", template)
    if names & (_JINJA_WORDS | BUILTIN_NAMES):
        return None
    return None if any(mark in rest for mark in ("{{", "{%", "{#")) else names


def _jinja(template: str, values: Values, finalize: Callable[[object], str]) -> str:
    from jinja2 import TemplateError as JinjaError  # noqa: PLC0415  (0.15 s, see above)

    try:
        return _environment(finalize).from_string(template).render(values)
    except (JinjaError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise TemplateError(f"the template can't be filled: {error}") from error


def _environment(finalize: Callable[[object], str]) -> "SandboxedEnvironment":
    from jinja2 import Undefined  # noqa: PLC0415  (0.15 s, see above)
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    class Missing(Undefined):
        """An optional argument that was left out, or an environment variable that isn't set."""

        def final(self) -> str:
            if isinstance(self._undefined_obj, _Environment):
                name = self._undefined_name
                raise TemplateError(f'the environment variable "{name}" is not set')
            return finalize(None)

    environment = SandboxedEnvironment(
        undefined=Missing,
        finalize=lambda value: value.final() if isinstance(value, Missing) else finalize(value),
    )
    # jinja2's own globals hold a "namespace", which would stand for an argument left out.
    for name in set(environment.globals) - BUILTIN_NAMES:
        del environment.globals[name]
    return environment
