"""Which server it is, as far as it tells: its kind, its version, its chat template."""

import hashlib
from dataclasses import dataclass, field

from holmes.models.client.endpoint import is_private_host
from holmes.models.client.server import ModelServer
from holmes.models.client.server_facts import listing_fingerprint, model_entries
from holmes.models.modes.memory import Fingerprint
from holmes.models.profiles import own_paths, recognise
from holmes.models.profiles.base import Profile, SelfDescription


@dataclass(slots=True)
class Identity:
    """Collects what the server says; `identify` may be called again when more has been said."""

    server: ModelServer
    known: tuple[Profile, ...]
    profile: Profile | None = None
    version: str = ""
    _paths: dict[str, object] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The profile's name, or a word for none."""
        return self.profile.name if self.profile else "unknown kind"

    @property
    def model_names(self) -> tuple[str, ...]:
        """All names under which the server lists the model: an alias hides its family."""
        model = self.server.settings.model
        entries = model_entries(self.server.listing)
        named = [e for e in entries if e.get("id") == model] or entries[:1]
        return (model, *(str(e[key]) for e in named for key in ("id", "root") if e.get(key)))

    @property
    def fingerprint(self) -> Fingerprint:
        """What a later run can tell the server by."""
        props = self._paths.get("/props")
        template = props.get("chat_template") if isinstance(props, dict) else None
        return Fingerprint(
            kind=self.kind,
            version=self.version,
            listing=listing_fingerprint(self.server.listing, self.server.settings.model),
            template=hashlib.sha256(template.encode()).hexdigest()[:16]
            if isinstance(template, str)
            else "",
        )

    async def identify(self) -> None:
        """Recognise it by what it has said; a private one is asked at its own paths as well."""
        self.profile = recognise(self._said(), self.known)
        private = is_private_host(self.server.endpoint.host)
        if self.profile is None and private:
            for path in own_paths(self.known):
                await self._ask(path)
                self.profile = recognise(self._said(), self.known)
                if self.profile is not None:
                    break
        if self.profile is not None:
            path = self.profile.version.path
            if path and private:
                await self._ask(path)
            self.version = self._said().version(self.profile.version)

    async def _ask(self, path: str) -> None:
        if path not in self._paths:
            url = f"{self.server.endpoint.origin}{path}"
            self._paths[path] = await self.server.quietly(url)

    def _said(self) -> SelfDescription:
        return SelfDescription(
            entries=tuple(model_entries(self.server.listing)),
            headers=self.server.connection.reply_headers,
            system_fingerprint=self.server.system_fingerprint,
            paths=self._paths,
        )
