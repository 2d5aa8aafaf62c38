"""What an operator may choose: the environment and `.env`, with the prefix EARMARK_. Read by app and cli alone."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import BadSettings
from bot.model import Plan
from bot.money import micros


def _is_a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no timezone {name!r}") from error
    return name


def _is_dollars(amount: str) -> str:
    micros(amount)
    return amount


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
    ffmpeg: Annotated[str, Field(description="The ffmpeg program; empty: the one that was installed along.")] = ""

    plan: Annotated[
        Plan,
        Field(description="How accounts run: open (count only), allowance (so much a month), prepaid (credit)."),
    ] = Plan.OPEN
    allowance: Annotated[
        str, AfterValidator(_is_dollars), Field(description="Dollars a month for each user in the allowance plan.")
    ] = "1.00"
    markup: Annotated[
        Decimal, Field(ge=0, le=1000, description="What users pay for each dollar that the provider charges.")
    ] = Decimal(1)
    timezone: Annotated[str, AfterValidator(_is_a_zone), Field(description="The timezone in which a month begins.")] = (
        "UTC"
    )

    max_minutes: Annotated[float, Field(gt=0, le=1440, description="The longest recording taken, in minutes.")] = 240
    max_megabytes: Annotated[float, Field(gt=0, description="The largest file that is taken, in megabytes.")] = 2000
    spare_megabytes: Annotated[
        float, Field(ge=0, description="Megabytes of disk that stay free: with less, no notes are taken.")
    ] = 200
    notes_at_once: Annotated[int, Field(ge=1, le=256, description="How many notes are worked on at once.")] = 8
    notes_per_user: Annotated[int, Field(ge=1, le=256, description="How many of them may be one user's.")] = 2
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


def read_settings() -> Settings:
    """Read the environment. Raises BadSettings with a sentence that names each variable at fault, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"EARMARK_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise BadSettings(reason=faults) from error
