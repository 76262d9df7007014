"""Flags that several verbs share, and what they become."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holmes.config.settings import Flags


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Which cluster: --context, --kubeconfig, -n, --snapshot."""
    group = parser.add_argument_group("cluster")
    group.add_argument("--context", help="kubeconfig context")
    group.add_argument("--kubeconfig", metavar="FILE", help="kubeconfig file")
    group.add_argument("-n", "--namespace", help="namespace where none is named")
    group.add_argument(
        "--snapshot", metavar="DIR", type=Path, help="ask a recorded cluster instead of a live one"
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model, and how it calls tools: --model, --api-base, --api-key, --tool-mode."""
    add_server(parser)
    parser.add_argument_group("tool calls").add_argument(
        "--tool-mode",
        choices=("auto", "native", "constrained", "prompted"),
        help="native: the server's function calling; prompted: calls in the text of replies; "
        "constrained: the same, and a call that fails is asked for again, held to a JSON form; "
        "auto: whichever works (default)",
    )
    parser.add_argument_group("guidance").add_argument(
        "--guidance",
        choices=("auto", "on", "off"),
        help="lead the model step by step: code looks first and states what it found, the model "
        "explains; auto: models of 4B parameters or less, and those that do not get along alone",
    )


def add_server(parser: argparse.ArgumentParser) -> None:
    """Which model: --model, --api-base, --api-key, --api-key-file."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--model",
        metavar="NAME",
        help="NAME or openai/NAME as the server lists it; one of your model list; groq/NAME and "
        "the like for a hosted API (`holmes model list`); `local` is the embedded model",
    )
    group.add_argument("--api-base", metavar="URL", help="server, e.g. http://localhost:8080/v1")
    group.add_argument(
        "--api-key",
        metavar="KEY",
        help="key, where the server wants one; others on this machine can read it in the process "
        "list: prefer OPENAI_API_KEY or --api-key-file",
    )
    group.add_argument(
        "--api-key-file", metavar="FILE", type=Path, help="file that holds the key and nothing else"
    )
    group.add_argument(
        "--fallback",
        metavar="NAME",
        action="append",
        default=[],
        help="model that takes over where the server is down, of your model list or a hosted API; "
        "repeatable, in order",
    )


def add_redaction(parser: argparse.ArgumentParser) -> None:
    """What is masked, and what of it comes back: --redact-names, --show-names, --show-secrets."""
    group = parser.add_argument_group("redaction (secrets are always masked)")
    add_redact_names(group)
    group.add_argument(
        "--show-names",
        action="store_true",
        default=None,
        help="turn masked names back on this terminal",
    )
    group.add_argument(
        "--show-secrets",
        action="store_true",
        default=None,
        help="turn masked secrets back on this terminal",
    )


def add_redact_names(parser: argparse._ActionsContainer) -> None:
    """Whether names are masked, too: --redact-names."""
    parser.add_argument(
        "--redact-names",
        action="store_true",
        default=None,
        help="mask names of pods and hosts, IP and e-mail addresses too",
    )


def add_limits(parser: argparse.ArgumentParser) -> None:
    """How much one investigation may take: --max-steps, --timeout, --window."""
    limits = parser.add_argument_group("limits")
    limits.add_argument("--max-steps", type=int, metavar="N", help="model requests (default 20)")
    limits.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="for the whole investigation (default 900); then it answers from what it has, within "
        "half as long again (60 s at least)",
    )
    limits.add_argument(
        "--window",
        type=int,
        metavar="TOKENS",
        help="context to use at most; the embedded model is started with as much (default 8192)",
    )


def add_config_file(parser: argparse._ActionsContainer) -> None:
    """Where settings come from: --config."""
    parser.add_argument(
        "--config",
        dest="config_file",
        metavar="FILE",
        type=Path,
        help="instead of ~/.holmes/config.yaml",
    )


def add_config(parser: argparse.ArgumentParser) -> None:
    """Where the rest comes from: --config and toolset files."""
    group = parser.add_argument_group("configuration")
    add_config_file(group)
    group.add_argument(
        "-t",
        "--toolsets",
        "--custom-toolsets",
        dest="toolset_files",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="toolset file, repeatable",
    )


def add_allow(parser: argparse.ArgumentParser) -> None:
    """What may change something, after a question on the terminal: --allow."""
    parser.add_argument_group("changes").add_argument(
        "--allow",
        metavar="COMMAND",
        action="append",
        default=[],
        help='command that the model may ask you for, e.g. "kubectl rollout undo"; repeatable. '
        "Each use is shown and waits for your yes; everything else only reads",
    )


def flags(args: argparse.Namespace) -> "Flags":
    """What the command line said, ready to be merged with environment and file."""
    from dataclasses import fields  # noqa: PLC0415

    from holmes.config.settings import Flags  # noqa: PLC0415  # see cli/main.py

    given = vars(args)
    said: dict[str, Any] = {
        each.name: tuple(value) if isinstance(value, list) else value
        for each in fields(Flags)
        if (value := given.get(each.name)) is not None
    }
    return Flags(**said)
