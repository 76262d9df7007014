"""A check that is one CEL expression over each object of a kind, in a YAML file.

CEL is the language of Kubernetes' own admission policies. Its engine is the optional package
`common-expression-language` (`pip install 'holmesgpt[cel]'`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from holmes.core.errors import UsageError
from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import Obj, quantity, ref_of
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet

INSTALL = "pip install 'holmesgpt[cel]'"
# What the engine raises for an expression that can't be evaluated over an object.
_EVALUATION_ERRORS = (ValueError, TypeError, RuntimeError, LookupError, ArithmeticError)


class CelFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of such a file.

    kind            what the expression looks at: Pod, Deployment, … (one or a list)
    problem         CEL over `object`; true where the object has the problem
    cause           what is wrong, in words, or
    causeExpression CEL over `object` that gives them
    evidence        CEL expressions over `object`; each that is there is quoted
    """

    kind: str | list[str]
    problem: str
    severity: Literal["critical", "warning", "info"] = "warning"
    cause: str = ""
    cause_expression: str = msgspec.field(name="causeExpression", default="")
    evidence: list[str] = []


class Program(Protocol):
    """A compiled expression."""

    def execute(self, context: dict[str, object]) -> object:
        """Its value; raises one of the engine's errors."""


class CelCheck:
    """A check made of one file."""

    def __init__(self, path: Path, said: CelFile) -> None:
        self.__name__ = path.stem
        self.__doc__ = said.cause or said.problem
        self._path = path
        self._said = said
        self._kinds = [said.kind] if isinstance(said.kind, str) else said.kind
        self._problem = _compiled(path, "problem", said.problem)
        expression = said.cause_expression
        self._cause = _compiled(path, "causeExpression", expression) if expression else None
        self._evidence = [(each, _compiled(path, "evidence", each)) for each in said.evidence]

    def find(self, objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
        """One finding for each object whose `problem` is true.

        Raises RuntimeError, after all findings, where an expression could not be evaluated.
        """
        failed: list[str] = []
        for kind in self._kinds:
            for each in objects.all(kind):
                try:
                    wrong = self._problem.execute(_context(each)) is True
                    finding = self._finding(each) if wrong else None
                except _EVALUATION_ERRORS as error:
                    failed.append(f"{ref_of(each)}: {error}")
                    continue
                if finding:
                    yield finding
        if failed:
            raise RuntimeError(
                f"not evaluated for {len(failed)} objects, the first is {failed[0]}; "
                "ask has(object.field) before a field that may be missing"
            )

    def _finding(self, obj: Obj) -> Finding:
        context = _context(obj)
        cause = str(self._cause.execute(context)) if self._cause else self._said.cause
        return about(self.__name__, obj, self._said.severity, cause, self._quotes(context))

    def _quotes(self, context: dict[str, object]) -> Iterator[str]:
        for source, program in self._evidence:
            try:
                value = program.execute(context)
            except _EVALUATION_ERRORS:
                continue  # a field that this object does not have is no evidence
            yield f"{source.removeprefix('object.')}: {_shown(value)}"


def read(path: Path) -> CelCheck:
    """The check of one file; raises UsageError with the file and what is wrong in it."""
    import yaml  # noqa: PLC0415  # 0.1 s, for those who have such a file

    try:
        said = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), CelFile)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        what = " ".join(str(error).split())
        raise UsageError(f'The check "{path}": {what}.', hint="docs/triage.md shows one.") from None
    if bool(said.cause) == bool(said.cause_expression):
        raise UsageError(f'The check "{path}" needs either `cause` or `causeExpression`.')
    return CelCheck(path, said)


def _context(obj: Obj) -> dict[str, object]:
    """What an expression can name: `object`, and `quantity("128Mi")` in bytes or cores."""
    return {"object": obj, "quantity": quantity}


def _compiled(path: Path, key: str, expression: str) -> Program:
    try:
        import cel  # noqa: PLC0415  # an extra
    except ImportError:
        message = f'The check "{path}" is written in CEL, whose engine is not installed.'
        raise UsageError(message, hint=f"Run {INSTALL}.") from None
    try:
        program: Program = cel.compile(expression)
    except (ValueError, TypeError, RuntimeError) as error:
        what = " ".join(str(error).split())
        raise UsageError(f'The check "{path}", {key}: {what}.') from error
    return program


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
