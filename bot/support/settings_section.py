"""Sections of settings: fields with real types, converted and checked once, under their names in the environment."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from bot.domain.errors import BadSettings
from bot.domain.money import Micros, micros, plain_decimal
from bot.domain.vocabulary import checked_terms, written

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

PREFIX = "EARMARK_"
_LONGEST_FAULT = 200
_MOST_DAYS = 36_500


class Section(BaseModel):
    """Settings of one subject. A field's description is its sentence in .env.example."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    prefix: ClassVar[str] = ""
    """Begins the names of the section's variables, after EARMARK_."""
    named: ClassVar[Mapping[str, str]] = {}
    """Fields whose variable is not the prefix and the field's own name."""

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Return the name in the environment of each field."""
        return {field: PREFIX + (cls.named.get(field) or f"{cls.prefix}{field}".upper()) for field in cls.model_fields}

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Take the section out of the environment's values. Raises BadSettings, which names variables, never values."""
        names = cls.variables()
        try:
            return cls.model_validate({field: given[name] for field, name in names.items() if name in given})
        except ValidationError as error:
            faults = (f"{names[str(fault['loc'][0])]}: {_without_value(fault)}" for fault in error.errors())
            raise BadSettings(reason="; ".join(faults)) from error


def _without_value(fault: "ErrorDetails") -> str:
    """Describe a fault without the value: it may be a secret in the wrong place, and of any length."""
    return fault["msg"].replace(repr(fault["input"]), "this")[:_LONGEST_FAULT]


class Address(NamedTuple):
    """Host and port to listen on."""

    host: str
    port: int


def _none_if_empty(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _to_micros(value: object) -> object:
    return micros(value) if isinstance(value, str) else value


def _to_factor(value: object) -> object:
    return plain_decimal(value.strip()) if isinstance(value, str) else value


def _to_several(value: object) -> object:
    return frozenset(value.replace(",", " ").split()) if isinstance(value, str) else value


def _to_address(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = urlsplit(f"//{value}")
    if parts.hostname is None or parts.port is None or parts.path:
        raise ValueError("it must be an address and a port, such as 127.0.0.1:8080")
    return Address(parts.hostname, parts.port)


def _to_networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(one) for one in value.replace(",", " ").split())
    except ValueError as error:
        raise ValueError("write each network like 10.1.2.0/24") from error


def _check_web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("it must be an address such as https://example.org/api")
    return url.rstrip("/")


def _check_database_address(value: SecretStr) -> SecretStr:
    address = value.get_secret_value()
    if address and not address.startswith(("postgresql://", "postgres://")):
        raise ValueError("it must be postgresql://user:password@host/database, or empty")
    return value


def _check_web_address_or_empty(url: str) -> str:
    return _check_web_address(url) if url else ""


def _expand_home(path: Path | None) -> Path | None:
    return path and path.expanduser()


def _to_zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no timezone {value!r}") from error


def _to_days(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"\d{1,5}", value.strip(), re.ASCII) or int(value) > _MOST_DAYS:
        raise ValueError(f"it must be a whole number of days, from 0 to {_MOST_DAYS}")
    return timedelta(days=int(value)) or None


def _check_accounts(accounts: frozenset[str]) -> frozenset[str]:
    if not all(re.fullmatch(r"[a-z]+:\w[\w.-]{0,79}", one, re.ASCII) for one in accounts):
        raise ValueError("write each account as platform:id")
    return accounts


def _check_vocabulary(text: str) -> str:
    return written(checked_terms(text))


def _check_users_or_groups(names: frozenset[str]) -> frozenset[str]:
    if not all(re.fullmatch(r"[a-z]+:[\w:.-]{1,80}", one, re.ASCII) for one in names):
        raise ValueError("write each user or group as platform:id")
    return names


NotSet = BeforeValidator(_none_if_empty)
"""An empty value is None."""
Dollars = Annotated[Micros, BeforeValidator(_to_micros)]
DollarsOrNone = Annotated[Micros | None, BeforeValidator(_to_micros), NotSet]
Factor = Annotated[Decimal, BeforeValidator(_to_factor)]
"""A plain number."""
Several = Annotated[frozenset[str], BeforeValidator(_to_several)]
"""Words, separated by spaces or commas."""
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_to_networks)]
AddressOrNone = Annotated[Address | None, BeforeValidator(_to_address), NotSet]
WebAddress = Annotated[str, AfterValidator(_check_web_address)]
WebAddressOrEmpty = Annotated[str, AfterValidator(_check_web_address_or_empty)]
DatabaseAddressOrEmpty = Annotated[SecretStr, AfterValidator(_check_database_address)]
"""The URL of a PostgreSQL, which may hold a password."""
Folder = Annotated[Path, AfterValidator(_expand_home)]
FileOrNone = Annotated[Path | None, AfterValidator(_expand_home), NotSet]
FolderOrNone = FileOrNone

Zone = Annotated[ZoneInfo, BeforeValidator(_to_zone)]
DaysOrNone = Annotated[timedelta | None, BeforeValidator(_to_days)]
Accounts = Annotated[Several, AfterValidator(_check_accounts)]
UsersOrGroups = Annotated[Several, AfterValidator(_check_users_or_groups)]
Vocabulary = Annotated[str, AfterValidator(_check_vocabulary)]
"""Terms with commas between."""


def described(text: str, **limits: Any) -> Any:
    """Describe a field; `limits` as pydantic's Field has them."""
    return Field(description=text, **limits)


def was_a_switch(*, on: str, off: str) -> BeforeValidator:
    """Return a validator that takes the words of a switch, as an earlier release did, for two of today's words."""
    former = dict.fromkeys(("true", "t", "yes", "y", "on", "1"), on)
    former |= dict.fromkeys(("false", "f", "no", "n", "off", "0"), off)

    def today(value: object) -> str:
        told = str(value).strip().lower()
        return former.get(told, told)

    return BeforeValidator(today)
