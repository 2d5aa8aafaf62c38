"""Parts that the handlers of Discord's events may use."""

from dataclasses import dataclass

from adapters.discord.note_messages import Posting
from adapters.discord.sending import Sender
from adapters.discord.views import Views
from bot.chat.core import ChatCore
from bot.chat.delivery import Delivery
from bot.chat.message_mover import MessageMover
from bot.chat.read_marker import ReadMarker


@dataclass(frozen=True, slots=True)
class Context:
    """Made once Discord has told which bot this is."""

    sender: Sender
    adapter: Delivery
    posting: Posting
    mover: MessageMover
    views: Views
    core: ChatCore
    heard: ReadMarker
    megabytes: float
    """Largest file that is taken."""
