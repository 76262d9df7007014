from holmes.triage.fields import Obj
from triage import builders as b


def held_up(**spec: object) -> Obj:
    state = b.status(state=b.waiting("CreateContainerConfigError"))
    return b.pod(
        phase="Pending", spec={"containers": [{**b.container(), **spec}]}, containerStatuses=[state]
    )


def test_a_missing_config_map_and_its_near_miss() -> None:
    [finding] = b.found_by(
        "missing_config",
        held_up(envFrom=[{"configMapRef": {"name": "mailer-settings"}}]),
        b.config_map("mailer-config", A="1"),
    )

    assert finding.cause == (
        "pods can't start: ConfigMap mailer-settings does not exist (ConfigMap mailer-config "
        "exists), used by container app envFrom"
    )


def test_a_missing_key() -> None:
    key = {"name": "URL", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "db_ur"}}}

    [finding] = b.found_by("missing_config", held_up(env=[key]), b.config_map("conf", db_url="x"))

    assert "ConfigMap conf has no key db_ur (key db_url exists)" in finding.cause


def test_a_missing_secret_behind_a_volume() -> None:
    pod = b.pod(
        phase="Pending",
        spec={
            "containers": [b.container()],
            "volumes": [{"name": "tls", "secret": {"secretName": "web-tls"}}],
        },
        containerStatuses=[b.status(state=b.waiting("ContainerCreating"))],
    )
    event = b.event("FailedMount", 'MountVolume.SetUp failed: secret "web-tls" not found')

    [finding] = b.found_by("missing_config", pod, event)

    assert "Secret web-tls does not exist, used by volume tls" in finding.cause


def test_what_is_optional_may_be_missing() -> None:
    optional = {"configMapRef": {"name": "nothing", "optional": True}}

    assert not b.found_by("missing_config", held_up(envFrom=[optional]))


def test_a_key_of_a_secret_is_never_judged() -> None:
    key = {"name": "K", "valueFrom": {"secretKeyRef": {"name": "web", "key": "token"}}}

    assert not b.found_by("missing_config", held_up(env=[key]), b.obj("Secret", "web"))


def test_a_key_of_a_secret_that_the_kubelet_names() -> None:
    key = {"name": "K", "valueFrom": {"secretKeyRef": {"name": "web", "key": "token"}}}
    said = "couldn't find key token in Secret shop/web"
    pod = held_up(env=[key])
    pod["status"]["containerStatuses"][0]["state"] = b.waiting("CreateContainerConfigError", said)

    [finding] = b.found(pod, b.replica_set(), b.obj("Secret", "web"), b.deployment())

    assert "Secret web has no key token, used by container app env K" in finding.cause
    assert any(said in line for line in finding.evidence)


def test_a_file_that_a_volume_lacks_in_the_words_of_1_24_and_later() -> None:
    volume = {"name": "tls", "secret": {"secretName": "web", "items": [{"key": "ca.crt"}]}}
    pod = b.pod(phase="Pending", spec={"containers": [b.container()], "volumes": [volume]},
                containerStatuses=[b.status(state=b.waiting("ContainerCreating"))])  # fmt: skip
    event = b.event("FailedMount", 'MountVolume.SetUp failed for volume "tls" : references '
                    "non-existent secret key: ca.crt")  # fmt: skip

    [finding] = b.found_by("missing_config", pod, event)

    assert "Secret web" in finding.cause


def test_a_missing_config_map_whose_events_are_gone() -> None:
    volume = {"name": "conf", "configMap": {"name": "site"}}
    pod = b.pod(phase="Pending", spec={"containers": [b.container()], "volumes": [volume]},
                containerStatuses=[b.status(state=b.waiting("ContainerCreating"))])  # fmt: skip

    [finding] = b.found_by("missing_config", pod)

    assert "ConfigMap site does not exist, used by volume conf" in finding.cause
    assert not b.found_by("missing_config", pod, b.config_map("site"))
