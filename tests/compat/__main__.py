"""Start a real server with the real small model, ask it everything, write its row.

just compat                 lists the servers
just compat litellm         installs it where it isn't yet, starts it, asks, ends it
just compat --capture DIR litellm    keeps each exchange in DIR/litellm.http as well
just compat --render        writes the tables anew from tests/compat/rows
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from compat import exchanges, rows, tables
from compat.capture import Capture
from compat.environment import FOLDER, CanNotInstallError
from compat.process import DidNotStartError
from compat.recipe import Recipe, recipes
from compat.rows import Row


def main() -> int:
    known = recipes()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("servers", nargs="*", metavar="SERVER", choices=[*known, []])
    parser.add_argument("--capture", type=Path, metavar="DIR")
    parser.add_argument("--render", action="store_true")
    args = parser.parse_args()
    # Ended from outside it must not leave a server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if args.render:
        tables.write()
    elif not args.servers:
        for recipe in known.values():
            print(f"{recipe.name:26} {recipe.server}: {recipe.setup}")
    for name in args.servers:
        try:
            row = ask_everything(known[name], args.capture)
        except (CanNotInstallError, DidNotStartError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        rows.save(row)
        tables.write()
        print(tables.rendered("<!-- rows: capabilities -->\n<!-- end -->", [row]))
        print(tables.rendered("<!-- rows: runs -->\n<!-- end -->", [row]))
    return 0


def ask_everything(recipe: Recipe, capture: Path | None) -> Row:
    """Serve, ask, end."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    log = FOLDER / f"{recipe.name}.log"
    log.unlink(missing_ok=True)
    with ExitStack() as stack:
        server = stack.enter_context(recipe.serve(log))
        print(f"{recipe.name} {server.version} answers at {server.base_url}", file=sys.stderr)
        tellers: list[Callable[[str], None]] = [_progress]
        if capture is not None:
            about = f"{recipe.server} {server.version}, {recipe.setup}, {recipe.weights}"
            target = capture / f"{recipe.name}.http"
            proxy = stack.enter_context(Capture(server.base_url, target, about=about))
            server = replace(server, base_url=proxy.base_url)
            tellers.append(proxy.begin)
        homes = stack.enter_context(tempfile.TemporaryDirectory(prefix="holmes-compat-"))

        def tell(step: str) -> None:
            for teller in tellers:
                teller(step)

        ran = exchanges.run(recipe, server, Path(homes), tell)
    return Row(name=recipe.name, server=recipe.server, setup=recipe.setup, ran=ran)


def _progress(step: str) -> None:
    print(f"  {step}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
