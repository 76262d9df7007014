"""Volumes, claims and storage classes."""

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.tables.base import AGE, NAME, Column, column, count, text, wide

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def _if_bound(shown: Column) -> Column:
    """A column of claims that stays empty as long as there is no volume."""
    return Column(
        shown.name,
        lambda claim, now: (
            shown.cell(claim, now) if fields.text(claim, "spec", "volumeName") else ""
        ),
    )


def _class_name(value: JsonObject) -> str:
    annotations = fields.mapping(value, "metadata", "annotations")
    default = " (default)" if annotations.get(_DEFAULT_CLASS) == "true" else ""
    return fields.name_of(value) + default


def _claim_of(volume: JsonObject) -> str:
    claim = fields.mapping(volume, "spec", "claimRef")
    return f"{fields.text(claim, 'namespace')}/{fields.text(claim, 'name')}" if claim else ""


def _phase(value: JsonObject) -> str:
    deleted = "deletionTimestamp" in fields.mapping(value, "metadata")
    return "Terminating" if deleted else fields.text(value, "status", "phase")


def _modes(place: str) -> Column:
    def cell(value: JsonObject) -> str:
        modes = fields.texts(value, place, "accessModes")
        return ",".join(short for mode, short in _MODES.items() if mode in modes)

    return column("Access Modes", cell)


def _class(value: JsonObject) -> str:
    annotations = fields.labels(value, "metadata", "annotations")
    return annotations.get(_BETA_CLASS) or fields.text(value, "spec", "storageClassName")


_STATUS = column("Status", _phase)
_CLASSES = (
    column("StorageClass", _class),
    text("VolumeAttributesClass", "spec.volumeAttributesClassName", "<unset>"),
)
_VOLUME_MODE = wide(text("VolumeMode", "spec.volumeMode", "<unset>"))
TABLES = {
    "persistentvolumeclaims": (
        NAME,
        _STATUS,
        text("Volume", "spec.volumeName"),
        _if_bound(text("Capacity", "status.capacity.storage")),
        _if_bound(_modes("status")),
        *_CLASSES,
        AGE,
        *_VOLUME_MODE,
    ),
    "persistentvolumes": (
        NAME,
        text("Capacity", "spec.capacity.storage"),
        _modes("spec"),
        text("Reclaim Policy", "spec.persistentVolumeReclaimPolicy"),
        _STATUS,
        column("Claim", _claim_of),
        *_CLASSES,
        text("Reason", "status.reason"),
        AGE,
        *_VOLUME_MODE,
    ),
    "storageclasses.storage.k8s.io": (
        column("Name", _class_name),
        text("Provisioner", "provisioner"),
        text("ReclaimPolicy", "reclaimPolicy", "Delete"),
        text("VolumeBindingMode", "volumeBindingMode", "Immediate"),
        text("AllowVolumeExpansion", "allowVolumeExpansion", "false"),
        AGE,
    ),
    "volumeattachments.storage.k8s.io": (
        NAME,
        text("Attacher", "spec.attacher"),
        text("PV", "spec.source.persistentVolumeName"),
        text("Node", "spec.nodeName"),
        text("Attached", "status.attached", "false"),
        AGE,
    ),
    "csinodes.storage.k8s.io": (NAME, count("Drivers", "spec.drivers"), AGE),
}
