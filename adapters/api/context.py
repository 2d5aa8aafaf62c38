"""What the routes need of the service, the names under which models are served, and the limits for strangers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from adapters.http.operation import Ready
from adapters.http.uploads import MEBIBYTE
from bot.chat.queries import Queries
from bot.domain.catalog import Catalog
from bot.domain.errors import UnknownModel
from bot.domain.money import Micros
from bot.domain.note import Options
from bot.domain.ports import Clock
from bot.notes.intake import Intake
from bot.people.api_keys import ApiKeys


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that clients may ask for, and the model that it stands for."""

    name: str
    model: str
    asynchronous: bool = False
    """Whether it always answers with a run to ask for, never with the text itself."""


class Published(Protocol):
    """A file that a link leads to."""

    @property
    def path(self) -> Path: ...

    @property
    def mime(self) -> str: ...


class Shelf(Protocol):
    """Files that stand behind signed links."""

    async def open(self, token: str) -> Published | None:
        """What a link leads to; None where it is wrong, or has ended."""


@dataclass(frozen=True, slots=True)
class Context:
    """The service, as far as the API may reach into it."""

    intake: Intake
    queries: Queries
    keys: ApiKeys
    catalog: Catalog
    aliases: Sequence[Alias]
    clock: Clock
    store: Shelf | None
    ready: Ready
    markup: Decimal = Decimal(1)
    """What users pay for each dollar of the provider's, for the prices that are shown."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of everything one client gets."""

    upload_bytes: int = 3 * MEBIBYTE
    """The largest file that is taken directly."""
    openai_bytes: int = 25 * MEBIBYTE
    """The same, where OpenAI's clients upload."""
    wait_seconds: float = 60.0
    """How long a client is kept waiting for a text before it gets a run to ask for."""
    openai_wait_seconds: float = 540.0
    """The same for OpenAI's clients, which know no runs: below the 600 seconds after which they send it again."""
    hold_seconds: float = 5.0
    """How long a run is kept back until its money is held, or refused."""
    upload_seconds: float = 300.0
    """How long a whole upload may take."""
    chunk_seconds: float = 20.0
    """How long nothing may come in the middle of an upload."""
    requests_per_second: float = 10.0
    """Of one key."""
    unfinished: int = 100
    """Notes of one account that have no end yet."""


class Menu:
    """The names that can be asked for: the aliases, and the models under their own names."""

    def __init__(self, aliases: Iterable[Alias], catalog: Catalog) -> None:
        own = {model.name: Alias(model.name, model.name, model.asynchronous) for model in catalog}
        self._served = {alias.name: alias for alias in aliases}
        self._served |= {name: alias for name, alias in own.items() if name not in self._served}
        self._default = self._served[catalog.default]

    def __iter__(self) -> Iterator[Alias]:
        return iter(self._served.values())

    def find(self, name: str) -> Alias:
        """The alias of that name; of "" the default. Raises UnknownModel, which names those that there are."""
        if not name:
            return self._default
        try:
            return self._served[name]
        except KeyError:
            raise UnknownModel(model=name[:80], known=", ".join(self._served)) from None


def per_minute(context: Context, alias: Alias) -> Micros:
    """What a user pays for a minute of sound."""
    return context.catalog.quote(Options(model=alias.model), 60.0, context.markup).price
