"""The columns of `kubectl get`, which the API server computes: one module a family of kinds.

A module offers `TABLES`, from a resource's full name (`pods`, `deployments.apps`) to its Table;
adding a module here is all it takes. Kinds without one print NAME and AGE, custom resources what
their CustomResourceDefinition says.
"""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from holmes.snapshot.folder import Resource, Snapshot
from holmes.snapshot.tables.base import AGE, NAME, Table
from holmes.snapshot.tables.custom import custom_table


@cache
def tables() -> Mapping[str, Table]:
    """All tables of this package, by full resource name."""
    found: dict[str, Table] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= getattr(import_module(f"{__name__}.{module.name}"), "TABLES", {})
    return found


def table(resource: Resource, snapshot: Snapshot) -> Table:
    """The table of one resource."""
    return tables().get(resource.full_name) or custom_table(resource, snapshot) or (NAME, AGE)
