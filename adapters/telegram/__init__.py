"""Telegram, with python-telegram-bot. What comes in, from top to bottom, and what goes out:

receiving   updates by polling, or by a webhook: written down before Telegram is told (bot/chat handles each once)
dispatch    the handlers of updates, and the rules for their order:
  notes       sound, /transcribe, groups, channels, businesses, guests (requests: sound and wishes in a message)
  conversation  commands, their lists, and what bot/chat answers to them and to presses
  buttons     presses under a text (rights); businesses: choices of an owner for connected chats
  payments    Stars; members: the bot comes into a chat
context     all that these may reach, and the user who asks

adapter     the placeholder that becomes the text (pages: how messages and keyboards look)
sending     every message, and what is done if Telegram refuses it (errors; client: pace and limits)
files       files that users send, streamed to this disk
places      the place where a note came from and its answer goes, as plain text
"""

from pathlib import Path

from bot.locales import register

register(Path(__file__).parent / "locales")
