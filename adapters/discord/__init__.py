"""Discord, with discord.py. What comes in, from top to bottom, and what goes out:

client      what listens (made anew for each attempt) and what only speaks
listening   connected for ever; hearing: each event in a task of its own; catching_up: what was said meanwhile
notes       sound becomes notes: messages, mentions, menus (menus), commands (slash); sound: what there is to hear
slash       the commands, answered by bot/chat (localization, command_sync); callers: the user who asks
buttons     what stands under a text (views, signed_ids, forms, rights; interaction_replies); joining: a greeting
doors       all that these may reach

adapter     the placeholder that becomes the text (messages: the one of a note; pages, escaping: how it looks)
sending     every message, and what is done where Discord refuses it (errors, calls)
files       what people send, streamed to this disk
places      where a note came from and its answer goes, as plain text
"""

from pathlib import Path

from bot.locales import register

register(Path(__file__).parent / "locales")
