"""Serve investigations over HTTP: our own API, the peer's, and OpenAI's for any chat client.

Needs the extra: pip install 'holmesgpt[server]'.
"""

import argparse
from pathlib import Path

from holmes.cli import options
from holmes.cli.printing import say, warn

NAME = "serve"
HELP = "answer questions over HTTP"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, who may come, which model and cluster."""
    where = parser.add_argument_group("server")
    where.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    where.add_argument("--port", type=int, default=5050, help="port; 0 for any (5050)")
    where.add_argument(
        "--key-file",
        metavar="FILE",
        type=Path,
        help="who may come: lines as --new-key prints them; a key in HOLMES_SERVER_KEY counts, too",
    )
    where.add_argument("--new-key", metavar="NAME", help="print a new key and its line, and end")
    where.add_argument("--tls-cert", metavar="FILE", type=Path, help="certificate chain, PEM")
    where.add_argument("--tls-key", metavar="FILE", type=Path, help="its private key, PEM")
    where.add_argument(
        "--allowed-host", metavar="NAME", action="append", default=[],
        help="name by which the server may be called, repeatable",
    )  # fmt: skip
    where.add_argument(
        "--allowed-origin", metavar="URL", action="append", default=[],
        help="other origin whose pages may call it, repeatable",
    )  # fmt: skip
    where.add_argument(
        "--at-once",
        type=int,
        metavar="N",
        default=100,
        help="investigations that run or wait at the same time, at most (100)",
    )
    where.add_argument(
        "--parallel", type=int, metavar="N",
        help="investigations that one model server works at, at most (1 for a server on this "
        "machine, else no limit)",
    )  # fmt: skip
    where.add_argument(
        "--grace", type=float, metavar="SECONDS", default=30.0,
        help="time for running investigations to finish once the server is told to stop (30); "
        "then they are put on record",
    )  # fmt: skip
    options.add_model(parser)
    options.add_cluster(parser)
    options.add_config(parser)
    options.add_allow(parser)
    options.add_limits(parser)
    options.add_redact_names(parser.add_argument_group("redaction (secrets are always masked)"))


def run(args: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    from holmes.core.errors import UsageError  # noqa: PLC0415  # see cli/main.py
    from holmes.server.keys import Keys, digest, new_key  # noqa: PLC0415

    if args.new_key is not None:
        key = new_key()
        say(key)
        warn(f"Its line for --key-file:\n{args.new_key} {digest(key)}")
        return 0
    import asyncio  # noqa: PLC0415

    from holmes.config import settings as configuration  # noqa: PLC0415
    from holmes.server.settings import ServerSettings, targets  # noqa: PLC0415

    try:
        from holmes.server.serving import serve  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UsageError(
            f'holmes serve needs the package "{error.name}".',
            hint="pip install 'holmesgpt[server]'",
        ) from error
    config = configuration.load(options.flags(args))
    server = ServerSettings(
        host=args.host,
        port=args.port,
        keys=Keys.read(args.key_file),
        certificate=args.tls_cert,
        private_key=args.tls_key,
        hosts=tuple(args.allowed_host),
        origins=tuple(args.allowed_origin),
        at_once=args.at_once,
        parallel=args.parallel,
        grace=args.grace,
    )
    asyncio.run(serve(config, server, targets(config)))
    return 0
