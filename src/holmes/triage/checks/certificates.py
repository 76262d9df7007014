"""Certificates that have expired or soon will, where they can be read without any Secret."""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import Obj, items, mapping, ref_of, service_ref, text, when
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet

_SOON = timedelta(days=7)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
# DER (X.690) tags of the two time types; a certificate's Validity is a sequence of two of them.
_UTC_TIME, _GENERALIZED_TIME, _SEQUENCE = 0x17, 0x18, 0x30
_WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each webhook, APIService or ConfigMap with an expired or expiring one."""
    if objects.now is None:
        return
    for obj, where, pem in _bundles(objects):
        ends = [end for end in map(expiry, _PEM.findall(pem)) if end]
        # A bundle may keep an old authority beside its successor.
        last = max(ends, default=None)
        if last and last - objects.now < _SOON:
            yield _finding(objects.now, obj, where, last)


def _bundles(objects: ObjectSet) -> Iterator[tuple[Obj, str, str]]:
    for kind in _WEBHOOKS:
        for configuration in objects.all(kind):
            for hook in items(configuration, "webhooks"):
                bundle = text(hook, "clientConfig", "caBundle")
                yield configuration, f"webhook {text(hook, 'name')} caBundle", _decoded(bundle)
    for service in objects.all("APIService"):
        yield service, "caBundle", _decoded(text(service, "spec", "caBundle"))
    for config in objects.all("ConfigMap"):
        for key, value in mapping(config, "data").items():
            if "-----BEGIN CERTIFICATE-----" in value:
                yield config, f"key {key}", value


def _decoded(bundle: str) -> str:
    try:
        return base64.b64decode(bundle).decode("ascii", errors="replace")
    except binascii.Error:
        return ""


def expiry(body: str) -> datetime | None:
    """The notAfter of one certificate, from the base64 inside its PEM; None where unreadable."""
    try:
        der = base64.b64decode(body)
    except binascii.Error:
        return None
    for start in range(len(der) - 4):
        # A Validity: SEQUENCE (30 or so bytes) that begins with a time.
        if der[start] == _SEQUENCE and der[start + 2] in {_UTC_TIME, _GENERALIZED_TIME}:
            second = start + 4 + der[start + 3]
            return _time(der, second)
    return None


def _time(der: bytes, start: int) -> datetime | None:
    if start + 2 > len(der) or der[start] not in {_UTC_TIME, _GENERALIZED_TIME}:
        return None
    digits = der[start + 2 : start + 2 + der[start + 1]].decode("ascii", errors="replace")
    if der[start] == _UTC_TIME:
        # RFC 5280: two-digit years from 50 on are of the last century.
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    stamp = digits.removesuffix("Z")
    if len(stamp) != 14 or not stamp.isdigit():
        return None
    return when(f"{stamp[:8]}T{stamp[8:]}+00:00")


def _finding(now: datetime, obj: Obj, where: str, end: datetime) -> Finding:
    expired = end < now
    day = end.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")
    ref, service = ref_of(obj), mapping(obj, "spec", "service")
    cause = f"the certificate in {where} {'expired' if expired else 'expires'} on {day}"
    return about(
        "certificates", ref, "critical" if expired else "warning", cause,
        (f"{ref.kind} {ref.name} {where}: notAfter {day}",),
        affected=(service_ref(service),) if service else (),
    )  # fmt: skip
