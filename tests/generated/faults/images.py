"""Images that can't be had, or can't run."""

from collections.abc import Callable

from generated.fault import Expect, fault, of_app
from generated.revise import revise
from generated.states import crash, image_pull, waiting
from generated.world import App, World
from holmes.triage.fields import Obj


def _changed(world: World, image: Callable[[str], str]) -> "tuple[App, list[Obj], str]":
    app = world.choose("Deployment", "DaemonSet")
    new = image(app.image)
    pods = revise(world, app, lambda spec: spec["containers"][0].update(image=new))
    return app, pods, new


def _unpack(world: World, image: str, why: str, code: str = "Unknown") -> str:
    """What containerd says, with the gRPC status that older kubelets put in front."""
    full = (
        image
        if "/" in image and "." in image.split("/", maxsplit=1)[0]
        else f"docker.io/library/{image}"
    )
    said = f'failed to pull and unpack image "{full}": failed to resolve reference "{full}": {why}'
    return (
        said.replace("FULL", full)
        if world.minor >= 34
        else (f"rpc error: code = {code} desc = {said.replace('FULL', full)}")
    )


@fault()
def image_tag_not_found(world: World) -> Expect:
    tag = f"{world.rng.randrange(5, 9)}.{world.rng.randrange(99)}.0-missing"
    app, pods, image = _changed(world, lambda old: f"{old.partition(':')[0]}:{tag}")
    image_pull(world, pods, _unpack(world, image, "FULL: not found", "NotFound"))
    return Expect(subjects=of_app(world, app), words=(image, "not found|does not exist|no such"))


@fault()
def image_pull_unauthorized(world: World) -> Expect:
    app, pods, image = _changed(
        world, lambda old: f"registry.private.io/internal/{old.rpartition('/')[2]}"
    )
    host = image.split("/")[0]
    image_pull(
        world,
        pods,
        _unpack(
            world,
            image,
            (
                "failed to authorize: failed to fetch anonymous token: unexpected "
                "status from GET request to "
                f"https://{host}/token?scope=repository%3Ainternal: 401 Unauthorized"
            ),
        ),
    )
    return Expect(
        subjects=of_app(world, app),
        words=(image, "401|unauthorized|credentials|access|imagePullSecret"),
    )


@fault()
def image_pull_rate_limited(world: World) -> Expect:
    app, pods, image = _changed(world, lambda old: f"docker.io/library/{old.rpartition('/')[2]}")
    image_pull(
        world,
        pods,
        _unpack(
            world,
            image,
            (
                "unexpected status from HEAD request to "
                f"https://registry-1.docker.io/v2/{image[10:].replace(':', '/manifests/')}: "
                "429 Too Many Requests - Server message: toomanyrequests: You have "
                "reached your unauthenticated pull "
                "rate limit. https://www.docker.com/increase-rate-limit"
            ),
        ),
    )
    return Expect(subjects=of_app(world, app), words=("429|rate|rate-limited|toomanyrequests",))


@fault()
def registry_does_not_resolve(world: World) -> Expect:
    host = f"registry.{world.rng.choice(('intern', 'corp', 'old-dc'))}.example"
    app, pods, image = _changed(world, lambda old: f"{host}/{old.rpartition('/')[2]}")
    image_pull(
        world,
        pods,
        _unpack(
            world,
            image,
            (
                f'failed to do request: Head "https://{host}/v2/app/manifests/1": dial '
                f"tcp: lookup {host} on "
                "10.0.0.2:53: no such host"
            ),
        ),
    )
    return Expect(subjects=of_app(world, app), words=(host,))


@fault()
def registry_down(world: World) -> Expect:
    host = f"10.{world.rng.randrange(20, 90)}.4.7:5000"
    app, pods, image = _changed(world, lambda old: f"{host}/{old.rpartition('/')[2]}")
    image_pull(
        world,
        pods,
        _unpack(
            world,
            image,
            (
                f'failed to do request: Head "https://{host}/v2/app/manifests/1": dial '
                f"tcp {host}: connect: "
                "connection refused"
            ),
        ),
    )
    return Expect(
        subjects=of_app(world, app), words=(host, "refused|refuses|unreachable|not reachable|down")
    )


@fault()
def invalid_image_name(world: World) -> Expect:
    app, pods, image = _changed(
        world, lambda old: f"{old.partition(':')[0]}:Rel ease/1".replace("acme", "Acme")
    )
    why = (
        f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": '
        "invalid reference format"
    )
    for pod in pods:
        waiting(world, pod, "InvalidImageName", why)
        world.event(pod, "InspectFailed", why)
        world.event(pod, "Failed", "Error: InvalidImageName")
    return Expect(subjects=of_app(world, app), words=(image,))


@fault()
def image_never_pulled(world: World) -> Expect:
    app = world.choose()
    image = f"{app.name}:local-build"
    pods = revise(
        world, app, lambda spec: spec["containers"][0].update(image=image, imagePullPolicy="Never")
    )
    why = f'Container image "{image}" is not present with pull policy of Never'
    for pod in pods:
        waiting(world, pod, "ErrImageNeverPull", why)
        world.event(pod, "ErrImageNeverPull", why)
        world.event(pod, "Failed", "Error: ErrImageNeverPull")
    return Expect(subjects=of_app(world, app), words=(image, "never"))


@fault()
def image_of_another_architecture(world: World) -> Expect:
    app, pods, _ = _changed(world, lambda old: f"{old}-arm64")
    binary = world.rng.choice(("/usr/local/bin/app", "/app/server", "/entrypoint"))
    crash(world, app, pods, [], code=255)
    for pod in pods:
        world.log(pod, [f"exec {binary}: exec format error"])
        world.log(pod, [f"exec {binary}: exec format error"], previous=True)
    return Expect(subjects=of_app(world, app), words=("exec format error|architecture|arm64",))
