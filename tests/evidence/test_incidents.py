"""The line that names the cause survives in what a small window leaves of it, for each incident.

The outputs are the real kubectl's about the recorded cluster: whole namespaces at once, which is
more than any one call returns.
"""

import json

import pytest

from holmes.agent.budget import ContextBudget
from holmes.agent.excerpts.excerpt import excerpt
from holmes.core.messages import SystemMessage
from support.recording import GOLDEN, recording

SMALL = ContextBudget(window=4096)
PROMPT = [SystemMessage(content="x" * 4_000)]
"""As long as the instructions, the built-in tools and a question."""

DECISIVE = {
    "billing": ("{}/describe-persistentvolumeclaims.txt", '"fast-ssd" not found'),
    "catalog": ("{}/describe-pods.txt", "catalog/search:4.4.2"),
    "cleanup": ("{}/pods.json", "acme.io/drain"),
    "data-reports": ("{}/describe-pods.txt", "OOMKilled"),
    "db-migrate": ("{}/logs/orders-migrate-42-psv44/migrate.log", "already exists"),
    "edge-static": ("{}/logs/static-site-848f68d859-8t4t9/nginx.log", "proxy_passs"),
    "geo": ("{}/describe-pods.txt", "NodeNotReady"),
    "log-ship": ("{}/describe-pods.txt", 'volume "spool" exceeds the limit "40Mi"'),
    "ml-train": ("{}/describe-pods.txt", "Insufficient cpu"),
    "notify": ("{}/describe-pods.txt", 'configmap "mailer-settings" not found'),
    "payments": ("{}/logs/ledger-5b6b45798b-gp9tj/wait-for-db.log", "NXDOMAIN"),
    "platform-sync": (
        "{}/logs/config-sync-77946fcc6f-sfbs5/config-sync.log",
        'cannot list resource \\"configmaps\\"',
    ),
    "pricing": ("{}/describe-horizontalpodautoscalers.txt", "missing request for cpu"),
    "promo": ("{}/describe-replicasets.txt", "exceeded quota: promo-quota"),
    "shop-cart": ("{}/describe-services.txt", "app=cart-api"),
    "shop-checkout": (
        "{}/logs/checkout-78bbb7575c-ctxps/checkout.log",
        "PAYMENT_API_KEY is not set",
    ),
    "storefront": ("{}/logs/cart-api-6fc7cd9cd5-h46tm/cart-api.log", "OOM command"),
    "users": ("{}/describe-pods.txt", "/readyz"),
}


def printed(path: str) -> str:
    """What kubectl printed, or prints of a recorded log or list."""
    if path.endswith(".txt"):
        return (GOLDEN / path).read_text(encoding="utf-8")
    text = (recording() / "namespaces" / path).read_text(encoding="utf-8")
    return json.dumps(json.loads(text), indent=4) if path.endswith(".json") else text


def room(calls: int) -> int:
    return SMALL.excerpt_chars(calls, PROMPT)


@pytest.mark.parametrize("calls", [1, 4])
@pytest.mark.parametrize("namespace", DECISIVE)
def test_the_line_that_names_the_cause_survives(namespace: str, calls: int) -> None:
    path, line = DECISIVE[namespace]
    whole = printed(path.format(namespace))
    assert line in whole
    cut = excerpt(whole, room(calls), f"what is wrong in namespace {namespace}?")
    assert line in cut
    assert len(cut) <= room(calls) + 700
