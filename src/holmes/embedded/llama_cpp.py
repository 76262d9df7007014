"""llama.cpp's own HTTP server, as the only thing that its process does.

`holmes.embedded.server` starts it as `python -P -m holmes.embedded.llama_cpp`. One line of JSON
on stdin says what to serve; one line on stdout gives the address once the model is loaded. The
process ends when its stdin does, so it never outlives the one that started it, however that one
ended. It has a process of its own because the library (xllamacpp 2026.10.11549, seen 24 Nov 2026)
holds Python's lock for the seconds that loading takes, never returns from deleting a server that
is busy with a request, and crashes an interpreter that exits beside a busy server.
"""

import json
import os
import sys
from importlib import resources
from typing import Any

import xllamacpp


def main() -> None:
    """Serve until stdin ends; exits with status 1 where the model can't be loaded."""
    settings = json.loads(sys.stdin.buffer.readline())
    answer = os.dup(1)
    # Whatever the native code prints belongs to the log; the address alone goes to stdout.
    os.dup2(2, 1)
    try:
        server = xllamacpp.Server(_parameters(settings))
    except RuntimeError as error:
        os.write(2, f"{error}\n".encode())
        os._exit(1)
    os.write(answer, f"{server.listening_address}\n".encode())
    sys.stdin.buffer.read()
    # Not sys.exit: the destructor of a busy server never returns, and there is nothing to save.
    os._exit(0)


def _parameters(settings: dict[str, Any]) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings["model"]
    parameters.model_alias = {settings["name"]}
    if not settings["shipped_template"]:
        parameters.chat_template = _chat_template()
    parameters.use_jinja = True
    # One conversation at a time: the one slot has the whole window, and the prompt that is in it
    # stays there, so a request costs what it adds to the one before.
    parameters.n_parallel = 1
    parameters.n_ctx = settings["context_window"]
    parameters.cache_prompt = True
    # No second copy of old prompts in memory: the one slot has the conversation.
    parameters.cache_ram_mib = 0
    parameters.cpuparams.n_threads = settings["threads"]
    parameters.cpuparams_batch.n_threads = settings["threads"]
    # Warming up reads all the weights once; the first request does the same with a use.
    parameters.warmup = False
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    # Without this any web page open on this machine may read replies of a server without a key.
    parameters.cors_origins = "http://127.0.0.1"
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.verbosity = 3 if settings["debug"] else 1
    return parameters


def _chat_template() -> str:
    return resources.files("holmes.embedded").joinpath("chat_template.jinja").read_text("utf-8")


if __name__ == "__main__":
    main()
