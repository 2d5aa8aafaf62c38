"""Telegram, with python-telegram-bot. What comes in, from top to bottom, and what goes out:

source      where updates come from: polling, or a webhook
receiving   written down before Telegram is told; handling: each once, in order within its chat
dispatch    to which of these an update goes:
  notes       sound, /transcribe, groups, channels, businesses, guests (wishes, sound, businesses)
  commands    what is told, cancelled, exported, forgotten (callers: who asks)
  settings    choices as buttons; buttons: what stands under a text (presses, rights)
  payments    Stars; members: the bot comes into a chat; lists: the commands as Telegram shows them
doors       all that these may reach

adapter     the placeholder that becomes the text (parts: its messages; pages, keyboards: how they look)
sending     every message, and what is done where Telegram refuses it (errors, troubles, limiter)
files       what people send, streamed to this disk
places      where a note came from and its answer goes, as plain text
"""

from pathlib import Path

from bot.locales import register

register(Path(__file__).parent / "locales")
