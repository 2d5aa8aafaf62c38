"""The parts of the service that routes need, the public names of models, and the limits of clients."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from adapters.http.operation import Ready
from adapters.http.uploads import MEBIBYTE
from bot.chat.queries import Queries
from bot.domain.billing import Balance, DayUse
from bot.domain.catalog import Catalog
from bot.domain.errors import UnknownModel
from bot.domain.money import Micros
from bot.domain.note import Options
from bot.domain.ports import Clock, Published
from bot.notes.intake import Intake
from bot.notes.views import NoteViews
from bot.people.api_keys import ApiKeys


@dataclass(frozen=True, slots=True)
class Alias:
    """A name in the API, and the model that it stands for."""

    name: str
    model: str
    asynchronous: bool = False
    """True if it always answers with a run, never with the text itself."""


class Shelf(Protocol):
    """Files behind signed links."""

    async def open(self, token: str) -> Published | None:
        """Return the file behind a link; None if the link is wrong or expired."""


class Statements(Protocol):
    """Balances and spending; see bot.ledger.statements."""

    async def balance(self, who: str) -> Balance:
        """Return the balance of an account."""

    async def use_by_day(self, who: str, first: date, last: date) -> list[DayUse]:
        """Return an account's charges by day (UTC) and model, both days included."""


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of the service that the API may use."""

    intake: Intake
    notes: NoteViews
    statements: Statements
    queries: Queries
    keys: ApiKeys
    catalog: Catalog
    aliases: Sequence[Alias]
    clock: Clock
    store: Shelf | None
    ready: Ready
    is_outage: Callable[[BaseException], bool]
    """Returns True for a fault of the database that says nothing about the request."""
    vocabulary: tuple[str, ...] = ()
    """The deployment's terms."""
    markup: Decimal = Decimal(1)
    """Factor on the provider's price, for displayed prices."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one client."""

    upload_bytes: int = 3 * MEBIBYTE
    """Largest direct upload."""
    openai_bytes: int = 25 * MEBIBYTE
    """Largest upload of OpenAI's clients."""
    wait_seconds: float = 60.0
    """Seconds that a request waits for its transcript before it gets a run."""
    openai_wait_seconds: float = 540.0
    """The same for OpenAI's clients, which know no runs: below the 600 seconds after which they send again."""
    hold_seconds: float = 5.0
    """Seconds that a run is kept back until its money is held, or refused."""
    upload_seconds: float = 300.0
    """Seconds of a whole upload."""
    chunk_seconds: float = 20.0
    """Seconds without data in the middle of an upload."""
    requests_per_second: float = 10.0
    """For one key."""
    unfinished: int = 100
    """Unfinished notes of one account."""


class ModelNames:
    """The available model names: aliases, and the models' own names."""

    def __init__(self, aliases: Iterable[Alias], catalog: Catalog) -> None:
        own = {model.name: Alias(model.name, model.name, model.asynchronous) for model in catalog}
        self._served = {alias.name: alias for alias in aliases}
        self._served |= {name: alias for name, alias in own.items() if name not in self._served}
        self._default = self._served[catalog.default]

    def __iter__(self) -> Iterator[Alias]:
        return iter(self._served.values())

    def find(self, name: str) -> Alias:
        """Return the alias of a name; for "" the default. Raises UnknownModel with the available names."""
        if not name:
            return self._default
        try:
            return self._served[name]
        except KeyError:
            raise UnknownModel(model=name[:80], known=", ".join(self._served)) from None


def per_minute(context: Context, alias: Alias) -> Micros:
    """Return a user's price for a minute of audio."""
    return context.catalog.quote(Options(model=alias.model), 60.0, context.markup).price
