"""Enrolment of one's own voice: /voice, the consent to it, and the voice message of which it is learned.

Only the owner can enrol a voice: in a chat with the bot alone, by a message recorded there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Look
from bot.chat.caller import Caller
from bot.chat.pages import Page
from bot.chat.replies import Notice, Overwrite, Reply, only_in_private
from bot.domain.errors import BadVoice, EarmarkError, NotNow
from bot.domain.note import Note
from bot.domain.ports import ReadsVoices
from bot.domain.voice import checked_name
from bot.locales import error_text, text
from bot.people.access import People
from bot.people.voices import Voices

_AGREE, _DELETE = "yes", "no"
"""Arguments of buttons; behind the first stand "=" and the name."""


@dataclass(frozen=True, slots=True)
class VoiceEnrolment:
    """The conversation about voices."""

    voices: Voices
    people: People
    reader: ReadsVoices | None
    """None: another process learns voices."""

    async def answer(self, caller: Caller, words: Sequence[str]) -> Reply:
        """Ask for consent to store the voice under the name that was typed; without one, tell what is stored."""
        if not caller.private or caller.group:  # the voice is recorded in the very chat
            return only_in_private(caller)
        try:
            await self.people.check(caller.account)
            return _ask(caller.locale, checked_name(" ".join(words))) if words else await self._tell(caller)
        except EarmarkError as error:
            return Reply(Page(error_text(caller.locale, error)))

    async def pressed(self, caller: Caller, argument: str) -> Notice | Overwrite:
        """Carry out a press: the consent, or the deletion of the voice."""
        decision, _, typed = argument.partition("=")
        if decision == _DELETE:
            await self.voices.delete(caller.account)
            return Overwrite(Page(text(caller.locale, "voice-deleted")))
        try:
            await self.people.check(caller.account)
            await self.voices.agree(caller.account, checked_name(typed))
        except EarmarkError as error:
            return Notice(error_text(caller.locale, error))
        return Overwrite(Page(text(caller.locale, "voice-record")), _delete(caller.locale))

    async def is_awaited(self, account: str) -> bool:
        """Return True if the user's next voice message is for the enrolment."""
        return await self.voices.awaited(account)

    async def enrol(self, recorded: Note, locale: str) -> str:
        """Learn the voice of a message that its sender recorded for this; return the sentence about it.

        The message becomes no note, and nothing of its sound is kept. Raises NotNow.
        """
        try:
            await self.people.check(recorded.user)
            if self.reader is None:
                raise BadVoice(reason="engine")
            name = await self.voices.keep(recorded.user, await self.reader.read(recorded))
        except NotNow:
            raise
        except EarmarkError as error:
            return error_text(locale, error)
        return text(locale, "voice-deleted") if name is None else text(locale, "voice-kept", name=name)

    async def _tell(self, caller: Caller) -> Reply:
        known = await self.voices.of(caller.account)
        if known is None:
            return Reply(Page(text(caller.locale, "voice-about")))
        is_current = self.reader is None or known.print.model == await self.reader.model()
        told = text(caller.locale, "voice-kept" if is_current else "voice-outdated", name=known.name)
        return Reply(Page(told), _delete(caller.locale))


def _ask(locale: str, name: str) -> Reply:
    data = ButtonData(Action.VOICE, argument=f"{_AGREE}={name}")
    agree = Button(text(locale, "button-voice-agree"), data, Look.PRIMARY)
    return Reply(Page(text(locale, "voice-ask", name=name)), ((agree,),))


def _delete(locale: str) -> Buttons:
    data = ButtonData(Action.VOICE, argument=_DELETE)
    return ((Button(text(locale, "button-voice-delete"), data, Look.DANGER),),)
