import pytest

from holmes.triage.fields import Obj
from triage import builders as b


def pulling(message: str, reason: str = "ImagePullBackOff") -> Obj:
    state = b.status(state=b.waiting(reason, message))
    return b.pod(phase="Pending", containerStatuses=[state])


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ('"registry.test/app:1": registry.test/app:1: not found', "no such tag"),
        ("failed to authorize: 401 Unauthorized", "refuses access"),
        ("dial tcp: lookup registry.test: no such host", "does not resolve"),
        ("dial tcp 10.1.1.1:443: i/o timeout", "can't be reached"),
        ("toomanyrequests: You have reached your pull rate limit", "limits the rate"),
        ("429 Too Many Requests - toomanyrequests: unauthenticated", "limits the rate"),
        ("no match for platform in manifest: not found", "no build for the node's platform"),
        ("pull access denied, repository does not exist or may require authorization", "no such"),
        ("x509: certificate signed by unknown authority", "certificate is not trusted"),
    ],
)
def test_why_a_pull_fails(message: str, why: str) -> None:
    [finding] = b.found_by("image_pull", pulling(message))

    assert finding.cause.startswith("image registry.test/app:1 can't be pulled (ImagePullBackOff)")
    assert why in finding.cause


def test_an_invalid_name() -> None:
    [finding] = b.found_by("image_pull", pulling("couldn't parse", "InvalidImageName"))

    assert "name is not valid" in finding.cause


def test_the_registrys_own_last_words_stand_in_the_cause() -> None:
    said = (
        'failed to pull and unpack image "registry.test/app:1": failed to resolve reference '
        '"registry.test/app:1": failed to do request: Head "https://registry.test/v2/": '
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"
    )

    [finding] = b.found_by("image_pull", pulling(said))

    assert finding.cause.endswith(
        "the registry's certificate is not trusted "
        "(x509: certificate has expired or is not yet valid)"
    )


def test_a_tag_that_some_node_has_is_named() -> None:
    there = b.node(images=[{"names": ["registry.test/app:0.9"]}])

    [finding] = b.found_by("image_pull", there, pulling("not found"))

    assert finding.cause.endswith("; no node has this tag, node-1 has tag 0.9")


def test_a_running_pod_is_no_finding() -> None:
    assert not b.found_by("image_pull", b.pod(ready=True))


def test_a_pull_secret_that_is_not_there() -> None:
    said = "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may"
    event = b.event("FailedToRetrieveImagePullSecret", said)

    [finding] = b.found_by("image_pull", pulling("401 Unauthorized"), event)

    assert any(said in line for line in finding.evidence)
    assert "(regcred)" in finding.cause
