"""Our book laid beside the cloud provider's."""

from datetime import date, timedelta

from bot.domain.errors import BadSettings
from bot.ledger.reconciliation import Comparison, booked, compared
from bot.providers.nanogpt.wire import run_of
from bot.service.cloud import open_cloud
from bot.service.core import now, open_core
from bot.settings import Settings


async def reconcile(settings: Settings, first: date, last: date) -> Comparison:
    """Our book beside the cloud provider's. What may be charged around the midnights of both ends is asked for too."""
    since, until = first - timedelta(days=1), min(last + timedelta(days=1), now().date())
    async with open_core(settings) as core, open_cloud(settings, core.catalog) as providers:
        if not providers:
            raise BadSettings(reason="there is no cloud provider to compare with: EARMARK_NANOGPT_API_KEY is not set")
        listing = await providers[0].usage(since, until)  # first, so that our book has all that theirs has
        calls = await booked(core.db, providers[0].name, since, until, run_of)
    return compared(calls, listing, first, last, now())
