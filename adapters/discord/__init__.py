"""Discord, with discord.py. In this order events come in, and answers go out:

client           one client that listens (made anew for each attempt) and one that only speaks
gateway          keeps the listening one connected (sessions: few are begun)
event_dispatch   a task for each event; backfill: missed messages
notes            sound becomes notes, from messages, menus and commands
slash            commands and menus, told to Discord and answered by bot/chat
buttons          presses; interaction_replies: answers in the time that Discord gives
context          parts that these may use, the user who asks, their rights

adapter          the platform for bot/chat (note_messages: a note's message; pages: its look)
sending          posts and edits, with the rules for Discord's refusals (errors)
files            recordings among attachments, streamed to this disk
places           the place of a note and its answer, as plain text
"""

from pathlib import Path

from bot.locales import register

register(Path(__file__).parent / "locales")
