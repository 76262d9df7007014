"""The HTTP API of Prometheus, which VictoriaMetrics, Thanos, Mimir and the clouds speak as well."""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from holmes.core.messages import JsonValue
from holmes.core.tool_output import Series
from holmes.tools.function_tool import ToolFailure
from holmes.tools.http import HttpServer, Parameters
from holmes.toolsets.configured.prometheus.times import Range

_T = TypeVar("_T")

_KEPT_SECONDS = 60.0
_LONGEST_IN_URL = 4_000


class QueryError(ToolFailure):
    """What the server says of a query; `kind` is its errorType ("bad_data", "timeout", …)."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message, status="timeout" if kind == "timeout" else "failed")
        self.kind = kind


class _Result(msgspec.Struct):
    metric: dict[str, str] = {}
    value: tuple[float, str] | None = None
    values: list[tuple[float, str]] = []


class _Vectors(msgspec.Struct, tag_field="resultType", tag="matrix"):
    result: list[_Result]


class _Vector(msgspec.Struct, tag_field="resultType", tag="vector"):
    result: list[_Result]


class _Scalar(msgspec.Struct, tag_field="resultType", tag="scalar"):
    result: tuple[float, str]


class _Text(msgspec.Struct, tag_field="resultType", tag="string"):
    result: tuple[float, str]


class _Reply(msgspec.Struct):
    """What all replies have in common; the rest is decoded by what was asked."""

    status: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""
    error_type: str = msgspec.field(name="errorType", default="")
    warnings: list[str] = []


class Build(msgspec.Struct):
    """What the server says of itself."""

    version: str = ""
    application: str = ""


class Description(msgspec.Struct):
    """Type and help of a metric."""

    type: str = ""
    help: str = ""


@dataclass(kw_only=True, slots=True)
class Api:
    """One server, for one tenant.

    tenant         headers that name the tenant
    query_seconds  the limit of a query; the server is told it, too
    """

    server: HttpServer
    query_seconds: float
    metadata_seconds: float
    tenant: dict[str, str] = field(default_factory=dict)
    _kept: dict[str, tuple[float, Any]] = field(default_factory=dict)

    async def instant(self, query: str, at: float) -> list[Series]:
        """The values of a query at a time, each a series of one point."""
        data = await self._query(
            "api/v1/query",
            {"query": query, "time": f"{at:.3f}"},
            _Vectors | _Vector | _Scalar | _Text,
        )
        if isinstance(data, _Scalar):
            return [Series(labels={}, points=((data.result[0], _number(data.result[1])),))]
        if isinstance(data, _Text):
            return []
        return [
            Series(
                labels=each.metric,
                points=tuple(
                    (when, _number(value))
                    for when, value in each.values or [each.value or (at, "nan")]
                ),
            )
            for each in data.result
        ]

    async def range(self, query: str, over: Range) -> list[Series]:
        """The values of a query over a time; a point that is missing is None."""
        form = {"query": query, "start": f"{over.start:.3f}", "end": f"{over.end:.3f}"}
        form["step"] = f"{over.step:g}"
        data = await self._query("api/v1/query_range", form, _Vectors)
        return [
            Series(labels=each.metric, points=tuple((at, _number(v)) for at, v in each.values))
            for each in data.result
        ]

    async def label_values(
        self, label: str, match: Sequence[str] = (), since: float = 0.0, until: float = 0.0
    ) -> list[str]:
        """The values of a label among the series that match."""
        parameters: Parameters = {"match[]": list(match), **_times(since, until)}
        return await self._get(f"api/v1/label/{label}/values", parameters, list[str])

    async def labels(
        self, match: Sequence[str], since: float = 0.0, until: float = 0.0
    ) -> list[str]:
        """The names of labels among the series that match."""
        parameters: Parameters = {"match[]": list(match), **_times(since, until)}
        return await self._get("api/v1/labels", parameters, list[str])

    async def metadata(self) -> dict[str, Description]:
        """Type and help by metric; empty where the server keeps none."""

        async def read() -> dict[str, Description]:
            try:
                found = await self._get("api/v1/metadata", {}, dict[str, list[Description]])
            except ToolFailure:  # Thanos and the clouds may lack it
                return {}
            return {name: each[0] for name, each in found.items() if each}

        return await self._remembered("metadata", read)

    async def names(self, since: float, until: float) -> list[str]:
        """Every metric there was in a time."""

        async def read() -> list[str]:
            return await self.label_values("__name__", (), since, until)

        return await self._remembered("names", read)

    async def build(self) -> Build:
        """Product and version; empty where the server answers queries and does not say."""
        reply = await self.server.request(
            "api/v1/status/buildinfo", headers=self.tenant, seconds=self.metadata_seconds
        )
        if reply.status in {404, 405, 501}:  # the clouds have no such path
            await self.instant("vector(1)", time.time())
            return Build()
        return self._data(reply.body, Build) if reply.status < 300 else self._refused(reply)

    async def get(self, path: str, parameters: Parameters) -> Any:  # noqa: ANN401  (any JSON)
        """The data of a reply."""
        return await self._get(path, parameters, Any)

    def shown(self, path: str, parameters: Parameters) -> str:
        """A request as a person can repeat it."""
        return f"GET {self.server.url(path, parameters)}"

    async def _remembered(self, key: str, read: Callable[[], Awaitable[_T]]) -> _T:
        kept = self._kept.get(key)
        if kept is None or time.monotonic() > kept[0]:
            kept = (time.monotonic() + _KEPT_SECONDS, await read())
            self._kept[key] = kept
        known: _T = kept[1]
        return known

    async def _get(self, path: str, parameters: Parameters, kind: type[_T]) -> _T:
        reply = await self.server.request(
            path, parameters, headers=self.tenant, seconds=self.metadata_seconds
        )
        return self._data(reply.body, kind) if reply.status < 300 else self._refused(reply)

    async def _query(self, path: str, form: dict[str, str], kind: Any) -> Any:  # noqa: ANN401  (a union)
        form = {**form, "timeout": f"{self.query_seconds:g}s"}
        # Roles that read, of Kubernetes' API server for one, often allow GET alone.
        long = len(form["query"]) > _LONGEST_IN_URL
        reply = await self.server.request(
            path,
            None if long else form,
            method="POST" if long else "GET",
            form=form if long else None,
            headers=self.tenant,
            seconds=self.query_seconds + 1,
        )
        return self._data(reply.body, kind) if reply.status < 300 else self._refused(reply)

    def _refused(self, reply: Any) -> Any:  # noqa: ANN401  (it never returns)
        try:
            said = msgspec.json.decode(reply.body, type=_Reply)
        except msgspec.MsgspecError:
            said = _Reply()
        if said.error:
            raise QueryError(f"{self.server.product}: {said.error}", said.error_type)
        raise self.server.refused(reply)

    def _data(self, body: bytes, kind: type[_T]) -> _T:
        try:
            reply = msgspec.json.decode(body, type=_Reply)
            if reply.error:
                raise QueryError(f"{self.server.product}: {reply.error}", reply.error_type)
            return msgspec.json.decode(reply.data, type=kind)
        except msgspec.MsgspecError as error:
            said = body[:200].decode("utf-8", "replace")
            where = self.server.url("")
            raise ToolFailure(
                f"{where} does not answer as Prometheus' API does ({said}): check the URL"
            ) from error


def _times(since: float, until: float) -> dict[str, str]:
    return {"start": f"{since:.0f}", "end": f"{until:.0f}"} if until else {}


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def matcher(label: str, value: JsonValue, operator: str = "=") -> str:
    """`label="value"`, quoted as PromQL quotes."""
    said = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{label}{operator}"{said}"'
