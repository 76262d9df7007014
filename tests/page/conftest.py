from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from configured.servers.process import program
from page import past_runs
from server.served import Served, with_model

FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    chromium = program("chromium", "chromium")
    expect.set_options(timeout=90_000)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a scripted model, and with a run on record."""
    home: Path = tmp_path_factory.mktemp("home")
    past_runs.write(home, "past-shop", "Why does the shop fail?", past_runs.shop())
    with with_model(home) as (running, _, _):
        yield running


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page of its own, which must end without an error and ask nothing of another server."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("request", lambda sent: None if _own(sent.url, served) else faults.append(sent.url))
    opened.goto(served.url)
    yield opened
    context.close()
    assert faults == []


def _own(url: str, served: Served) -> bool:
    return url.startswith((f"{served.url}/", "data:", "blob:"))
