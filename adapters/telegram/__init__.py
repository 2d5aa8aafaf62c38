"""Telegram, with python-telegram-bot. What comes in, from top to bottom, and what goes out:

source      where updates come from: polling, or a webhook
receiving   written down before Telegram is told; handling: each once, in order within its chat
dispatch    to which of these an update goes:
  notes       sound, /transcribe, groups, channels, businesses, guests (wishes, sound, businesses)
  conversation  commands, and what bot/chat answers to them and to presses (callers: the user who asks)
  buttons     what stands under a text (rights); business_menu: what an owner chooses for connected chats
  payments    Stars; members: the bot comes into a chat; command_menus: the commands as Telegram shows them
doors       all that these may reach

adapter     the placeholder that becomes the text (parts: its messages; pages, keyboards: how they look)
sending     every message, and what is done where Telegram refuses it (errors, troubles, limiter)
files       what people send, streamed to this disk
places      where a note came from and its answer goes, as plain text
"""

from pathlib import Path

from bot.locales import register

register(Path(__file__).parent / "locales")
