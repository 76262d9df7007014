"""Volumes that are not there, or can't be mounted."""

from generated.fault import Expect, fault, of_app
from generated.pending import unschedulable
from generated.revise import add_claim, revise, use_claim
from generated.states import crash, stuck_creating
from generated.world import App, World
from holmes.triage.fields import Obj, name_of

_UNBOUND = "pod has unbound immediate PersistentVolumeClaims"
_NONE_FITS = "no persistent volumes available for this claim and no storage class is set"


def _free(world: World) -> App:
    return world.choose(fits=lambda each: not each.claim)


def _pending(world: World, app: App, claim: Obj, reason: str, message: str) -> None:
    """Pods that wait for a claim that is not bound."""
    pods = revise(world, app, use_claim(app), everywhere=True)
    unschedulable(world, pods, {_UNBOUND: len(world.nodes())}, whole=_UNBOUND)
    world.event(
        claim,
        reason,
        message,
        source="persistentvolume-controller",
        normal=message == _NONE_FITS,
    )


def _volume(world: World, name: str, **spec: object) -> Obj:
    return world.add(
        "PersistentVolume",
        "",
        name,
        status={"phase": "Available"},
        spec={
            "capacity": {"storage": "10Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "",
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": "/mnt/disk1"},
            **spec,
        },
    )


@fault(decisive=["StorageClass"])
def claim_class_missing(world: World) -> Expect:
    app = _free(world)
    made = add_claim(world, app, bound=False)
    wrong = world.rng.choice(("fast-ssd", "gp3-encrypted", "premium-rwo"))
    made["spec"]["storageClassName"] = wrong
    _pending(
        world, app, made, "ProvisioningFailed", f'storageclass.storage.k8s.io "{wrong}" not found'
    )
    return Expect(subjects=of_app(world, app, made), words=(wrong,))


@fault(decisive=["StorageClass", "PersistentVolume"])
def claim_without_class(world: World) -> Expect:
    """No default class in the cluster, and no volume to bind by hand."""
    app = _free(world)
    world.get("StorageClass", "", "standard")["metadata"]["annotations"] = {}
    made = add_claim(world, app, bound=False)
    del made["spec"]["storageClassName"]
    _pending(world, app, made, "FailedBinding", _NONE_FITS)
    return Expect(subjects=of_app(world, app, made), words=("class|StorageClass|storageClassName",))


@fault(decisive=["PersistentVolume"])
def claim_larger_than_every_volume(world: World) -> Expect:
    app = _free(world)
    made = add_claim(world, app, bound=False)
    made["spec"] |= {"storageClassName": "", "resources": {"requests": {"storage": "50Gi"}}}
    volume = _volume(world, f"disk-{world.suffix()}")
    _pending(world, app, made, "FailedBinding", _NONE_FITS)
    return Expect(subjects=of_app(world, app, made, volume), words=("50Gi",))


@fault(decisive=["PersistentVolume"])
def claim_selector_matches_no_volume(world: World) -> Expect:
    app = _free(world)
    made = add_claim(world, app, bound=False)
    wanted = world.rng.choice(("gold", "archive", "nvme"))
    made["spec"] |= {"storageClassName": "", "selector": {"matchLabels": {"tier": wanted}}}
    volume = _volume(world, f"disk-{world.suffix()}")
    volume["metadata"]["labels"] = {"tier": "silver"}
    _pending(world, app, made, "FailedBinding", _NONE_FITS)
    return Expect(subjects=of_app(world, app, made, volume), words=(wanted,))


@fault(decisive=["PersistentVolume"])
def claim_access_mode_of_no_volume(world: World) -> Expect:
    app = _free(world)
    made = add_claim(world, app, bound=False)
    made["spec"] |= {"storageClassName": "", "accessModes": ["ReadWriteMany"]}
    volume = _volume(world, f"disk-{world.suffix()}")
    _pending(world, app, made, "FailedBinding", _NONE_FITS)
    return Expect(subjects=of_app(world, app, made, volume), words=("ReadWriteMany",))


@fault(decisive=["PersistentVolume"])
def claim_of_a_volume_that_is_taken(world: World) -> Expect:
    app = _free(world)
    made = add_claim(world, app, bound=False)
    name = f"shared-{world.suffix()}"
    volume = _volume(
        world,
        name,
        claimRef={
            "kind": "PersistentVolumeClaim",
            "namespace": "default",
            "name": "old-data",
            "uid": world.uid(),
        },
    )
    volume["status"]["phase"] = world.rng.choice(("Released", "Bound"))
    if volume["status"]["phase"] == "Bound":
        world.add(
            "PersistentVolumeClaim",
            "default",
            "old-data",
            status={"phase": "Bound"},
            spec={
                "volumeName": name,
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "",
                "resources": {"requests": {"storage": "10Gi"}},
            },
        )
    made["spec"] |= {"storageClassName": "", "volumeName": name}
    _pending(
        world, app, made, "FailedBinding", f'volume "{name}" already bound to a different claim.'
    )
    return Expect(subjects=of_app(world, app, made, volume), words=(name,))


@fault(only_events=True)
def provisioner_fails(world: World) -> Expect:
    app = _free(world)
    made = add_claim(world, app, bound=False)
    made["metadata"]["annotations"] = {
        "volume.kubernetes.io/selected-node": name_of(world.nodes()[0])
    }
    why = world.rng.choice(
        (
            "UnauthorizedOperation: You are not authorized to perform ec2:CreateVolume",
            "VolumeLimitExceeded: Quota of 50 volumes exceeded",
        )
    )
    pods = revise(world, app, use_claim(app), everywhere=True)
    unschedulable(
        world,
        pods,
        {"": len(world.nodes())},
        whole='running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded',
    )
    world.event(
        made,
        "ProvisioningFailed",
        (
            'failed to provision volume with StorageClass "standard": rpc error: code '
            f"= Internal desc = {why}"
        ),
        source="ebs.csi.aws.com_ebs-csi-controller-0",
    )
    return Expect(subjects=of_app(world, app, made), words=(why.partition(":")[0],))


@fault()
def claim_missing(world: World) -> Expect:
    app = _free(world)
    name = f"{app.name}-data"
    pods = revise(world, app, use_claim(app), everywhere=True)
    whole = f'persistentvolumeclaim "{name}" not found'
    unschedulable(world, pods, {whole: len(world.nodes())}, whole=whole)
    return Expect(
        subjects=of_app(world, app, ("PersistentVolumeClaim", app.namespace, name)), words=(name,)
    )


@fault()
def claim_waits_for_unschedulable_pod(world: World) -> Expect:
    """The claim waits for its first consumer, and that has a node selector without a node."""
    app = _free(world)
    made = add_claim(world, app, bound=False)
    value = world.rng.choice(("nvme", "local-ssd"))
    use = use_claim(app)

    def change(spec: Obj) -> None:
        use(spec)
        spec["nodeSelector"] = {"storage": value}

    pods = revise(world, app, change, everywhere=True)
    unschedulable(
        world, pods, {"node(s) didn't match Pod's node affinity/selector": len(world.nodes())}
    )
    world.event(
        made,
        "WaitForPodScheduled",
        f"waiting for pod {name_of(pods[0])} to be scheduled",
        normal=True,
        source="persistentvolume-controller",
    )
    return Expect(subjects=of_app(world, app), words=("storage", value))


@fault(only_events=True)
def volume_attached_elsewhere(world: World) -> Expect:
    """Two pods on two nodes share a volume for one node; on one node, an old attachment stays."""
    app = _free(world)
    made = add_claim(world, app, bound=True)
    volume = made["spec"]["volumeName"]
    pods = revise(world, app, use_claim(app), everywhere=True)
    nodes = world.nodes()
    stuck = pods
    how = "Volume is already exclusively attached to one node and can't be attached to another"
    if len(nodes) > 1 and len(pods) > 1:
        holder, *stuck = pods
        how = f"Volume is already used by pod(s) {name_of(holder)}"
        other = next(each for each in nodes if name_of(each) != holder["spec"]["nodeName"])
        for pod in stuck:
            pod["spec"]["nodeName"] = name_of(other)
            pod["status"]["hostIP"] = other["status"]["addresses"][0]["address"]
    said = f'Multi-Attach error for volume "{volume}" {how}'
    stuck_creating(world, stuck, "FailedAttachVolume", said)
    return Expect(
        subjects=of_app(world, app, made, ("PersistentVolume", "", volume)),
        words=(f"{volume}|{name_of(made)}|Multi-Attach", "attached|Multi-Attach|used by|in use"),
    )


@fault(only_events=True)
def nfs_server_silent(world: World) -> Expect:
    app = world.choose()
    server = f"10.{world.rng.randrange(1, 200)}.0.{world.rng.randrange(2, 250)}"

    def change(spec: Obj) -> None:
        spec.setdefault("volumes", []).append(
            {"name": "share", "nfs": {"server": server, "path": "/exports/media"}}
        )
        spec["containers"][0].setdefault("volumeMounts", []).append(
            {"name": "share", "mountPath": "/media"}
        )

    pods = revise(world, app, change)
    uid = pods[0]["metadata"]["uid"]
    stuck_creating(
        world,
        pods,
        "FailedMount",
        (
            'MountVolume.SetUp failed for volume "share" : mount failed: exit status '
            "32\nMounting command: mount\n"
            f"Mounting arguments: -t nfs {server}:/exports/media "
            f"/var/lib/kubelet/pods/{uid}/volumes/"
            "kubernetes.io~nfs/share\nOutput: mount.nfs: Connection timed out"
        ),
    )
    return Expect(subjects=of_app(world, app), words=(server,))


@fault()
def disk_full(world: World) -> Expect:
    app = world.choose("StatefulSet", "Deployment")
    path = world.rng.choice(("/var/lib/data/wal/000012", "/var/lib/data/segments/7.log"))
    pods = revise(world, app, lambda _: None)
    crash(world, app, pods, [f"FATAL: could not write to file {path}: No space left on device"])
    return Expect(
        subjects=of_app(world, app), words=("No space left on device|disk is full|volume is full",)
    )
