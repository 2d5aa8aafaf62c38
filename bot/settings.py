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
        Path, AfterValidator(Path.expanduser), Field(description="Folder for everything that is stored.")
    ] = Path.home() / ".earmark"
    language: Annotated[str, Field(description='Spoken language as a code (en, es, ru), or "auto" to detect it.')] = (
        "auto"
    )
    local_model: Annotated[
        str,
        Field(
            description="Embedded model: base (included), the folder of a CTranslate2 model, or its name on the "
            "Hugging Face hub."
        ),
    ] = "base"
    speaker_model: Annotated[
        str,
        Field(description="ONNX file of the voice model that tells speakers apart. Empty: the included model."),
    ] = ""
    ffmpeg: Annotated[
        str, Field(description="Path of the ffmpeg program. Empty: the ffmpeg that was installed with Earmark.")
    ] = ""

    provider: Annotated[
        Literal["", "local", "nanogpt"],
        Field(
            description="Provider of the default model: local or nanogpt. Empty: nanogpt if its key is set, "
            "otherwise local."
        ),
    ] = ""
    nanogpt_api_key: Annotated[SecretStr, Field(description="API key of NanoGPT.")] = SecretStr("")
    nanogpt_base_url: Annotated[
        str,
        AfterValidator(_is_web_address),
        Field(description="Base URL of the NanoGPT API, or of another Earmark's /api."),
    ] = "https://nano-gpt.com/api"
    model: Annotated[
        str, Field(description="Default model for users who have not chosen one. Empty: the provider's first model.")
    ] = ""
    models_file: Annotated[
        str,
        Field(description="TOML file with models, prices and additional model names; docs/operating.md describes it."),
    ] = ""

    api_bind: Annotated[
        str,
        AfterValidator(_is_bind),
        Field(description="Address and port of the HTTP API. Empty: no HTTP API."),
    ] = "127.0.0.1:8080"
    link_networks: Annotated[
        str,
        AfterValidator(_is_networks),
        Field(description="Private networks, such as 10.1.2.0/24, from which users' links may be downloaded."),
    ] = ""
    api_megabytes: Annotated[
        Annotated[float, Field(gt=0)] | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="Largest direct upload in megabytes. Empty: 3.1 for NanoGPT's routes, 26 for OpenAI's.",
        ),
    ] = None
    api_wait_seconds: Annotated[
        float, Field(ge=0, description="Seconds that a request waits for its transcript before the answer is a ticket.")
    ] = 60
    api_requests_per_second: Annotated[float, Field(gt=0, description="Requests per second for each key.")] = 10
    api_notes_per_key: Annotated[int, Field(ge=1, description="Unfinished notes for each key's account.")] = 100

    public_url: Annotated[
        str,
        AfterValidator(_is_web_address_or_nothing),
        Field(description="Public URL of the HTTP API, for links to large recordings and for webhooks. Empty: none."),
    ] = ""
    bucket: Annotated[str, Field(description="S3 bucket for links to large recordings. Empty: none.")] = ""
    bucket_endpoint: Annotated[str, Field(description="URL of the bucket's server. Empty: Amazon S3.")] = ""
    bucket_region: Annotated[str, Field(description="Region of the bucket.")] = "us-east-1"
    bucket_key_id: Annotated[str, Field(description="Access key ID of the bucket.")] = ""
    bucket_secret: Annotated[SecretStr, Field(description="Secret access key of the bucket.")] = SecretStr("")

    plan: Annotated[
        Plan | None,
        BeforeValidator(_none_if_empty),
        Field(
            description="Plan of all accounts: open (only counts), allowance (monthly), prepaid. Empty: open with "
            "the local provider, otherwise allowance."
        ),
    ] = None
    allowance: Annotated[
        str,
        AfterValidator(_is_dollars),
        Field(description="Monthly allowance of each user in dollars, in the allowance plan."),
    ] = "1.00"
    markup: Annotated[
        Decimal, Field(ge=0, le=1000, description="Factor on the provider's price that users are charged.")
    ] = Decimal(1)
    timezone: Annotated[
        str, AfterValidator(_is_a_zone), Field(description="Timezone in which days and months begin.")
    ] = "UTC"
    day_allowance: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(description="Daily limit of the monthly allowance in dollars. Empty: no daily limit."),
    ] = ""
    free_minutes: Annotated[
        float, Field(ge=0, le=1_000_000, description="Free minutes of audio for each user and month.")
    ] = 0
    groups_pay: Annotated[
        Literal["sender", "chat"],
        Field(
            description="Account that pays in a group: sender (the user who asks), or chat (the group's own "
            "account, without grants or free minutes)."
        ),
    ] = "sender"
    day_budget: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(
            description="Limit of all users' cost per day in dollars; further notes wait until the next day. "
            "Empty: no limit."
        ),
    ] = ""

    keep_transcripts_days: Annotated[
        int,
        Field(
            ge=0,
            le=36_500,
            description="Delete notes and transcripts this many days after they ended. 0: never.",
        ),
    ] = 0
    keep_ledger_names_days: Annotated[
        int,
        Field(
            ge=0,
            le=36_500,
            description="Anonymise accounts this many days after their last activity (only if empty and without "
            "stored notes). 0: never.",
        ),
    ] = 0

    ask_above: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(description="Ask chat users to confirm a price above this many dollars. Empty: never ask."),
    ] = "0.50"
    known_files: Annotated[
        bool,
        Field(
            description="Answer a recording that was transcribed before from its stored transcript, without a new "
            "charge."
        ),
    ] = True
    support: Annotated[str, Field(description="Contact for payment questions, shown by /paysupport.")] = ""

    low_balance: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(
            description="Alert the owners if the provider's balance falls below this many dollars. Empty: no alert.",
        ),
    ] = "5"

    owners: Annotated[
        str,
        AfterValidator(_is_accounts),
        Field(
            description="Owners: accounts that may use every operator command and receive alerts, such as "
            "telegram:123, discord:456."
        ),
    ] = ""
    strangers: Annotated[
        bool, Field(description="Allow everybody. If false, only EARMARK_ALLOW and users admitted with /allow.")
    ] = True
    allow: Annotated[
        str,
        AfterValidator(_is_people_or_groups),
        Field(description="Admitted users and groups, such as telegram:123, telegram:-1001234, discord:server:5."),
    ] = ""
    block: Annotated[
        str,
        AfterValidator(_is_people_or_groups),
        Field(description="Blocked users and groups; a block overrides every other access rule."),
    ] = ""

    telegram_token: Annotated[SecretStr, Field(description="Bot token from BotFather.")] = SecretStr("")
    telegram_base_url: Annotated[
        str,
        AfterValidator(_is_bot_address_or_nothing),
        Field(description="URL of your own Bot API server, such as http://127.0.0.1:8081/bot."),
    ] = ""
    telegram_base_file_url: Annotated[
        str,
        AfterValidator(_is_bot_address_or_nothing),
        Field(
            description="File URL of that server, such as http://127.0.0.1:8081/file/bot. Empty: derived from the "
            "base URL."
        ),
    ] = ""
    telegram_local_mode: Annotated[
        bool,
        Field(
            description="Set to true if that server runs with --local on this machine: files of up to 2 GB, read "
            "from disk."
        ),
    ] = False
    telegram_webhook: Annotated[
        bool, Field(description="Receive updates by webhook at EARMARK_PUBLIC_URL/telegram instead of polling.")
    ] = False
    telegram_star: Annotated[
        str,
        AfterValidator(_is_dollars_or_nothing),
        Field(description="Dollars that one Telegram Star adds to a balance. Empty: no payments in Stars."),
    ] = ""

    discord_token: Annotated[SecretStr, Field(description="Token of your Discord application's bot.")] = SecretStr("")
    discord_api_url: Annotated[
        str,
        AfterValidator(_is_web_address_or_nothing),
        Field(description="URL of a proxy of Discord's REST API, such as http://127.0.0.1:8080/api/v10."),
    ] = ""
    discord_gateway_url: Annotated[
        str,
        AfterValidator(_is_gateway_or_nothing),
        Field(description="URL of a proxy of Discord's gateway, such as ws://127.0.0.1:7878."),
    ] = ""

    max_minutes: Annotated[float, Field(gt=0, le=1440, description="Longest recording in minutes.")] = 240
    max_megabytes: Annotated[float, Field(gt=0, description="Largest file in megabytes.")] = 2000
    spare_megabytes: Annotated[
        float, Field(ge=0, description="Free disk space in megabytes below which no notes are accepted.")
    ] = 200
    notes_at_once: Annotated[
        int, Field(ge=1, le=2000, description="Notes of each platform that are processed at the same time.")
    ] = 64
    notes_per_user: Annotated[
        int, Field(ge=1, le=2000, description="Notes of one user that are processed at the same time.")
    ] = 4
    stop_seconds: Annotated[
        float,
        Field(
            ge=0,
            description="Seconds that a stop waits for notes in progress; unfinished notes continue at the next start.",
        ),
    ] = 20

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="Log level: debug, info, warning or error."),
    ] = "warning"
    log_format: Annotated[
        Literal["console", "json"],
        Field(description="Log format: console (for people) or json (for machines)."),
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
