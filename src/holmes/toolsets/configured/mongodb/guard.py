"""Whether a filter or a pipeline only reads: stages from a list, and no JavaScript anywhere."""

from collections.abc import Iterator, Sequence
from typing import Any

from holmes.tools.function_tool import ToolFailure

# `$changeStream` waits for what comes; `$out` and `$merge` write; the rest that is missing is
# about sessions and plans of others.
_STAGES = frozenset({
    "$addFields", "$bucket", "$bucketAuto", "$collStats", "$count", "$densify", "$facet", "$fill",
    "$geoNear", "$graphLookup", "$group", "$indexStats", "$limit", "$lookup", "$match", "$project",
    "$redact", "$replaceRoot", "$replaceWith", "$sample", "$set", "$setWindowFields", "$skip",
    "$sort", "$sortByCount", "$unionWith", "$unset", "$unwind",
})  # fmt: skip
_REFUSED = frozenset({"$out", "$merge", "$function", "$accumulator", "$where", "$changeStream"})


def check_pipeline(pipeline: Sequence[Any]) -> None:
    """Raise ToolFailure "denied" for a pipeline that may do more than read."""
    for stage in pipeline:
        if not isinstance(stage, dict) or len(stage) != 1:
            raise ToolFailure(
                'Each stage is an object with one key, as {"$match": {…}}.',
                status="invalid_arguments",
            )
        name = next(iter(stage))
        if name not in _STAGES:
            raise _denied(f'the stage "{name}" is not one that reads')
    check_document(list(pipeline))


def check_document(document: object) -> None:
    """Raise ToolFailure "denied" for a document that runs JavaScript or writes, at any depth."""
    for key in _keys(document):
        if key in _REFUSED:
            raise _denied(f'"{key}" writes, waits or runs JavaScript')


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _keys(each)
    elif isinstance(value, list):
        for each in value:
            yield from _keys(each)


def _denied(what: str) -> ToolFailure:
    return ToolFailure(f"Not run: {what}. Stages that read may run.", status="denied")
