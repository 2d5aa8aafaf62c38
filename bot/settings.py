"""What an operator may choose: the environment and `.env`, with the prefix EARMARK_. Read by app and cli alone."""

import re
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.domain.billing import Plan
from bot.domain.errors import BadSettings
from bot.domain.money import micros
from bot.settings_files import FromFiles

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


_LONGEST_FAULT = 200


def _is_a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no timezone {name!r}") from error
    return name


def _is_dollars(amount: str) -> str:
    micros(amount)
    return amount


def _is_dollars_or_nothing(amount: str) -> str:
    return _is_dollars(amount) if amount.strip() else ""


def _is_web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("it must be an address such as https://example.org/api")
    return url.rstrip("/")


def _is_web_address_or_nothing(url: str) -> str:
    return _is_web_address(url) if url else ""


def _is_bot_address_or_nothing(url: str) -> str:
    """The token is put right behind it, so it must end where the token begins."""
    found = _is_web_address_or_nothing(url)
    if found and not found.endswith("/bot"):
        raise ValueError("it must end with /bot")
    return found


def _is_gateway_or_nothing(url: str) -> str:
    if url and (urlsplit(url).scheme not in ("ws", "wss") or not urlsplit(url).hostname):
        raise ValueError("it must be an address such as wss://gateway.example.org")
    return url.rstrip("/")


def _is_accounts(text: str) -> str:
    for one in _several(text):
        if not re.fullmatch(r"[a-z]+:\d+", one):
            raise ValueError("write each account like telegram:110201543")
    return text


def _is_people_or_groups(text: str) -> str:
    for one in _several(text):
        if not re.fullmatch(r"[a-z]+:[\w:.-]{1,80}", one, re.ASCII):
            raise ValueError("write each like telegram:110201543, telegram:-1001234 or discord:server:5678")
    return text


def _several(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split())


def _is_bind(text: str) -> str:
    if text:
        address_of(text)
    return text


def _is_networks(text: str) -> str:
    for one in text.replace(",", " ").split():
        ip_network(one)
    return text


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def address_of(bind: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8080" or "[::1]:8080". Raises ValueError."""
    parts = urlsplit(f"//{bind}")
    if parts.hostname is None or parts.port is None or parts.path:
        raise ValueError("it must be an address and a port, such as 127.0.0.1:8080")
    return parts.hostname, parts.port


class Settings(BaseSettings):
    """Each field's description is the sentence that stands in .env.example; a test holds the two together."""

    model_config = SettingsConfigDict(env_prefix="EARMARK_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Annotated[
        Path, AfterValidator(Path.expanduser), Field(description="The folder that holds everything that is stored.")
    ] = Path.home() / ".earmark"
    language: Annotated[str, Field(description='The language spoken, as a code (en, es, ru), or "auto".')] = "auto"
    local_model: Annotated[
        str,
        Field(
            description="The embedded model: base (comes along), a CTranslate2 model's folder, or its name on the hub."
        ),
    ] = "base"
    speaker_model: Annotated[
        str,
        Field(
            description="The embedded voice model that tells speakers apart, an ONNX file; empty: the one that comes "
            "along."
        ),
    ] = ""
    ffmpeg: Annotated[str, Field(description="The ffmpeg program; empty: the one that was installed along.")] = ""

    provider: Annotated[
        Literal["", "local", "nanogpt"],
        Field(description="Whose models come first: local, nanogpt; empty: nanogpt where its key is set, else local."),
    ] = ""
    nanogpt_api_key: Annotated[SecretStr, Field(description="The key of the NanoGPT speech-to-text API.")] = SecretStr(
        ""
    )
    nanogpt_base_url: Annotated[
        str,
        AfterValidator(_is_web_address),
        Field(description="Where that API is; another Earmark's /api will do."),
    ] = "https://nano-gpt.com/api"
    model: Annotated[str, Field(description="The model for those who choose none; empty: the first.")] = ""
    models_file: Annotated[
        str, Field(description="A TOML file with models, their prices and other names for them; README tells its form.")
    ] = ""

    api_bind: Annotated[
        str,
        AfterValidator(_is_bind),
        Field(description="Address and port of the HTTP API; empty: it is not served."),
    ] = "127.0.0.1:8080"
    link_networks: Annotated[
        str,
        AfterValidator(_is_networks),
        Field(description="Networks such as 10.1.2.0/24, whose links are followed though they are not public."),
    ] = ""
    api_megabytes: Annotated[
        Annotated[float, Field(gt=0)] | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="The largest file that the HTTP API takes directly, in megabytes; empty: 3.1, and 26 from "
            "OpenAI's clients.",
        ),
    ] = None
    api_wait_seconds: Annotated[
        float, Field(ge=0, description="Seconds after which the HTTP API answers with a ticket instead of the text.")
    ] = 60
    api_requests_per_second: Annotated[
        float, Field(gt=0, description="Requests a second that the HTTP API takes from one key.")
    ] = 10
    api_notes_per_key: Annotated[
        int, Field(ge=1, description="Notes without an end that one account of the HTTP API may have.")
    ] = 100

    public_url: Annotated[
        str,
        AfterValidator(_is_web_address_or_nothing),
        Field(description="Where the world reaches the HTTP API, for links to large recordings; empty: nowhere."),
    ] = ""
    bucket: Annotated[str, Field(description="An S3 bucket in which large recordings stand meanwhile, instead.")] = ""
    bucket_endpoint: Annotated[str, Field(description="The bucket's server; empty: Amazon's.")] = ""
    bucket_region: Annotated[str, Field(description="The bucket's region.")] = "us-east-1"
    bucket_key_id: Annotated[str, Field(description="The id of the bucket's access key.")] = ""
    bucket_secret: Annotated[SecretStr, Field(description="The secret of the bucket's access key.")] = SecretStr("")

    plan: Annotated[
        Plan | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="How accounts run: open (count only), allowance (so much a month), prepaid (credit); "
            "empty: open where the embedded engine comes first, else allowance."
        ),
    ] = None
    allowance: Annotated[
        str, AfterValidator(_is_dollars), Field(description="Dollars a month for each user in the allowance plan.")
    ] = "1.00"
    markup: Annotated[
        Decimal, Field(ge=0, le=1000, description="What users pay for each dollar that the provider charges.")
    ] = Decimal(1)
    timezone: Annotated[
        str, AfterValidator(_is_a_zone), Field(description="The timezone in which a month and a day begin.")
    ] = "UTC"
    day_allowance: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(description="Dollars of the month's allowance that a user may spend in a day; empty: all of it."),
    ] = ""
    free_minutes: Annotated[
        float, Field(ge=0, le=1_000_000, description="Minutes of sound that each user has free every month.")
    ] = 0
    groups_pay: Annotated[
        Literal["sender", "chat"],
        Field(
            description="Who pays for what is said in a group: sender, chat (the group has an account of its own, and "
            "where the plan is allowance has no allowance and no free minutes, unless /allowance gives it one)."
        ),
    ] = "sender"
    day_budget: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(
            description="Dollars that all users together may cost you in a day; then notes wait until tomorrow. "
            "Empty: any."
        ),
    ] = ""

    keep_transcripts_days: Annotated[
        int,
        Field(
            ge=0,
            le=36_500,
            description="Days after which transcripts are deleted, with all else about their notes but the prices; "
            "0: never.",
        ),
    ] = 0
    keep_ledger_names_days: Annotated[
        int,
        Field(
            ge=0,
            le=36_500,
            description="Days after somebody's last note or payment in which the books know whose account it is, "
            "where no notes are kept and nothing paid in is left; 0: for ever.",
        ),
    ] = 0

    ask_above: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(description="Dollars above which chats are asked whether the price is right; empty: never."),
    ] = "0.50"
    known_files: Annotated[
        bool,
        Field(description="Whether a recording that was transcribed before is answered from that, and not paid again."),
    ] = True
    support: Annotated[str, Field(description="Whom people write to about a payment: a name, an address.")] = ""

    low_balance: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(
            description="Dollars left at the speech service below which the owners get a message; empty: never.",
        ),
    ] = "5"

    owners: Annotated[
        str,
        AfterValidator(_is_accounts),
        Field(description="Who runs this service, from a chat too, and is told of trouble: telegram:123, discord:456."),
    ] = ""
    strangers: Annotated[
        bool, Field(description="Whether those may use this service whom nobody named; else only who is let in.")
    ] = True
    allow: Annotated[
        str,
        AfterValidator(_is_people_or_groups),
        Field(description="Who is let in: people and groups, as telegram:123, telegram:-1001234, discord:server:5."),
    ] = ""
    block: Annotated[
        str, AfterValidator(_is_people_or_groups), Field(description="Who is kept out, whatever else holds.")
    ] = ""

    telegram_token: Annotated[SecretStr, Field(description="The token that BotFather gave for your Telegram bot.")] = (
        SecretStr("")
    )
    telegram_base_url: Annotated[
        str,
        AfterValidator(_is_bot_address_or_nothing),
        Field(description="Where a Bot API server of your own is, such as http://127.0.0.1:8081/bot."),
    ] = ""
    telegram_base_file_url: Annotated[
        str,
        AfterValidator(_is_bot_address_or_nothing),
        Field(description="Where it gives files, such as http://127.0.0.1:8081/file/bot; empty: beside the other."),
    ] = ""
    telegram_local_mode: Annotated[
        bool, Field(description="Whether it runs with --local on this machine: files of up to 2 GB, read in place.")
    ] = False
    telegram_webhook: Annotated[
        bool, Field(description="Whether Telegram calls EARMARK_PUBLIC_URL for each message, instead of being asked.")
    ] = False
    telegram_star: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(description="Dollars that one Telegram Star adds to a balance; empty: nobody can pay in Stars."),
    ] = ""

    discord_token: Annotated[SecretStr, Field(description="The token of your Discord application's bot.")] = SecretStr(
        ""
    )
    discord_api_url: Annotated[
        str,
        AfterValidator(_is_web_address_or_nothing),
        Field(description="Where a proxy of Discord's REST API is, such as http://127.0.0.1:8080/api/v10."),
    ] = ""
    discord_gateway_url: Annotated[
        str,
        AfterValidator(_is_gateway_or_nothing),
        Field(description="Where a proxy of Discord's gateway is, such as ws://127.0.0.1:7878."),
    ] = ""

    max_minutes: Annotated[float, Field(gt=0, le=1440, description="The longest recording taken, in minutes.")] = 240
    max_megabytes: Annotated[float, Field(gt=0, description="The largest file that is taken, in megabytes.")] = 2000
    spare_megabytes: Annotated[
        float, Field(ge=0, description="Megabytes of disk that stay free: with less, no notes are taken.")
    ] = 200
    notes_at_once: Annotated[
        int, Field(ge=1, le=2000, description="How many notes of each platform are worked on at once.")
    ] = 64
    notes_per_user: Annotated[int, Field(ge=1, le=2000, description="How many of them may be one user's.")] = 4
    stop_seconds: Annotated[
        float,
        Field(ge=0, description="Seconds that a stop waits for the notes in work; the rest goes on at the next start."),
    ] = 20

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="What is logged: debug, info, warning, error."),
    ] = "warning"
    log_format: Annotated[
        Literal["console", "json"],
        Field(description="How logs look: console (for people), json (for machines)."),
    ] = "console"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # a folder of them, which nobody names
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then `.env`; each of both may name a file instead of saying a value."""
        files = FromFiles(settings_cls, env_settings, dotenv_settings)
        return init_settings, files, env_settings, dotenv_settings

    @property
    def first_provider(self) -> str:
        """Whose models come first: "local" or "nanogpt"."""
        return self.provider or ("nanogpt" if self.nanogpt_api_key.get_secret_value() else "local")

    @property
    def operators(self) -> frozenset[str]:
        """The accounts that may do what operators do."""
        return _several(self.owners)

    @property
    def allowed(self) -> frozenset[str]:
        return _several(self.allow)

    @property
    def blocked(self) -> frozenset[str]:
        return _several(self.block)

    @property
    def terms(self) -> Plan:
        """How accounts run."""
        return self.plan or (Plan.OPEN if self.first_provider == "local" else Plan.ALLOWANCE)


def read_settings() -> Settings:
    """Read the environment. Raises BadSettings with a sentence that names each variable at fault, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"EARMARK_{str(fault['loc'][0]).upper()}: {_why(fault)}" for fault in error.errors())
        raise BadSettings(reason=faults) from error


def _why(fault: "ErrorDetails") -> str:
    """What is wrong with a value, without it: it may be a secret in the wrong place, and as long as a book."""
    return fault["msg"].replace(repr(fault["input"]), "this")[:_LONGEST_FAULT]
