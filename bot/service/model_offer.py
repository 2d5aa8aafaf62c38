"""The models that are offered: those of the providers, as the operator's file and the provider's own list change them.

The operator's file is TOML:

    [models.Whisper-Large-V3]      # one that is known: what is not said stays
    per_minute = "0.0005"          # dollars; text, so that it is exact

    [models.whisper-base]          # the embedded one: the price that the operator sets
    per_minute = "0.001"

    [models.scribe-next]           # a new one of the cloud's
    per_minute = "0.02"
    speakers = true

    [names]                        # what the HTTP API also understands
    "whisper-1" = "Wizper"
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.domain.catalog import NANOGPT, Catalog, ModelInfo, cloud_models, local_models
from bot.domain.errors import BadSettings
from bot.domain.money import Micros, micros
from bot.settings import Settings

_DISCOVERED = "models.json"
_DOCUMENTED = {"Whisper-Large-V3": False, "Wizper": False, "Elevenlabs-STT": True}
"""The names of the API's document, and whether each answers with a ticket."""
_OPENAI = "whisper-1"


@dataclass(frozen=True, slots=True)
class OtherName:
    """A name under which the HTTP API serves a model."""

    name: str
    model: str
    asynchronous: bool


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    per_minute: str | None = None
    speakers: bool | None = None
    words: bool | None = None
    events: bool | None = None
    video: bool | None = None
    asynchronous: bool | None = None
    languages: list[str] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    models: dict[str, _Model] = {}
    names: dict[str, str] = {}


def catalog_of(settings: Settings, further: Sequence[ModelInfo] = ()) -> Catalog:
    """Return all models that can be asked for. Raises BadSettings for a file that cannot be read, UnknownModel."""
    wanted = _file(settings.engine.models_file).models
    known = local_models(settings.engine.local_model)
    local = _changed(known, {}, {model.name: wanted.pop(model.name) for model in known if model.name in wanted})
    cloud: list[ModelInfo] = []
    if settings.first_provider == NANOGPT or settings.cloud.has_key:
        cloud = _changed(cloud_models(), discovered_prices(settings.storage.data_dir), wanted)
    both = [*cloud, *local] if settings.first_provider == NANOGPT else [*local, *cloud]
    return Catalog([*both, *further], settings.engine.model)


def other_names(settings: Settings, catalog: Catalog) -> list[OtherName]:
    """The names beside the catalog's own: the operator's, and the well-known ones that no model here has.

    Raises UnknownModel for a name that stands for no model.
    """
    own = {model.name for model in catalog}
    wellknown = {_OPENAI: catalog.default, **dict.fromkeys(_DOCUMENTED, catalog.default)}
    names = {name: model for name, model in wellknown.items() if name not in own} | _file(
        settings.engine.models_file
    ).names
    return [
        OtherName(name, model, _DOCUMENTED.get(name, False) or catalog.find(model).asynchronous)
        for name, model in names.items()
    ]


def discovered_prices(data_dir: Path) -> dict[str, Micros]:
    """Return the provider's prices for a minute, as they were last fetched, by model."""
    try:
        return TypeAdapter(dict[str, Micros]).validate_json((data_dir / _DISCOVERED).read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise BadSettings(reason=f"{_DISCOVERED} in the data folder is damaged: remove it") from error


def keep_prices(data_dir: Path, prices: Mapping[str, Micros]) -> None:
    """Store the provider's prices for a minute, by model."""
    unfinished = data_dir / f"{_DISCOVERED}.part"
    unfinished.write_text(json.dumps(dict(prices), indent=1))
    unfinished.replace(data_dir / _DISCOVERED)


def _file(path: Path | None) -> _File:
    if path is None:
        return _File()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return _File.model_validate(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(reason=f"EARMARK_MODELS_FILE cannot be read ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSettings(reason=f"EARMARK_MODELS_FILE, at {where}: {first['msg']}") from error


def _changed(known: Sequence[ModelInfo], prices: Mapping[str, Micros], wanted: Mapping[str, _Model]) -> list[ModelInfo]:
    models = {model.name: replace(model, per_minute=prices.get(model.name, model.per_minute)) for model in known}
    for name, change in wanted.items():
        if name not in models and name not in prices and change.per_minute is None:
            raise BadSettings(reason=f"EARMARK_MODELS_FILE, at models.{name}: a new model needs its per_minute")
        before = models.get(name, ModelInfo(name, NANOGPT, prices.get(name, Micros(0))))
        models[name] = replace(before, **_said(name, change))
    return list(models.values())


def _said(name: str, change: _Model) -> dict[str, Any]:
    said: dict[str, Any] = change.model_dump(exclude_none=True)
    if "languages" in said:
        said["languages"] = frozenset(said["languages"])
    if "per_minute" in said:
        try:
            said["per_minute"] = micros(said["per_minute"])
        except ValueError as error:
            raise BadSettings(reason=f"EARMARK_MODELS_FILE, at models.{name}.per_minute: {error}") from error
    return said
