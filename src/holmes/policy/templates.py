"""Templates of output: refused where they could take a value apart from what shows it for a secret.

Credentials are masked in what a program prints: by the name before a value, or by a value's own
form. A template can drop the name, cut the value or write it in another code, and nothing is left
to mask it by. `-o json` with jq behind it shows the same, masked before jq reads it.
"""

import re

from holmes.policy.tables import Refusal, names

_ACTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
_WORD = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
_FUNCTIONS = names(
    "range if else end with break continue index len eq ne lt le gt ge and or not nil true false "
    "print println printf json join exists base64decode"
)
# Whole values only: `%.3s` cuts one, `%x` and `%c` write it in another code.
_VERBS = re.compile(r"[^%]*(?:%(?:[-+ ]?[0-9]*[sdvqt]|%)[^%]*)*")
# What an index takes out of a list is an object where a field of it follows, or one whole text.
_INDEXED_OBJECT = re.compile(r"\(\s*index [^()]*\)\s*(?=\.)")
_INDEX = re.compile(r"\bindex\b(?P<arguments>[^|)]*)")
_WHOLE = re.compile(r'\s+\$?[\w.]*\.(?:\w+s|Env)\s+[0-9]+\s*|[^0-9"]*"[^"]*"\s*')

_CREDENTIAL = r"(?:passw|passphrase|pwd|secret|token|credential|(?:api|access|private)[_.-]?key)"
_NAMED_CREDENTIAL = re.compile(
    rf"data(?:\.|\[[\"']|\s+\")[\w.\\-]*{_CREDENTIAL}"
    rf"|\bname\s*(?:==\s*)?[\"'][\w.-]*{_CREDENTIAL}"
    r"|\.[\w-]*(?:password|passwd|passphrase)\b(?!\.)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\.value\b")
_ENVIRONMENT = re.compile(r"\benv\b|\.\.value\b")
_NAME_AND_VALUE = re.compile(
    r"\.name\s*\}{1,2}(?:\{\s*\")?\s*[=:]\s*(?:\"\s*\})?\{{1,2}\s*\.value\b"
)
_ANY_FIELD = re.compile(r"\.\*|data\[[*?]")
_RANGE_OF_DATA = re.compile(r"\brange\b[^}]*\.(?:\w*D|d)ata\b")
_KEY_AND_VALUE = re.compile(r"\{\{\s*\$\w+\s*\}\}\s*[=:]\s*\{\{\s*(?P<value>\$\w+)\s*\}\}")

_INSTEAD = "show the object as json, through jq if need be, where credentials are masked"


def refused_template(template: str) -> Refusal:
    """Why a jsonpath, go-template, custom-columns or docker format may not run; mostly nothing."""
    actions = _ACTION.findall(template)
    for action in actions:
        if refused := _refused_action(action):
            return refused
    if _NAMED_CREDENTIAL.search(template):
        return f"a template may not pick a credential by its name: {_INSTEAD}"
    if _shows_bare_values(template):
        return f"a template may not show values without their names: {_INSTEAD}"
    return ""


def _refused_action(action: str) -> Refusal:
    for word in _WORD.findall(_TEXT.sub('""', action)):
        if word not in _FUNCTIONS:
            return f'"{word}" is not allowed in a template: {_INSTEAD}'
    if re.search(r"\bprintf\b", action) and not all(
        _VERBS.fullmatch(text) for text in _TEXT.findall(action)
    ):
        return f"printf with other verbs than %s, %d and %v is not allowed: {_INSTEAD}"
    rest, found = action, 1
    while found:
        rest, found = _INDEXED_OBJECT.subn("", rest)
    for index in _INDEX.finditer(rest):
        if not _WHOLE.fullmatch(index["arguments"]):
            return f"an index in a template picks an item of a list by its path: {_INSTEAD}"
    return ""


def _shows_bare_values(template: str) -> bool:
    if _ANY_FIELD.search(template):
        return True
    values = len(_VALUE.findall(template))
    if values and _ENVIRONMENT.search(template):
        return values != len(_NAME_AND_VALUE.findall(template))
    if _RANGE_OF_DATA.search(template):
        pair = _KEY_AND_VALUE.search(template)
        return pair is None or template.count(f"{pair['value']}") != 2
    return False
