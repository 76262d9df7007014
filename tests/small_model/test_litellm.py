"""LiteLLM's real proxy in front of the real small model, as gateways stand before real servers.

Its packages are installed into an environment of their own the first time (about 20 s).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from compat import exchanges
from compat.environment import CanNotInstallError
from compat.recipe import Serving
from compat.servers import litellm
from holmes.embedded.server import LocalServer

pytestmark = pytest.mark.small_model


@pytest.fixture(scope="module")
def proxy(small_model: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    log = tmp_path_factory.mktemp("litellm") / "proxy.log"
    try:
        litellm.installed()
    except CanNotInstallError as error:
        if not error.offline:
            raise
        pytest.skip(f"LiteLLM is not installed, and no package registry answers: {error}")
    with litellm.in_front_of(small_model.base_url, log) as serving:
        yield serving


def test_a_call_goes_through_the_proxy_and_its_result_comes_back(proxy: Serving) -> None:
    looped = exchanges.loop(proxy)
    assert looped.fault == ""
    assert looped.mode == "native"


def test_a_question_is_answered_through_the_proxy(proxy: Serving, tmp_path: Path) -> None:
    asked = exchanges.ask(proxy, tmp_path, tmp_path / "asked.json")
    assert asked.exit_code == 0, asked.reason
    assert asked.causes == 3
    assert asked.strangers == 0
