"""The line that names the cause survives in what a small window leaves of it, for each incident.

The outputs are the real kubectl's about the recorded cluster: whole namespaces at once, which is
more than any one call returns.
"""

import pytest

from holmes.agent.budget import ContextBudget
from holmes.agent.excerpts.excerpt import excerpt
from holmes.core.messages import SystemMessage
from support.recording import SOURCE

SMALL = ContextBudget(window=4096)
PROMPT = [SystemMessage(content="x" * 4_000)]
"""As long as the instructions, the built-in tools and a question."""

DECISIVE = {
    "billing": ("golden/{}/describe-persistentvolumeclaims.txt", '"fast-ssd" not found'),
    "catalog": ("golden/{}/describe-pods.txt", "catalog/search:4.4.2"),
    "cleanup": ("namespaces/{}/pods.json", "acme.io/drain"),
    "data-reports": ("golden/{}/describe-pods.txt", "OOMKilled"),
    "db-migrate": ("namespaces/{}/logs/orders-migrate-42-psv44_migrate.log", "already exists"),
    "edge-static": ("namespaces/{}/logs/static-site-848f68d859-8t4t9_nginx.log", "proxy_passs"),
    "geo": ("golden/{}/describe-pods.txt", "NodeNotReady"),
    "log-ship": ("golden/{}/describe-pods.txt", 'volume "spool" exceeds the limit "40Mi"'),
    "ml-train": ("golden/{}/describe-pods.txt", "Insufficient cpu"),
    "notify": ("golden/{}/describe-pods.txt", 'configmap "mailer-settings" not found'),
    "payments": ("namespaces/{}/logs/ledger-5b6b45798b-gp9tj_wait-for-db.log", "NXDOMAIN"),
    "platform-sync": (
        "namespaces/{}/logs/config-sync-77946fcc6f-sfbs5_config-sync.log",
        'cannot list resource \\"configmaps\\"',
    ),
    "pricing": ("golden/{}/describe-horizontalpodautoscalers.txt", "missing request for cpu"),
    "promo": ("golden/{}/describe-replicasets.txt", "exceeded quota: promo-quota"),
    "shop-cart": ("golden/{}/describe-services.txt", "app=cart-api"),
    "shop-checkout": (
        "namespaces/{}/logs/checkout-78bbb7575c-ctxps_checkout.log",
        "PAYMENT_API_KEY is not set",
    ),
    "storefront": ("namespaces/{}/logs/cart-api-6fc7cd9cd5-h46tm_cart-api.log", "OOM command"),
    "users": ("golden/{}/describe-pods.txt", "/readyz"),
}


def room(calls: int) -> int:
    return SMALL.excerpt_chars(calls, PROMPT)


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the shared recording is not here")
@pytest.mark.parametrize("calls", [1, 4])
@pytest.mark.parametrize("namespace", DECISIVE)
def test_the_line_that_names_the_cause_survives(namespace: str, calls: int) -> None:
    path, line = DECISIVE[namespace]
    whole = (SOURCE / path.format(namespace)).read_text(encoding="utf-8")
    assert line in whole
    cut = excerpt(whole, room(calls), f"what is wrong in namespace {namespace}?")
    assert line in cut
    assert len(cut) <= room(calls) + 700
