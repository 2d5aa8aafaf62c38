"""The settings of a deployment, in sections: read once from the environment, converted and checked.

A field's description is its sentence in .env.example; a test holds the two together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_type_hints
from zoneinfo import ZoneInfo

from pydantic import PositiveFloat, SecretStr

from bot.domain.billing import Plan
from bot.domain.catalog import LOCAL, NANOGPT
from bot.domain.errors import BadSettings
from bot.domain.money import Micros
from bot.settings.engine import Engine
from bot.settings.files import given_values
from bot.support.settings_section import (
    Accounts,
    Address,
    AddressOrNone,
    DatabaseAddressOrEmpty,
    DaysOrNone,
    Dollars,
    DollarsOrNone,
    Factor,
    Folder,
    FolderOrNone,
    Networks,
    NotSet,
    Section,
    UsersOrGroups,
    WebAddress,
    WebAddressOrEmpty,
    Zone,
    described,
)

_MEGABYTE = 1_000_000


class Storage(Section):
    """The data folder and its disk."""

    data_dir: Annotated[Folder, described("Folder for everything that is stored.")] = Path.home() / ".earmark"
    cache_dir: Annotated[
        FolderOrNone,
        described(
            "Folder for what can be made again: the included speech model, once for all data folders. "
            "Empty: earmark in $XDG_CACHE_HOME or ~/.cache."
        ),
    ] = None
    database_url: Annotated[
        DatabaseAddressOrEmpty,
        described(
            "PostgreSQL in place of the data folder's databases: postgresql://user:password@host/database. "
            "Empty: SQLite, with nothing to set."
        ),
    ] = SecretStr("")
    spare_megabytes: Annotated[
        float, described("Free disk space in megabytes below which no notes are accepted.", ge=0)
    ] = 200

    @property
    def spare_bytes(self) -> int:
        return int(self.spare_megabytes * _MEGABYTE)


class Cloud(Section):
    """Access to NanoGPT."""

    prefix: ClassVar[str] = "nanogpt_"

    api_key: Annotated[SecretStr, described("API key of NanoGPT.")] = SecretStr("")
    base_url: Annotated[WebAddress, described("Base URL of the NanoGPT API, or of another Earmark's /api.")] = (
        "https://nano-gpt.com/api"
    )

    @property
    def has_key(self) -> bool:
        return bool(self.api_key.get_secret_value())


class Bucket(Section):
    """Bucket from which providers fetch large recordings."""

    prefix: ClassVar[str] = "bucket_"
    named: ClassVar[Mapping[str, str]] = {"name": "BUCKET"}

    name: Annotated[str, described("S3 bucket for links to large recordings. Empty: none.")] = ""
    endpoint: Annotated[str, described("URL of the bucket's server. Empty: Amazon S3.")] = ""
    region: Annotated[str, described("Region of the bucket.")] = "us-east-1"
    key_id: Annotated[str, described("Access key ID of the bucket.")] = ""
    secret: Annotated[SecretStr, described("Secret access key of the bucket.")] = SecretStr("")


class MediaSettings(Section):
    """Limits of recordings, and how they are fetched and converted."""

    ffmpeg: Annotated[
        str,
        described(
            "Path of the ffmpeg program itself, not of a script. Empty: the ffmpeg that was installed with Earmark."
        ),
    ] = ""
    max_minutes: Annotated[float, described("Longest recording in minutes.", gt=0, le=1440)] = 240
    max_megabytes: Annotated[float, described("Largest file in megabytes.", gt=0)] = 2000
    link_networks: Annotated[
        Networks, described("Private networks, such as 10.1.2.0/24, from which users' links may be downloaded.")
    ] = ()

    @property
    def longest_seconds(self) -> float:
        return self.max_minutes * 60

    @property
    def largest_bytes(self) -> int:
        return int(self.max_megabytes * _MEGABYTE)


class Http(Section):
    """The HTTP API and its public address."""

    prefix: ClassVar[str] = "api_"
    named: ClassVar[Mapping[str, str]] = {"public_url": "PUBLIC_URL"}

    bind: Annotated[AddressOrNone, described("Address and port of the HTTP API. Empty: no HTTP API.")] = Address(
        "127.0.0.1", 8080
    )
    megabytes: Annotated[
        PositiveFloat | None,
        NotSet,
        described("Largest direct upload in megabytes. Empty: 3.1 for NanoGPT's routes, 26 for OpenAI's."),
    ] = None
    wait_seconds: Annotated[
        float, described("Seconds that a request waits for its transcript before the answer is a ticket.", ge=0)
    ] = 60
    requests_per_second: Annotated[float, described("Requests per second for each key.", gt=0)] = 10
    notes_per_key: Annotated[int, described("Unfinished notes for each key's account.", ge=1)] = 100
    public_url: Annotated[
        WebAddressOrEmpty,
        described("Public URL of the HTTP API, for links to large recordings and for webhooks. Empty: none."),
    ] = ""

    @property
    def largest_upload(self) -> int | None:
        """Bytes; None: the API's own limits."""
        return None if self.megabytes is None else int(self.megabytes * _MEGABYTE)


class Money(Section):
    """Plan, prices and budgets."""

    plan: Annotated[
        Plan | None,
        NotSet,
        described(
            "Plan of all accounts: open (only counts), allowance (monthly), prepaid. Empty: open with the local "
            "provider, otherwise allowance."
        ),
    ] = None
    allowance: Annotated[Dollars, described("Monthly allowance of each user in dollars, in the allowance plan.")] = (
        Micros(1_000_000)
    )
    markup: Annotated[Factor, described("Factor on the provider's price that users are charged.", ge=0, le=1000)] = (
        Decimal(1)
    )
    timezone: Annotated[Zone, described("Timezone in which days and months begin.")] = ZoneInfo("UTC")
    day_allowance: Annotated[
        DollarsOrNone, described("Daily limit of the monthly allowance in dollars. Empty: no daily limit.")
    ] = None
    free_minutes: Annotated[float, described("Free minutes of audio for each user and month.", ge=0, le=1_000_000)] = 0
    groups_pay: Annotated[
        Literal["sender", "chat"],
        described(
            "Account that pays in a group: sender (the user who asks), or chat (the group's own account, without "
            "grants or free minutes)."
        ),
    ] = "sender"
    day_budget: Annotated[
        DollarsOrNone,
        described(
            "Limit of all users' cost per day in dollars; further notes wait until the next day. Empty: no limit."
        ),
    ] = None
    day_share: Annotated[
        Decimal,
        described(
            "Part of EARMARK_DAY_BUDGET that one account may use, from 0 to 1; not for owners, the console and prepaid "
            "balances.",
            ge=0,
            le=1,
        ),
    ] = Decimal("0.5")
    loss_limit: Annotated[
        DollarsOrNone,
        described(
            "Losses in dollars that one account may cause in a day; above it, its notes wait until the next day. "
            "0: no limit."
        ),
    ] = Micros(250_000)
    ask_above: Annotated[
        DollarsOrNone, described("Ask chat users to confirm a price above this many dollars. Empty: never ask.")
    ] = Micros(500_000)
    support: Annotated[str, described("Contact for payment questions, shown by /paysupport.")] = ""

    @property
    def from_group_account(self) -> bool:
        """If true, notes of a group are paid from the group's own account."""
        return self.groups_pay == "chat"


class RetentionSettings(Section):
    """Time after which data is deleted; None: never."""

    named: ClassVar[Mapping[str, str]] = {
        "transcripts": "KEEP_TRANSCRIPTS_DAYS",
        "ledger_names": "KEEP_LEDGER_NAMES_DAYS",
    }

    transcripts: Annotated[
        DaysOrNone, described("Delete notes and transcripts this many days after they ended. 0: never.")
    ] = None
    ledger_names: Annotated[
        DaysOrNone,
        described(
            "Anonymise accounts this many days after their last activity (only if empty and without stored notes). "
            "0: never."
        ),
    ] = None


class AccessSettings(Section):
    """Users, groups and operators that are admitted or blocked."""

    owners: Annotated[
        Accounts,
        described("Owners: accounts that may use every operator command and receive alerts, as platform:id."),
    ] = frozenset()
    strangers: Annotated[
        bool | None,
        NotSet,
        described(
            "Allow everybody (true), or only users that an operator let in (false). Empty: false, or true in a data "
            "folder of an earlier release."
        ),
    ] = None
    allow: Annotated[UsersOrGroups, described("Admitted users and groups, as platform:id.")] = frozenset()
    block: Annotated[
        UsersOrGroups, described("Blocked users and groups; a block overrides every other access rule.")
    ] = frozenset()


class AlertSettings(Section):
    """Limits below which the owners are alerted."""

    low_balance: Annotated[
        DollarsOrNone,
        described("Alert the owners if the provider's balance falls below this many dollars. Empty: no alert."),
    ] = Micros(5_000_000)


class Logs(Section):
    """Level and form of the logs."""

    prefix: ClassVar[str] = "log_"

    level: Annotated[
        Literal["debug", "info", "warning", "error"], described("Log level: debug, info, warning or error.")
    ] = "warning"
    format: Annotated[
        Literal["console", "json"], described("Log format: console (for people) or json (for machines).")
    ] = "console"


@dataclass(frozen=True, slots=True)
class Settings:
    """All sections, those of the platforms among them."""

    storage: Storage = field(default_factory=Storage)
    engine: Engine = field(default_factory=Engine)
    cloud: Cloud = field(default_factory=Cloud)
    bucket: Bucket = field(default_factory=Bucket)
    media: MediaSettings = field(default_factory=MediaSettings)
    http: Http = field(default_factory=Http)
    money: Money = field(default_factory=Money)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    logs: Logs = field(default_factory=Logs)
    platforms: Mapping[str, Any] = field(default_factory=dict)
    """Sections of the platforms, each of the platform's own type, by the platform's name."""

    @property
    def first_provider(self) -> str:
        """Return the provider of the default model: "local" or "nanogpt"."""
        return self.engine.provider or (NANOGPT if self.cloud.has_key else LOCAL)

    @property
    def plan(self) -> Plan:
        """Return the plan of accounts that have none of their own."""
        return self.money.plan or (Plan.OPEN if self.first_provider == LOCAL else Plan.ALLOWANCE)

    def sections(self) -> Iterator[Section]:
        """Yield every section."""
        own = (getattr(self, one.name) for one in fields(self))
        yield from (one for one in own if isinstance(one, Section))
        yield from self.platforms.values()


def read_settings(platforms: Mapping[str, type[Section]]) -> Settings:
    """Read the environment. Raises BadSettings with a sentence that names each variable at fault, never its value.

    `platforms`: the section of each platform, by its name.
    """
    kinds = {**_own_sections(), **platforms}
    variables = (variable for kind in kinds.values() for variable in kind.variables().values())
    return checked_settings(platforms, given_values(variables))


def _own_sections() -> dict[str, type[Section]]:
    own: dict[str, type[Section]] = get_type_hints(Settings)
    del own["platforms"]
    return own


def checked_settings(platforms: Mapping[str, type[Section]], given: Mapping[str, str]) -> Settings:
    """Return the settings with these values of variables. Raises BadSettings as `read_settings` does."""
    own = _own_sections()
    kinds = {**own, **platforms}
    found: dict[str, Any] = {}
    faults = []
    for name, kind in kinds.items():
        try:
            found[name] = kind.read(given)
        except BadSettings as error:
            faults.append(str(error.fields["reason"]))
    if faults:
        raise BadSettings(reason="; ".join(faults))
    return Settings(**{name: found[name] for name in own}, platforms={name: found[name] for name in platforms})
