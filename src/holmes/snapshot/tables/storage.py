"""Volumes, claims and storage classes."""

from collections.abc import Sequence
from datetime import datetime

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields
from holmes.snapshot.tables.base import Table, columns, created, yes_no

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def _claim(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    volume = fields.text(value, "spec", "volumeName")
    return (
        fields.name_of(value),
        _phase(value),
        volume,
        fields.text(value, "status", "capacity", "storage") if volume else "",
        _modes(value, "status", "accessModes") if volume else "",
        _class(value),
        fields.text(value, "spec", "volumeAttributesClassName") or "<unset>",
        created(value, now),
        fields.text(value, "spec", "volumeMode") or "<unset>",
    )


def _volume(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    claim = fields.mapping(value, "spec", "claimRef")
    return (
        fields.name_of(value),
        fields.text(value, "spec", "capacity", "storage"),
        _modes(value, "spec", "accessModes"),
        fields.text(value, "spec", "persistentVolumeReclaimPolicy"),
        _phase(value),
        f"{fields.text(claim, 'namespace')}/{fields.text(claim, 'name')}" if claim else "",
        _class(value),
        fields.text(value, "spec", "volumeAttributesClassName") or "<unset>",
        fields.text(value, "status", "reason"),
        created(value, now),
        fields.text(value, "spec", "volumeMode") or "<unset>",
    )


def _storage_class(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    annotations = fields.mapping(value, "metadata", "annotations")
    default = " (default)" if annotations.get(_DEFAULT_CLASS) == "true" else ""
    return (
        fields.name_of(value) + default,
        fields.text(value, "provisioner"),
        fields.text(value, "reclaimPolicy") or "Delete",
        fields.text(value, "volumeBindingMode") or "Immediate",
        yes_no(value, "allowVolumeExpansion"),
        created(value, now),
    )


def _attachment(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    return (
        fields.name_of(value),
        fields.text(value, "spec", "attacher"),
        fields.text(value, "spec", "source", "persistentVolumeName"),
        fields.text(value, "spec", "nodeName"),
        yes_no(value, "status", "attached"),
        created(value, now),
    )


def _csi_node(value: JsonObject, now: datetime) -> Sequence[JsonValue]:
    drivers = len(fields.objects(value, "spec", "drivers"))
    return (fields.name_of(value), drivers, created(value, now))


def _phase(value: JsonObject) -> str:
    deleted = "deletionTimestamp" in fields.mapping(value, "metadata")
    return "Terminating" if deleted else fields.text(value, "status", "phase")


def _modes(value: JsonObject, *path: str) -> str:
    modes = fields.texts(value, *path)
    return ",".join(short for mode, short in _MODES.items() if mode in modes)


def _class(value: JsonObject) -> str:
    annotations = fields.labels(value, "metadata", "annotations")
    return annotations.get(_BETA_CLASS) or fields.text(value, "spec", "storageClassName")


TABLES = {
    "persistentvolumeclaims": Table(
        columns=columns(
            "Name",
            "Status",
            "Volume",
            "Capacity",
            "Access Modes",
            "StorageClass",
            "VolumeAttributesClass",
            "Age",
            wide=("VolumeMode",),
        ),
        cells=_claim,
    ),
    "persistentvolumes": Table(
        columns=columns(
            "Name",
            "Capacity",
            "Access Modes",
            "Reclaim Policy",
            "Status",
            "Claim",
            "StorageClass",
            "VolumeAttributesClass",
            "Reason",
            "Age",
            wide=("VolumeMode",),
        ),
        cells=_volume,
    ),
    "storageclasses.storage.k8s.io": Table(
        columns=columns(
            "Name",
            "Provisioner",
            "ReclaimPolicy",
            "VolumeBindingMode",
            "AllowVolumeExpansion",
            "Age",
        ),
        cells=_storage_class,
    ),
    "volumeattachments.storage.k8s.io": Table(
        columns=columns("Name", "Attacher", "PV", "Node", "Attached", "Age"), cells=_attachment
    ),
    "csinodes.storage.k8s.io": Table(columns=columns("Name", "Drivers", "Age"), cells=_csi_node),
}
