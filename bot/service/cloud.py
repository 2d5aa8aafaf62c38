"""The cloud as settings describe it: the provider's client, and the bucket for large media."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.domain.catalog import NANOGPT, Catalog
from bot.domain.errors import BadSettings
from bot.domain.money import Micros, dollars, micros
from bot.media.publish import BucketStore
from bot.providers.nanogpt.client import NanoGPT, client
from bot.service.core import now
from bot.service.model_offer import catalog_of, keep_prices
from bot.settings import Settings


@asynccontextmanager
async def open_cloud(settings: Settings, catalog: Catalog) -> AsyncIterator[Sequence[NanoGPT]]:
    """The client of each cloud provider that there is a key for. Raises BadSettings where a key is missing."""
    key = settings.nanogpt_api_key.get_secret_value()
    models = [model for model in catalog if model.provider == NANOGPT]
    if not models:
        yield ()
        return
    if not key:
        raise BadSettings(reason="EARMARK_PROVIDER is nanogpt, so EARMARK_NANOGPT_API_KEY must be set")
    async with client(settings.nanogpt_base_url, key) as http:
        yield (NanoGPT(http, models=models, clock=now),)


def bucket_of(settings: Settings) -> BucketStore | None:
    """The bucket for large media, where one is set. Raises BadSettings where half of it is."""
    if not settings.bucket:
        return None
    if not (settings.bucket_key_id and settings.bucket_secret.get_secret_value()):
        raise BadSettings(reason="EARMARK_BUCKET needs EARMARK_BUCKET_KEY_ID and EARMARK_BUCKET_SECRET")
    return BucketStore(
        settings.bucket,
        endpoint=settings.bucket_endpoint,
        region=settings.bucket_region,
        key_id=settings.bucket_key_id,
        secret=settings.bucket_secret.get_secret_value(),
    )


async def balance(settings: Settings) -> Micros | None:
    """What the house has at the cloud provider; None where there is no provider. Raises ProviderDown, KeyRefused."""
    async with open_cloud(settings, catalog_of(settings)) as providers:
        for provider in providers:
            return await provider.balance()
    return None


async def refresh_prices(settings: Settings) -> list[str]:
    """Ask the provider what its models cost, keep that, and say in a line each what changed or is new.

    A model that the catalog does not have is told of, not taken: the same door sells other things too, at other prices.
    """
    catalog = catalog_of(settings)
    known = {model.name: model.per_minute for model in catalog if model.provider == NANOGPT}
    async with open_cloud(settings, catalog) as providers:
        offered = {str(one["id"]): _per_minute(one) for provider in providers for one in await provider.models()}
    prices = {name: price for name, price in offered.items() if price is not None}
    keep_prices(settings.data_dir, {name: price for name, price in prices.items() if name in known})
    changed = [
        f"{name}: {dollars(known[name])} a minute is now {dollars(price)}"
        for name, price in prices.items()
        if known.get(name, price) != price
    ]
    new = [
        f"{name}: not offered here; name it in EARMARK_MODELS_FILE to do so" for name in offered if name not in known
    ]
    return [*changed, *new] or ["nothing has changed"]


def _per_minute(offered: dict[str, Any]) -> Micros | None:
    """A model's price for a minute, in dollars under one of the names that were seen for it."""
    pricing = offered.get("pricing")
    for where in (pricing if isinstance(pricing, dict) else {}, offered):
        for name in ("per_minute", "perMinute", "price_per_minute", "pricePerMinute"):
            if isinstance(where.get(name), int | float | str):
                try:
                    return micros(str(where[name]))
                except ValueError:
                    return None
    return None
