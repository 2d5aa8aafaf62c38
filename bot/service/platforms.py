"""Parts of the deployment and of the service that platforms are given."""

from bot.chat.note_messages import PostedMessages
from bot.chat.plugin import Deployment, PlatformHost
from bot.chat.read_marker import ReadMarker
from bot.chat.update_handling import UpdateInbox
from bot.domain.billing import Plan
from bot.domain.ports import Fetcher
from bot.service.core import Core
from bot.settings import Settings


def deployment_of(settings: Settings) -> Deployment:
    """Return the facts of the deployment that platforms depend on."""
    return Deployment(
        data_dir=settings.storage.data_dir,
        public_url=settings.http.public_url,
        serves_http=settings.http.bind is not None,
        is_free=settings.plan is Plan.OPEN,
        max_megabytes=settings.media.max_megabytes,
    )


def host_of(settings: Settings, core: Core, fetcher: Fetcher) -> PlatformHost:
    """Return the parts with which a platform is opened."""
    return PlatformHost(
        deployment=deployment_of(settings),
        secret=core.secret,
        fetcher=fetcher,
        room=core.room,
        posted=PostedMessages(core.db, core.clock),
        update_inbox=lambda platform, bot: UpdateInbox(core.db, core.clock, platform, bot),
        read_marker=lambda platform, bot: ReadMarker(core.db, platform, bot),
        clock=core.clock,
    )
