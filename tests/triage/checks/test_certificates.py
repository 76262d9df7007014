from datetime import UTC, datetime

from holmes.triage.checks import certificates
from triage import builders as b

# Self-signed for old.test by `openssl ca -selfsign -enddate 20261101000000Z`.
EXPIRED = """-----BEGIN CERTIFICATE-----
MIHNMIGAAgEBMAUGAytlcDATMREwDwYDVQQDDAhvbGQudGVzdDAeFw0yNTExMDEw
MDAwMDBaFw0yNjExMDEwMDAwMDBaMBMxETAPBgNVBAMMCG9sZC50ZXN0MCowBQYD
K2VwAyEAX1giqFlfsgs0psxeYIe+TZRuGFaDV0HRbSvS0dvFr6EwBQYDK2VwA0EA
e0l+oggBmE006+SjihhyQr/CI3BS82/WgEDVLRTilFLh3cjSZWGIbzUrnRObymYH
e3Y6joKaNvveC9vuLdyaAg==
-----END CERTIFICATE-----"""


def test_the_end_is_read_from_the_certificate() -> None:
    body = "".join(EXPIRED.splitlines()[1:-1])

    assert certificates.expiry(body) == datetime(2026, 11, 1, tzinfo=UTC)


def test_an_expired_certificate_in_a_config_map() -> None:
    [finding] = b.found_by("certificates", b.config_map("ca", **{"ca.crt": EXPIRED}))

    assert finding.cause == "the certificate in key ca.crt expired on 2026-11-01 00:00Z"
    assert finding.severity == "critical"


def test_text_that_is_no_certificate_is_no_finding() -> None:
    broken = "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----"

    assert not b.found_by("certificates", b.config_map("ca", **{"ca.crt": broken}))
