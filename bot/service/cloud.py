"""The cloud of the settings: the provider's client, and the bucket for large media."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from bot.domain.catalog import NANOGPT, Catalog
from bot.domain.errors import BadSettings
from bot.domain.money import Micros, dollars, micros
from bot.domain.ports import Clock
from bot.media.publish import BucketStore
from bot.providers.nanogpt.client import NanoGPT, client
from bot.service.model_offer import catalog_of, keep_prices
from bot.settings import Bucket, Cloud, Settings
from bot.support.clock import now


@asynccontextmanager
async def open_cloud(
    cloud: Cloud, catalog: Catalog, clock: Clock = now, is_back: Callable[[], None] = lambda: None
) -> AsyncIterator[Sequence[NanoGPT]]:
    """Open the client of each cloud provider in the catalog. Raises BadSettings if its key is missing.

    `is_back` is called when one takes recordings again after it took none.
    """
    key = cloud.api_key.get_secret_value()
    models = [model for model in catalog if model.provider == NANOGPT]
    if not models:
        yield ()
        return
    if not key:
        raise BadSettings(reason="EARMARK_PROVIDER is nanogpt, so EARMARK_NANOGPT_API_KEY must be set")
    async with client(cloud.base_url, key) as http:
        yield (NanoGPT(http, models=models, clock=clock, is_back=is_back),)


def bucket_of(bucket: Bucket) -> BucketStore | None:
    """Return the bucket for large media, or None. Raises BadSettings if its settings are incomplete."""
    if not bucket.name:
        return None
    secret = bucket.secret.get_secret_value()
    if not (bucket.key_id and secret):
        raise BadSettings(reason="EARMARK_BUCKET needs EARMARK_BUCKET_KEY_ID and EARMARK_BUCKET_SECRET")
    return BucketStore(bucket.name, endpoint=bucket.endpoint, region=bucket.region, key_id=bucket.key_id, secret=secret)


async def balance(settings: Settings) -> Micros | None:
    """Return the balance at the cloud provider; None if there is no provider. Raises ProviderDown, KeyRefused."""
    async with open_cloud(settings.cloud, catalog_of(settings)) as providers:
        for provider in providers:
            return await provider.balance()
    return None


async def refresh_prices(settings: Settings) -> list[str]:
    """Ask the provider for its prices, store them, and return a line for each change and each new model.

    A model that the catalog lacks is only reported: the provider sells other kinds of models too, at other prices.
    """
    catalog = catalog_of(settings)
    known = {model.name: model.per_minute for model in catalog if model.provider == NANOGPT}
    async with open_cloud(settings.cloud, catalog) as providers:
        offered = {str(one["id"]): _per_minute(one) for provider in providers for one in await provider.models()}
    prices = {name: price for name, price in offered.items() if price is not None}
    keep_prices(settings.storage.data_dir, {name: price for name, price in prices.items() if name in known})
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
    """Return a model's price for a minute, in dollars under one of the names that the provider uses."""
    pricing = offered.get("pricing")
    for where in (pricing if isinstance(pricing, dict) else {}, offered):
        for name in ("per_minute", "perMinute", "price_per_minute", "pricePerMinute"):
            if isinstance(where.get(name), int | float | str):
                try:
                    return micros(Decimal(str(where[name])))  # a program may write an exponent
                except (ArithmeticError, ValueError):
                    return None
    return None
